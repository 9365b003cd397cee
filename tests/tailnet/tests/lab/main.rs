//! Facts that Homie relies on, on a real tailnet: `scripts/tailnet test` builds one and runs this inside, one test at a time.
//!
//! In reading order: `hosts` (the tailnet itself), `whois` (who callers are, and when that changes), `rights` (who may ask
//! tailscaled for what), `tenant` (Serve, shared with others), `serve` (what Serve tells of a caller), `userspace` (why nothing
//! on the loopback may be believed), `daemon` (tailscaled killed), `after` (waits for changes).

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

mod after;
mod daemon;
mod hosts;
mod rights;
mod serve;
mod tenant;
mod userspace;
mod whois;
