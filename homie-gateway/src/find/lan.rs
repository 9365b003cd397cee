//! The local network, where the settings name interfaces of it: who announces itself there by mDNS, and that this machine is told
//! of there. What is heard is a hint: it says where somebody may be asked, in the same way and as seldom as everybody.
//!
//! In reading order: `lines` (what gateway and ear say to each other), `tag` (what members of a tailnet know each other by), `ear`
//! (the process that listens and announces), `keeper` (starts it, and starts it anew), `listening` (the pump).

mod ear;
mod keeper;
mod lines;
mod listening;
mod tag;

use std::path::PathBuf;

pub use ear::hear;
pub(super) use lines::{Announced, Door, Record};
pub(super) use listening::Listening;
pub(crate) use listening::Own;
pub(super) use tag::tag;

/// Where to listen, and with what.
#[derive(Debug, Clone)]
pub struct Lan {
    /// The interfaces, by their names in this system. On others nothing is announced and nothing heard.
    pub interfaces: Vec<String>,
    /// The program that has `hear`: this one.
    pub program: PathBuf,
}
