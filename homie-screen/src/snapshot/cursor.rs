//! Cursors, saved and real, and the pen they stand with.

use super::paint::{NO_EXTRA, Painter};
use crate::cell::Cell;
use crate::charset::{Charsets, US, unmapped};
use crate::page::{Page, Saved};
use crate::row;
use crate::term::mode::Mode;
use crate::width::width;

impl Painter<'_> {
    /// The saved cursor; the region is full and origin mode off while it is set.
    pub(super) fn saved_cursor(&mut self, page: &Page) {
        let saved = &page.saved;
        let y = saved.y.saturating_sub(page.base).min(page.rows() - 1);
        if *saved == (Saved { y: saved.y, ..Saved::default() }) && y == 0 {
            return;
        }
        self.charsets(saved.charsets);
        self.style(saved.fg, saved.bg, &NO_EXTRA);
        if saved.no_wrap {
            self.push(b"\x1b[?7l");
        }
        if saved.origin {
            self.push(b"\x1b[?6h");
        }
        self.cup(page, saved.x, y, false);
        self.push(b"\x1b7");
        if saved.origin {
            self.push(b"\x1b[?6l");
        }
        if saved.no_wrap {
            self.push(b"\x1b[?7h");
        }
        self.plain();
        self.undo_charsets(saved.charsets);
    }

    /// Region, origin mode and the place of the cursor.
    pub(super) fn position(&mut self, page: &Page) {
        let modes = self.terminal.modes;
        let origin = modes.has(Mode::Origin);
        self.region(page);
        if origin {
            self.push(b"\x1b[?6h");
        }
        if page.x < page.cols() {
            return self.cup(page, page.x, page.y, origin);
        }
        // A wrap is pending only after something was written into the last cell.
        let cells = page.row(page.y);
        let last = page.cols() - 1;
        let x = if row::at(cells, last).width() == 0 { last.saturating_sub(1) } else { last };
        self.cup(page, x, page.y, origin);
        self.cell(row::at(cells, x));
    }

    /// The pen, the charsets, and the modes that change how text is written.
    pub(super) fn pen(&mut self) {
        let terminal = self.terminal;
        let pen = &terminal.pen;
        self.style(pen.fg, pen.bg, &pen.extra);
        self.charsets(terminal.charsets);
        if terminal.modes.has(Mode::Insert) {
            self.push(b"\x1b[4h");
        }
        if terminal.modes.has(Mode::NoWrap) {
            self.push(b"\x1b[?7l");
        }
        if terminal.modes.has(Mode::Synchronized) {
            self.push(b"\x1b[?2026h");
        }
    }

    /// The last character again, so that what follows can join or repeat it.
    pub(super) fn last_character(&mut self, page: &Page) {
        let terminal = self.terminal;
        if terminal.join == 0 {
            return;
        }
        let columns = width(terminal.join) as usize;
        let Some(x) = page.x.checked_sub(columns) else { return };
        let cell = row::at(page.row(page.y), x);
        let Some(text) = self.unmapped(cell) else { return };
        self.cup(page, x, page.y, terminal.modes.has(Mode::Origin));
        if terminal.modes.has(Mode::Insert) {
            self.sequence(format_args!("\x1b[{columns}P"));
        }
        self.text(&text);
    }

    /// The text that gives this cell while the current charset is in force.
    fn unmapped(&self, cell: Cell) -> Option<String> {
        let set = self.terminal.charsets.current();
        let text = self.terminal.text_of(cell);
        let text = if cell.has_content() { text } else { return None };
        text.chars().map(|character| unmapped(set, u32::from(character)).and_then(char::from_u32)).collect()
    }

    fn charsets(&mut self, charsets: Charsets) {
        for (set, place) in charsets.named().iter().zip(['(', ')', '*', '+']) {
            self.sequence(format_args!("\x1b{place}{}", char::from(*set)));
        }
        match charsets.level() {
            0 => {}
            1 => self.push(b"\x0e"),
            2 => self.push(b"\x1bn"),
            _ => self.push(b"\x1bo"),
        }
    }

    fn undo_charsets(&mut self, charsets: Charsets) {
        for (_, place) in charsets.named().iter().zip(['(', ')', '*', '+']).filter(|(set, _)| **set != US) {
            self.sequence(format_args!("\x1b{place}B"));
        }
        if charsets.level() != 0 {
            self.push(b"\x0f");
        }
    }
}
