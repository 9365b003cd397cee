//! How cells look beyond their text: the pen, and what xterm.js keeps beside the packed colours.

use std::sync::Arc;

use crate::cell::{self, Cell};

/// A link as OSC 8 opened it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    /// The program's own id; pieces with the same id and address are one link.
    pub(crate) id: Option<Box<str>>,
    pub(crate) uri: Box<str>,
    /// Tells apart links that have no id.
    pub(crate) serial: u64,
}

/// Underline style, underline colour and link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Extra {
    /// As xterm.js packs it: colour below, style from [`cell::UNDERLINE_SHIFT`] on.
    pub(crate) bits: u32,
    pub(crate) link: Option<Arc<Link>>,
}

impl Extra {
    /// Whether there is anything that cells must remember.
    pub(crate) fn is_empty(&self) -> bool {
        self.bits & cell::UNDERLINE_STYLE == 0 && self.link.is_none()
    }
}

/// What the next character will look like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pen {
    pub(crate) fg: u32,
    pub(crate) bg: u32,
    pub(crate) extra: Extra,
}

impl Pen {
    /// Whether the cells carry the extra attributes is a bit of the background, set whenever these change.
    pub(crate) fn extra_changed(&mut self) {
        if self.extra.is_empty() {
            self.bg &= !cell::EXTENDED;
        } else {
            self.bg |= cell::EXTENDED;
        }
    }

    /// What erasing leaves: the background's colour, and nothing else.
    pub(crate) fn erased(&self) -> Cell {
        Cell::blank(self.bg & cell::COLOUR)
    }
}
