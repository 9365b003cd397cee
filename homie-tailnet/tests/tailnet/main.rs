//! The client against the fake: what is asked, what is made of the answer, and what goes wrong.
#![cfg(test)]

mod harness;
mod limits;
mod status;
mod whois;
