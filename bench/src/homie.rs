//! Homie as a client sees it, on a thread that waits: `wire` (frames on a socket), `circuit` (greeting and requests), `viewer`
//! (one session on one channel).

mod circuit;
mod viewer;
mod wire;

pub(crate) use circuit::{Circuit, Way};
pub(crate) use viewer::Viewer;
