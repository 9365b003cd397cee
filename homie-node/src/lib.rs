//! What one machine does: its terminal sessions, and who looks at them.
//!
//! In reading order: [`node`](Node) (start and stop), `door` (who comes in), `handler` and `service` (what a circuit may
//! ask), `sessions` with `registry` (which there are, and who is told), `circuit` and `link` (the two ends
//! of a channel), `start`, `adopt` and `bury` (a session's life), `spawn` and `folder` (its holder).
//!
//! # The way of a key
//!
//! ```text
//! client's socket → FrameReader → NodeHandler::frame → Circuit::frame → Link::input → FrameWriter → holder's socket
//! ```
//!
//! One task, from the read to the write: the frame's payload stays where the socket's read has put it, one look into the
//! circuit's table finds the link, the channel's number is changed in the header, and the write is tried at once. Nothing
//! is decoded, nothing waits. The way back is the same: `link::pump` reads the holder, `Link::pass` finds the seat, and the
//! client's `FrameWriter` writes.
//!
//! # Order
//!
//! The response to `attach` precedes every frame of its channel, and a list every event about it: frames and changes are
//! held until `Handler::answered` says that the response is out. What a holder says on a channel stays in its order.

mod adopt;
mod bury;
mod circuit;
mod clock;
mod door;
mod folder;
mod handler;
mod history;
mod link;
mod lock;
mod node;
mod over;
mod pressure;
mod quiet;
mod recordings;
mod registry;
mod rerun;
mod service;
mod sessions;
mod shared;
mod spawn;
mod start;
mod tasks;
mod tidy;

pub use node::{HISTORY_MEMORY, Node, NodeConfig, NodeError};
pub use recordings::RecordingLimits;
pub use spawn::{HolderProgram, SpawnHolder};
