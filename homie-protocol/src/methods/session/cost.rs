//! What sessions cost in an answer: a command may be 256 KiB, and four of them are all that fits.

use super::{Face, SessionInfo};
use crate::limits::{ANSWER, Budget};

/// Half of an answer: one more session, whose request was a quarter of one, still fits.
const MOST: Budget = Budget { bytes: ANSWER.bytes / 2, values: ANSWER.values / 2 };

/// Bytes of a session besides its texts: ids, names of fields, numbers.
const BYTES: usize = 512;

/// Values of a session besides its arguments and the lines of its preview.
const VALUES: usize = 40;

/// Bytes of a text besides its characters.
const PREFIX: usize = 5;

/// What the sessions of a page cost so far.
#[derive(Debug, Default)]
pub struct Cost {
    bytes: usize,
    values: usize,
}

impl Cost {
    /// Whether one more session fits; if so, its cost is counted.
    pub fn admits(&mut self, info: &SessionInfo) -> bool {
        if self.bytes > MOST.bytes || self.values > MOST.values {
            return false;
        }
        self.bytes += bytes(info);
        self.values += VALUES + info.command.len() + info.face.preview.len();
        true
    }
}

/// What a session takes, in an answer or in memory.
pub(super) fn bytes(info: &SessionInfo) -> usize {
    let arguments: usize = info.command.iter().map(|argument| argument.len() + PREFIX).sum();
    BYTES + info.name.len() + info.cwd.len() + arguments + texts(&info.face)
}

/// Bytes of what a session shows. A holder's word is bounded by a frame, not by what a face should be.
fn texts(face: &Face) -> usize {
    let said = face.attention.as_ref().and_then(|attention| attention.text.as_ref());
    let texts = [face.title.as_ref(), face.folder.as_ref(), said];
    let lines = face.preview.iter().chain(texts.into_iter().flatten());
    lines.map(|line| line.len() + PREFIX).sum()
}
