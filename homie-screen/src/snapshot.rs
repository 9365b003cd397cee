//! A snapshot: escape bytes that put a fresh xterm.js into the state of the terminal.
//!
//! The order matters everywhere: what would disturb a later step is set after it, and the last character is printed last,
//! so that the next one can join it.

mod cursor;
mod history;
mod keyboard;
pub(crate) mod paint;
pub(crate) mod redraw;
mod rows;
mod settings;
#[cfg(test)]
mod tests;

use paint::Painter;

use crate::term::Terminal;

/// How much of what scrolled away goes with a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// The row or two just above the screen, without which the first row's beginning is unknown.
    None,
    /// So many lines at most.
    Lines(usize),
    /// As many lines as fit into so many bytes.
    Bytes(usize),
    /// So many lines at most, of which those that fit into so many bytes.
    Part {
        /// Lines at most.
        lines: usize,
        /// Bytes at most.
        bytes: usize,
    },
}

/// The bytes for the terminal's state; what is held of an open sequence comes after them.
pub(crate) fn encode(terminal: &Terminal, wanted: History) -> Vec<u8> {
    paint(Painter::new(terminal), wanted)
}

fn paint(mut painter: Painter<'_>, wanted: History) -> Vec<u8> {
    let terminal = painter.terminal;
    painter.begin();
    painter.hidden_alternate(false);
    painter.main_keyboard();
    painter.main_screen(wanted);
    painter.tabs(&terminal.main);
    painter.saved_cursor(&terminal.main, false);
    painter.show_alternate();
    painter.finish();
    painter.into_bytes()
}

impl Painter<'_> {
    /// The alternate screen above the main one, if it shows.
    pub(crate) fn show_alternate(&mut self) {
        let terminal = self.terminal;
        if !terminal.on_alternate {
            return;
        }
        self.region(&terminal.main);
        self.cup(&terminal.main, terminal.main.x, terminal.main.y, false);
        self.push(b"\x1b[?47h\x1b[H");
        self.alternate_keyboard();
        self.alternate_screen();
        self.tabs(&terminal.alternate);
        self.saved_cursor(&terminal.alternate, false);
    }

    /// What is no row, and the last character.
    pub(crate) fn finish(&mut self) {
        let page = self.terminal.page();
        self.parted_pen(page);
        self.modes();
        self.position(page);
        self.pen();
        self.last_character(page);
    }

    /// A clean terminal. What RIS keeps in xterm.js is taken back one by one.
    fn begin(&mut self) {
        self.push(b"\x1bc\x1b[20l\x1b[?25h\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
        self.colours();
        self.titles();
    }

    /// The main screen below what is wanted of its history.
    fn main_screen(&mut self, wanted: History) {
        let page = &self.terminal.main;
        let (first, is_open) = self.history(wanted);
        let is_cut = first == 0 && !is_open && page.is_wrapped(0);
        if is_cut {
            self.full_row(page);
        }
        self.rows(page, first, is_open || is_cut);
        self.plain();
    }

    /// The alternate screen, which keeps nothing above it.
    fn alternate_screen(&mut self) {
        let page = &self.terminal.alternate;
        let is_cut = page.is_wrapped(0);
        if is_cut {
            self.full_row(page);
        }
        self.rows(page, 0, is_cut);
        self.plain();
    }
}
