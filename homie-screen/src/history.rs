//! Lines that scrolled away, stored small: text, and runs of one look, in blocks that share their styles.
//!
//! A line here is what a program wrote up to its newline, however many rows it took: nothing has to be changed when the
//! window gets another width. Lines have absolute numbers that never come back.

mod block;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use block::Piece;
pub(crate) use store::Store;

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its absolute number.
    pub number: u64,
    /// What it says, without blanks at its end.
    pub text: String,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line's absolute number.
    pub line: u64,
    /// How many characters stand before it in `text`.
    pub column: usize,
    /// The line, or 300 characters of it around what was found.
    pub text: String,
}
