//! What the screen thread is asked, and what it answers: exactly one answer for each job, in order.

use std::sync::Arc;

use homie_protocol::holder::{AskCapture, AskSearch, Captured, Found};
use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Theme};

use crate::viewing::history::Wanted;

/// One thing to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Takes output.
    Feed {
        bytes: Vec<u8>,
        /// Offsets in it at which it remembers what shows, in order.
        marks: Vec<Offset>,
        /// Of the offsets before it, those at which it is to remember it further.
        keep: Vec<Offset>,
    },
    /// Another size, the `resizes`th.
    Resize {
        /// The new size.
        size: Size,
        /// How many there have been with this one.
        resizes: u32,
    },
    /// Makes a snapshot with so much of the history.
    Snapshot(Wanted),
    /// Makes a skip for those who show what showed at an offset; a snapshot, if that is not remembered or does not help.
    Skip {
        since: Offset,
        /// Bytes at most, but for the rows that show.
        most: usize,
    },
    /// Other colours for those who ask.
    Theme(Box<Theme>),
    /// Shows the last lines, and what the history takes.
    Preview,
    /// Searches.
    Search(AskSearch),
    /// Gives what shows as text.
    Capture(AskCapture),
    /// The history may take so many bytes from now on.
    Limit(usize),
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
    /// The last lines.
    Preview {
        /// Those that show something.
        lines: Vec<String>,
        /// Bytes that the history takes.
        history_bytes: u64,
    },
    /// What was found.
    Found(Found),
    /// What shows.
    Captured(Captured),
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
    pub(crate) size: Size,
    /// What of the history was asked for.
    pub(crate) history: Wanted,
    /// It is for those who rest at this offset.
    pub(crate) since: Option<Offset>,
    /// It is painted over what showed there.
    pub(crate) is_skip: bool,
    pub(crate) bytes: Vec<u8>,
}
