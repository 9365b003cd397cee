//! The node as its clients meet it: real doors, real holders, real shells.

mod caller;
mod doors;
mod history;
mod listing;
mod machine;
mod order;
mod sessions;
mod survival;
mod viewers;
