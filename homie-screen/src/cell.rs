//! A cell of a screen, packed as xterm.js packs it so that both sides' dumps compare bit by bit.

use alacritty_terminal::grid::GridCell;
use alacritty_terminal::term::cell::{Flags, ResetDiscriminant};

/// Content: the code point, or with [`CLUSTER`] the number of an interned cluster.
pub(crate) const CODE: u32 = 0x1F_FFFF;
/// Content: the cell holds more than one code point.
pub(crate) const CLUSTER: u32 = 1 << 21;
/// Content: where the width begins.
pub(crate) const WIDTH_SHIFT: u32 = 22;
/// Colour: which kind (none, 16, 256, RGB).
pub(crate) const COLOUR_KIND: u32 = 3 << 24;
/// Colour: its number or its three bytes.
pub(crate) const COLOUR_VALUE: u32 = 0xFF_FFFF;
/// Kind and value.
pub(crate) const COLOUR: u32 = COLOUR_KIND | COLOUR_VALUE;
/// One of the first 16 colours.
pub(crate) const COLOUR_16: u32 = 1 << 24;
/// One of 256 colours.
pub(crate) const COLOUR_256: u32 = 2 << 24;
/// Three bytes of colour.
pub(crate) const COLOUR_RGB: u32 = 3 << 24;

/// Foreground flags.
pub(crate) const INVERSE: u32 = 0x0400_0000;
pub(crate) const BOLD: u32 = 0x0800_0000;
pub(crate) const UNDERLINE: u32 = 0x1000_0000;
pub(crate) const BLINK: u32 = 0x2000_0000;
pub(crate) const INVISIBLE: u32 = 0x4000_0000;
pub(crate) const STRIKE: u32 = 0x8000_0000;
/// Background flags.
pub(crate) const ITALIC: u32 = 0x0400_0000;
pub(crate) const DIM: u32 = 0x0800_0000;
pub(crate) const EXTENDED: u32 = 0x1000_0000;
pub(crate) const PROTECTED: u32 = 0x2000_0000;
pub(crate) const OVERLINE: u32 = 0x4000_0000;

/// Extended attributes: the kind of underline.
pub(crate) const UNDERLINE_STYLE: u32 = 0x1C00_0000;
pub(crate) const UNDERLINE_SHIFT: u32 = 26;

/// Of the row, in its first cell: it goes on from the row above. The grid itself gives this bit no meaning.
pub(crate) const GOES_ON: Flags = Flags::HIDDEN;

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) content: u32,
    pub(crate) fg: u32,
    pub(crate) bg: u32,
    /// Number of the interned underline and link; counts only with [`EXTENDED`].
    pub(crate) extra: u32,
    /// [`GOES_ON`], and what the grid wants to know while it reflows. No edit of a cell changes it.
    pub(crate) row: Flags,
}

impl Cell {
    /// Nothing, in the given background.
    pub(crate) const fn blank(bg: u32) -> Self {
        Self { content: 1 << WIDTH_SHIFT, fg: 0, bg, extra: 0, row: Flags::empty() }
    }

    /// Takes everything from another but what belongs to the row.
    pub(crate) fn set(&mut self, other: Self) {
        *self = Self { row: self.row, ..other };
    }

    /// The same look with another content.
    pub(crate) const fn with(self, code: u32, width: u32) -> Self {
        Self { content: code | width << WIDTH_SHIFT, ..self }
    }

    /// The same content without colours and attributes.
    pub(crate) const fn plain(self) -> Self {
        Self { fg: 0, bg: 0, ..self }
    }

    pub(crate) const fn width(self) -> u32 {
        self.content >> WIDTH_SHIFT
    }

    /// The number of the interned cluster, if it is one.
    pub(crate) fn cluster(self) -> Option<u32> {
        (self.content & CLUSTER != 0).then_some(self.content & CODE)
    }

    /// Whether anything was written here.
    pub(crate) const fn has_content(self) -> bool {
        self.content & (CODE | CLUSTER) != 0
    }

    pub(crate) const fn is_protected(self) -> bool {
        self.bg & PROTECTED != 0
    }

    /// Whether it looks like a cell that was never touched.
    pub(crate) const fn is_untouched(self) -> bool {
        self.content == 1 << WIDTH_SHIFT && self.fg == 0 && self.bg == 0
    }

    /// The number of underline and link, 0 for none.
    pub(crate) const fn extra(self) -> u32 {
        if self.bg & EXTENDED == 0 { 0 } else { self.extra }
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::blank(0)
    }
}

impl GridCell for Cell {
    fn is_empty(&self) -> bool {
        !self.has_content() && self.width() == 1 && self.bg & COLOUR_KIND == 0
    }

    fn reset(&mut self, template: &Self) {
        *self = Self::blank(template.bg);
    }

    fn flags(&self) -> &Flags {
        &self.row
    }

    fn flags_mut(&mut self) -> &mut Flags {
        &mut self.row
    }
}

impl ResetDiscriminant<u32> for Cell {
    fn discriminant(&self) -> u32 {
        self.bg
    }
}
