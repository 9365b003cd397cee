//! Why bytes were refused. A peer's words in it are cut short: they are echoed and logged.

use std::fmt;
use std::fmt::Write as _;

use crate::code::{Code, Refusal};

/// Bytes of a sentence, and of one step of a path.
const DETAIL_MAX: usize = 200;
const STEP_MAX: usize = 64;

/// Why bytes were refused: the code, the field, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{detail}", .field, if .field.is_empty() { "" } else { ": " })]
pub struct CodecError {
    /// What is wrong, from the table.
    pub code: Code,
    /// Which field, as a path with dots; empty for the whole.
    pub field: String,
    /// What was expected.
    pub detail: String,
}

impl CodecError {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, field: String::new(), detail: detail.into() }
    }

    /// An error in whose sentence a peer may have a word.
    pub(super) fn told(code: Code, sentence: fmt::Arguments<'_>) -> Self {
        let mut detail = Short(String::new());
        // Writing stops with an error when the sentence is full, and what it has by then is enough.
        let _ = detail.write_fmt(sentence);
        Self::new(code, detail.0)
    }

    pub(crate) fn unknown_tag(tag: &str) -> Self {
        Self::told(Code::UnknownVariant, format_args!("{tag:?} is not known here")).under("t")
    }

    /// The same error, found below `field`.
    #[must_use]
    pub(crate) fn under(mut self, field: &str) -> Self {
        let step = start(field, STEP_MAX);
        self.field = if self.field.is_empty() { step.to_owned() } else { format!("{step}.{}", self.field) };
        self
    }
}

impl From<CodecError> for Refusal {
    fn from(error: CodecError) -> Self {
        Self::new(error.code, error.to_string())
    }
}

/// Text that takes no more than a sentence may have.
struct Short(String);

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let taken = start(text, DETAIL_MAX - self.0.len());
        self.0.push_str(taken);
        if taken.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// The beginning of a text: whole characters, so many bytes at most.
fn start(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_no_long_words_in_it() {
        let long = "ä".repeat(1 << 20);
        let error = CodecError::unknown_tag(&long).under(&long);
        assert!(error.detail.len() <= DETAIL_MAX && error.detail.len() > DETAIL_MAX - 4);
        assert_eq!(error.field, format!("{}.t", "ä".repeat(32)));
    }
}
