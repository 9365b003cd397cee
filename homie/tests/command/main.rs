//! The command as people use it: the real program, with a state directory of its own.
#![cfg(test)]

mod attached;
mod background;
mod completing;
mod daemons;
mod desk;
mod doctor;
mod everywhere;
mod far;
mod finding;
mod hindered;
mod holding;
mod joining;
mod keyring;
mod keys;
mod lines;
mod machine;
mod mesh;
mod newcomer;
mod owner;
mod page;
mod pairing;
mod pipe;
mod program;
mod reading;
mod relay;
mod replaying;
mod resume;
mod running;
mod screens;
mod service;
mod sessions;
mod tailnet;
mod terminal;
mod two;
mod usage;
