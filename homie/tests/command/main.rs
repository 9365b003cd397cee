//! The command as people use it: the real program, with a state directory of its own.
#![cfg(test)]

mod daemons;
mod program;
mod usage;
