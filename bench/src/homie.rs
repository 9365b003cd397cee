//! Homie as a client sees it. On a thread that waits: `wire` (frames on a socket), `circuit` (greeting and requests), `viewer`
//! (one session on one channel), `crowd` (many clients at once). By the Rust client: `patient`.

mod circuit;
mod crowd;
mod patient;
mod viewer;
mod wire;

pub(crate) use circuit::{Circuit, Way};
pub(crate) use crowd::Crowd;
pub(crate) use patient::Patient;
pub(crate) use viewer::Viewer;
