//! The client against the fake: what is asked, what is made of the answer, and what goes wrong.
#![cfg(test)]

mod bus;
mod certificate;
mod dial;
mod harness;
mod limits;
mod serve;
mod status;
mod whois;
