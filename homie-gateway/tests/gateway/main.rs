//! The gateway over real sockets: who gets in, what is served, that a splice carries every byte, that a link works once.
#![cfg(test)]

mod access;
mod check;
mod client;
mod crowd;
mod devices;
mod harness;
mod keys;
mod links;
mod page;
mod pairing;
mod public;
mod secret;
mod spares;
mod splice;
mod twins;
