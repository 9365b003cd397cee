//! The store: blocks of lines, oldest first, within its bounds.

use std::collections::VecDeque;

use super::block::{Block, Piece, Style};
use crate::cell::{COLOUR, Cell};
use crate::intern::Interned;
use crate::limits::Limits;
use crate::page::{Page, signed};
use crate::row;
use crate::style::Extra;

/// Bytes of one line: a program that never ends its line fills several.
const LINE: usize = 64 * 1024;

/// Lines by absolute number.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    blocks: VecDeque<Block>,
    /// Lines of the first block that are gone.
    gone: usize,
    /// The number of the first line.
    first: u64,
    lines: usize,
    /// Bytes of all blocks but the last.
    sealed: usize,
    /// The last line goes on in the grid.
    open: bool,
    /// What is here of the open line ends at the edge of a row.
    aligned: bool,
    limits: Limits,
    /// The run that is being taken, kept for its memory.
    text: String,
}

impl Store {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            blocks: VecDeque::new(),
            gone: 0,
            first: 0,
            lines: 0,
            sealed: 0,
            open: false,
            aligned: true,
            limits,
            text: String::new(),
        }
    }

    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The number behind the last line.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.lines as u64
    }

    /// Whether the last line goes on in the grid.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the last line goes on in the grid's first row, from the edge of the row before.
    pub(crate) fn is_open_at_edge(&self) -> bool {
        self.open && self.aligned
    }

    /// The rows have another width from now on.
    pub(crate) fn width_changed(&mut self) {
        self.aligned = false;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.sealed + self.blocks.back().map_or(0, Block::bytes)
    }

    pub(crate) fn set_limit(&mut self, bytes: usize) {
        self.limits.history_bytes = bytes;
        self.trim();
    }

    /// Forgets everything; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.first = self.end();
        self.blocks.clear();
        self.gone = 0;
        self.lines = 0;
        self.sealed = 0;
        self.open = false;
    }

    /// Takes the rows of a page above the `keep` nearest to the screen, oldest first. The caller removes them there.
    pub(crate) fn take_rows(
        &mut self,
        page: &mut Page,
        keep: usize,
        clusters: &Interned<Box<str>>,
        extras: &Interned<Extra>,
    ) {
        for y in -signed(page.above())..-signed(keep) {
            let goes_on = page.is_wrapped_at(y + 1);
            let next = row::at(page.row_at(y + 1), 0);
            let cells = if goes_on { page.row_at(y) } else { page.written_at(y) };
            self.take_row(cells, goes_on.then_some(next), clusters, extras);
        }
        self.trim();
    }

    /// One row; `next` is the first cell of the row that goes on from it.
    fn take_row(
        &mut self,
        cells: &[Cell],
        next: Option<Cell>,
        clusters: &Interned<Box<str>>,
        extras: &Interned<Extra>,
    ) {
        if !self.open {
            self.begin_line();
        }
        let end = match next {
            None => text_end(cells),
            // A wide character that did not fit left a gap, which is not part of the line.
            Some(next) if next.width() == 2 && !row::at(cells, cells.len() - 1).has_content() => cells.len() - 1,
            Some(_) => cells.len(),
        };
        let Some(block) = self.blocks.back_mut() else { return };
        let text = &mut self.text;
        let mut rest = cells.get(..end).unwrap_or_default();
        while let Some(first) = rest.first() {
            let is_alike = |cell: &Cell| (cell.fg, cell.bg, cell.extra()) == (first.fg, first.bg, first.extra());
            let run = rest.iter().position(|cell| !is_alike(cell)).unwrap_or(rest.len());
            let (alike, others) = rest.split_at(run);
            text.clear();
            for cell in alike {
                push_text(text, *cell, clusters);
            }
            let extra = extras.get(first.extra()).cloned().unwrap_or_default();
            block.add(text, &Style { fg: first.fg, bg: first.bg, extra });
            rest = others;
        }
        let is_long = block.is_overfull() || block.text(block.lines().saturating_sub(1)).len() >= LINE;
        self.open = next.is_some() && !is_long;
    }

    fn begin_line(&mut self) {
        self.aligned = true;
        if self.blocks.back().is_none_or(Block::is_full) {
            if let Some(block) = self.blocks.back_mut() {
                block.seal();
                self.sealed += block.bytes();
            }
            self.blocks.push_back(Block::default());
        }
        if let Some(block) = self.blocks.back_mut() {
            block.begin_line();
            self.lines += 1;
        }
    }

    /// The oldest lines go until the bounds hold.
    fn trim(&mut self) {
        while self.lines > self.limits.history_lines || self.lines > 0 && self.bytes() > self.limits.history_bytes {
            self.forget_line();
        }
    }

    fn forget_line(&mut self) {
        self.gone += 1;
        self.first += 1;
        self.lines -= 1;
        let is_gone = self.blocks.front().is_some_and(|block| self.gone >= block.lines());
        if !is_gone {
            return;
        }
        let is_last = self.blocks.len() == 1;
        if let Some(block) = self.blocks.pop_front()
            && !is_last
        {
            self.sealed -= block.bytes();
        }
        self.gone = 0;
        self.open = self.open && !is_last;
    }

    /// The runs of a line.
    pub(crate) fn pieces(&self, number: u64) -> impl Iterator<Item = Piece<'_>> {
        let (block, line) = self.place(number).unwrap_or_default();
        self.blocks.get(block).into_iter().flat_map(move |block| block.pieces(line))
    }

    pub(crate) fn text(&self, number: u64) -> &str {
        let place = self.place(number);
        place.and_then(|(block, line)| Some(self.blocks.get(block)?.text(line))).unwrap_or_default()
    }

    /// The block of a line and its place there. Every block but the last is full or nearly so, so this looks from where
    /// a line of full blocks would be.
    fn place(&self, number: u64) -> Option<(usize, usize)> {
        let mut line = usize::try_from(number.checked_sub(self.first)?).ok()?;
        if line >= self.lines {
            return None;
        }
        line += self.gone;
        for (place, block) in self.blocks.iter().enumerate() {
            if line < block.lines() {
                return Some((place, line));
            }
            line -= block.lines();
        }
        None
    }
}

/// What a cell shows; a blank if nothing.
fn push_text(text: &mut String, cell: Cell, clusters: &Interned<Box<str>>) {
    let code = cell.content & (crate::cell::CODE | crate::cell::CLUSTER);
    if let Some(plain) = u8::try_from(code).ok().filter(|code| (b' '..0x7F).contains(code)) {
        text.push(char::from(plain));
    } else if let Some(cluster) = cell.cluster().and_then(|number| clusters.get(number)) {
        text.push_str(cluster);
    } else if cell.width() > 0 {
        let code = cell.content & crate::cell::CODE;
        text.push(char::from_u32(code).filter(|_| code != 0).unwrap_or(' '));
    }
}

/// Behind the last cell that shows anything.
fn text_end(cells: &[Cell]) -> usize {
    let shows = |cell: &Cell| {
        let is_blank = !cell.has_content() || cell.content & crate::cell::CODE == u32::from(' ');
        !is_blank || cell.bg & COLOUR != 0 || cell.fg & (crate::cell::INVERSE | crate::cell::UNDERLINE) != 0
    };
    cells.iter().rposition(shows).map_or(0, |last| last + 1)
}
