//! The gateway: serves the page, joins clients to the machine's node byte for byte, enrols devices.
//!
//! In reading order: [`Gateway`] (wiring: start and stop), `listen` and `accept` (connections),
//! `routes` (what is served), `check` (the one check before all of it), `page` and `about`, `splice` and `join` (a
//! circuit to the node), `circuit` and `local` (a circuit with the gateway itself), `pairing` (what is done on it).
//!
//! It never looks into a circuit that it joins: what a client may do is the node's to decide.

mod about;
mod accept;
mod check;
mod circuit;
mod error;
mod gateway;
mod headers;
mod join;
mod limits;
mod listen;
mod local;
mod page;
mod pairing;
mod routes;
mod splice;
mod tasks;

pub use error::GatewayError;
pub use gateway::{DEFAULT_PORT, Gateway, GatewayConfig, link};
pub use page::{Asset, Page};
