//! The change bus: tailscaled says when something changes, so that nobody has to ask again and again.
//!
//! It is a hint, not a truth: it does not carry the policy itself, versions before 1.100 say less on it, and whoever does
//! not keep up is dropped. So ask again after every change, after every [`Heard::Opened`], and now and then anyway.

mod change;
mod changes;
mod lines;
mod watch;

pub use change::{Change, PeerPatch};
pub use changes::Changes;
pub use watch::{Heard, Watch};
