//! Homie on a real tailnet, and the facts that it relies on there: `scripts/tailnet test` builds one and runs this inside, one
//! test at a time.
//!
//! Facts: `hosts` (the tailnet itself), `whois` (who callers are, and when that changes), `rights` (who may ask tailscaled for
//! what), `tenant` (Serve, shared with others), `serve` (what Serve tells of a caller), `userspace` (why nothing on the loopback
//! may be believed), `daemon` (tailscaled killed), `after` (waits for changes).
//!
//! Homie: `roles` (who may do what), `forged` (who says what it is not), `typing` (a shell through each door), `grants` (rights
//! that change under an open circuit), `links` (links that break; `story` is what goes on meanwhile), `sleep` (who sleeps and wakes up), `browser` (a page on
//! another machine), `tunnel` (the same through ssh), `far` (the command on another machine), `mesh`
//! (machines of one mesh list each other), `cloned` (one that was copied), `three` (three of them, and what breaks or is revoked there), `outside` (one that is in no
//! tailnet), `bench` (the rows of `scripts/bench` that need a tailnet).

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

mod after;
mod bench;
mod browser;
mod cloned;
mod daemon;
mod far;
mod forged;
mod grants;
mod hosts;
mod links;
mod mesh;
mod outside;
mod rights;
mod roles;
mod serve;
mod sleep;
mod story;
mod tenant;
mod three;
mod tunnel;
mod typing;
mod userspace;
mod whois;
