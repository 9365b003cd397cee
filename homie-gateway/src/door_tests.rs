//! The doors to the tailnet with real sockets, real TLS and a tailscaled that the tests write the script of: who is let
//! in, and what everybody else is told.

mod harness;
mod homecoming;
mod pages;
mod relayed;
mod relaying;
mod serve;
mod tailnet;
