//! The node as its clients meet it: real doors, real holders, real shells.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

mod access;
mod acts;
mod between;
mod caller;
mod doors;
mod faults;
mod garbage;
mod grants;
mod handed;
mod history;
mod keyed;
mod listing;
mod machine;
mod order;
mod pages;
mod past;
mod patience;
mod pipes;
mod pressure;
mod public;
mod reading;
mod recordings;
mod relayed;
mod rerun;
mod rosters;
mod sessions;
mod size;
mod starts;
mod survival;
mod tailnet;
mod viewers;
mod wishes;
