//! Every bound on what a program can make grow, with its unit and its reason.

/// What a screen keeps at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines of history; beyond it the oldest go.
    pub history_lines: usize,
    /// Bytes of history; beyond it the oldest go.
    pub history_bytes: usize,
    /// Bytes of a sequence that has not ended. Beyond it the body is dropped and the sequence does nothing.
    pub sequence_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { history_lines: 10_000, history_bytes: 32 * 1024 * 1024, sequence_bytes: 256 * 1024 }
    }
}

/// Bytes of a snapshot or a skip from which on cells are painted without colours, attributes and links, and twice as many
/// from which on they are painted empty: the largest grid of all, with a colour of its own in each cell, would be 160 MB.
pub(crate) const COLOURFUL: usize = 4 * 1024 * 1024;
/// Bytes of all links on the screen and just above it; a further one is plain text.
pub(crate) const LINKS: usize = 4 * 1024 * 1024;
/// Bytes of a link's address; a longer one is plain text.
pub(crate) const URI: usize = 4096;
/// Bytes of a link's own id.
pub(crate) const LINK_ID: usize = 256;
/// Bytes of a title or an icon name; the rest is cut off.
pub(crate) const TITLE: usize = 4096;
/// Titles on a stack, as in xterm.js; the oldest goes.
pub(crate) const TITLES: usize = 10;
/// Keyboard flags on a stack, as in xterm.js; the oldest goes.
pub(crate) const KEYBOARD: usize = 16;
/// Bytes of a directory, a notification or a command line told as a signal; longer ones are not told.
pub(crate) const SIGNAL: usize = 8 * 1024;
/// Bytes of text that a program may put into the clipboard.
pub(crate) const CLIPBOARD: usize = 100 * 1024;
/// Bytes of answers that wait in one [`crate::Effects`]; a program that asks more does not read them.
pub(crate) const ANSWERS: usize = 64 * 1024;
/// Signals that wait in one [`crate::Effects`]; later ones are dropped, but for the last title and the last folder.
pub(crate) const SIGNALS: usize = 1024;
/// Rows that scrolled away and stay in the grid, so that a taller window can pull them back.
pub(crate) const RING_KEPT: usize = 200;
/// Rows in the grid's history when the oldest of them are moved to the compact store.
pub(crate) const RING_FULL: usize = 500;
