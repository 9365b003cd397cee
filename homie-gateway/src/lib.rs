//! The gateway: serves the page, joins clients to the machine's node, enrols devices.
//!
//! In reading order: [`Gateway`] (wiring: start and stop), `listen` and `accept` (connections),
//! `routes` (what is served) and `house` (what all of it has in common), `admit` (who may ask: `check` what the request says, `rate`, `neighbour`, and for callers from the tailnet
//! what tailscaled says), `page`, `policy` and `about`, `splice` and `join` (a circuit to the node), `circuit` and `local` (the ways to a
//! circuit with the gateway itself) and `circuits` (what becomes of it), `homecoming` (the news come first), `pairing` and `devices` (what is done on it), `mesh` (the machines and
//! what runs on them), `find` (machines that are none of it yet). The doors to the tailnet: `front` opens them, `tls`, `names`, `hop`;
//! the door for keys of the roster, on any network: `key_door`; the one to the internet: `public`.
//!
//! `twin` finds out whether another machine has this one's key.
//!
//! [`reach`] is where another machine is.
//!
//! It never looks into a circuit that it joins: what a client may do is the node's to decide.

mod about;
mod accept;
mod admit;
mod blocking;
mod check;
mod circuit;
mod circuits;
mod devices;
mod dial_out;
#[cfg(test)]
mod door_tests;
mod error;
mod find;
mod front;
mod gateway;
mod headers;
mod homecoming;
mod hop;
mod house;
mod join;
mod key_door;
mod limits;
mod listen;
mod local;
mod mesh;
mod names;
mod neighbour;
mod page;
mod pairing;
mod policy;
mod public;
mod rate;
pub mod reach;
mod routes;
mod spare;
mod splice;
mod tasks;
mod tls;
mod told;
mod twin;

pub use error::GatewayError;
pub use find::{Finding, Lan, hear};
pub use front::{Hindrance, Planned, Report, TailnetConfig, plan_serve};
pub use gateway::{Gateway, GatewayConfig, link};
pub use key_door::{JOIN, JOINING, KEY_DOORS, KeyDoorConfig};
pub use limits::DEFAULT_PORT;
pub use page::{Asset, Page};
pub use public::{BadPair, PUBLIC_DOORS, PairFiles, PublicConfig, Validity};
