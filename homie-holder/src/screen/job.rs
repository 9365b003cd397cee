//! What the screen thread is asked, and what it answers: exactly one answer for each job, in order.

use std::sync::Arc;

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::Effects;

/// One thing to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Takes output.
    Feed(Vec<u8>),
    /// Another size, the `resizes`th.
    Resize {
        /// The new size.
        size: Size,
        /// How many there have been with this one.
        resizes: u32,
    },
    /// Makes a snapshot.
    Snapshot {
        /// Lines of history at most.
        history: u32,
    },
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The output is on the screen.
    Fed {
        /// The buffer it came in.
        space: Vec<u8>,
        /// What it said to others than the screen.
        effects: Effects,
    },
    /// The snapshot.
    Snapshot(Arc<Snapshot>),
    /// It is done.
    Done,
}

/// An answer, and what the screen shows by then.
#[derive(Debug)]
pub(crate) struct Report {
    /// All output before this.
    pub(crate) at: Offset,
    pub(crate) answer: Answer,
}

/// Escape bytes that stand for all output before an offset.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) at: Offset,
    /// How often the size had changed before it.
    pub(crate) resizes: u32,
    /// Lines of history that were asked for.
    pub(crate) history: u32,
    pub(crate) bytes: Vec<u8>,
}
