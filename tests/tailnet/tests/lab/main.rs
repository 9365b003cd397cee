//! Facts that Homie relies on, on a real tailnet: `scripts/tailnet test` builds one and runs this inside, one test at a time.
//!
//! In reading order: [`hosts`] (the tailnet itself), [`serve`] (what Serve tells of a caller), [`userspace`] (why nothing on
//! the loopback may be believed).

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

mod hosts;
mod serve;
mod userspace;
