//! One process per session: it owns the terminal, and outlives node and gateway.
//!
//! In reading order: [`record`] (what is asked of a holder and what it leaves on disk), `hold` (wiring: from the request
//! to the running program), `pump` (the one thread and its one poll), `obey` (what a frame of the node does), `session`
//! (pure: the session without its terminal), `viewing`, `ring`, `reserve`, `input`, `asked`, `activity` and `ending` (pure: one viewer,
//! the output kept, the input that waits, the wishes to answer, when it last did something, how all of it is ended), `door`
//! and `link` (sockets), `held` (the session joined to its terminal), `streams`, `pty`, `pipes`, `command`, `child`, `tree`, `signals`,
//! `inherited`, `scope`, `oom`, `clock` and `folder` (the system).
//!
//! There is no runtime and no thread besides the pump. Nothing a viewer or a node does makes the pump wait.

mod activity;
mod asked;
mod child;
mod clock;
mod command;
mod door;
mod ending;
mod error;
mod face;
#[cfg(feature = "faults")]
mod fault;
mod folder;
mod held;
mod hold;
mod inherited;
mod input;
mod last;
mod link;
mod obey;
mod oom;
mod outbox;
mod pipes;
mod pty;
mod pump;
pub mod record;
mod reserve;
mod ring;
mod saving;
mod scope;
mod screen;
mod session;
mod signals;
mod streams;
mod tree;
mod viewing;
mod waiting;

pub use command::{default_name, is_variable};
pub use error::HoldError;
pub use hold::{hold, run};
pub use last::{LastHead, LastScreen};
pub use record::{ExitRecord, HoldSpec, Record, ScopeRecord};
