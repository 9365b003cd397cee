//! Cursors, saved and real, and the pen they stand with.

use super::paint::{NO_EXTRA, Painter};
use super::rows::fitting;
use crate::cell::{COLOUR, Cell, EXTENDED, UNDERLINE, UNDERLINE_STYLE};
use crate::charset::{Charsets, US, unmapped};
use crate::page::{Page, Saved};
use crate::row;
use crate::style::Extra;
use crate::term::mode::Mode;
use crate::width::{properties, width};

impl Painter<'_> {
    /// The saved cursor; the region is full and origin mode off while it is set.
    /// One that was never saved is left out, unless it must take another's place.
    pub(crate) fn saved_cursor(&mut self, page: &Page, always: bool) {
        let saved = &page.saved;
        let y = saved.y.saturating_sub(page.base).min(page.rows() - 1);
        if !always && *saved == (Saved { y: saved.y, ..Saved::default() }) && y == 0 {
            return;
        }
        self.charsets(saved.charsets);
        self.style(saved.fg, saved.bg, &NO_EXTRA);
        // Whether there was a link or an underline style is saved, which one is not: any link will do.
        let had_extra = saved.bg & EXTENDED != 0 && saved.fg & UNDERLINE == 0;
        if had_extra {
            self.push(b"\x1b]8;;homie:\x1b\\");
        }
        if saved.no_wrap {
            self.push(b"\x1b[?7l");
        }
        if saved.origin {
            self.push(b"\x1b[?6h");
        }
        self.cup(page, saved.x, y, false);
        self.push(b"\x1b7");
        if had_extra {
            self.push(b"\x1b]8;;\x1b\\");
        }
        if saved.origin {
            self.push(b"\x1b[?6l");
        }
        if saved.no_wrap {
            self.push(b"\x1b[?7h");
        }
        self.plain();
        self.undo_charsets(saved.charsets);
    }

    /// Attributes of the pen that DECRC has parted: colours of the saved cursor, underline and link of before. Only
    /// restoring the cursor once more makes such a pen, which is right as long as the saved cursor is still the same.
    pub(super) fn parted_pen(&mut self, page: &Page) {
        let pen = &self.terminal.pen;
        let has_style = pen.extra.bits & UNDERLINE_STYLE != 0;
        let is_whole = has_style == (pen.fg & UNDERLINE != 0) && pen.extra.is_empty() == (pen.bg & EXTENDED == 0);
        if is_whole || (pen.fg, pen.bg) != (page.saved.fg, page.saved.bg) {
            return;
        }
        self.style(if has_style { UNDERLINE } else { 0 }, 0, &pen.extra);
        self.push(b"\x1b8\x1b[?6l\x1b[?7h\x0f");
        self.assume(pen);
    }

    /// Region, origin mode and the place of the cursor.
    pub(super) fn position(&mut self, page: &Page) {
        let modes = self.terminal.modes;
        let origin = modes.has(Mode::Origin);
        self.region(page);
        if origin {
            self.push(b"\x1b[?6h");
        }
        if page.x < page.cols() || self.last(page).is_some() {
            return self.cup(page, page.x, page.y, origin);
        }
        // A wrap is pending only after something was written into the last cell.
        let cells = page.row(page.y);
        let last = page.cols() - 1;
        let x = if row::at(cells, last).width() == 0 { last.saturating_sub(1) } else { last };
        self.cup(page, x, page.y, origin);
        self.cell(fitting(row::at(cells, x), x, cells.len()));
        // Nothing may join what was only painted again.
        self.push(b"\0");
    }

    /// The pen, the charsets, and the modes that change how text is written.
    pub(super) fn pen(&mut self) {
        let terminal = self.terminal;
        let pen = &terminal.pen;
        if pen.bg & EXTENDED == 0 {
            // Cells do not get them now. They come back with a later SGR, which no escape sequence can arrange.
            let bits = pen.extra.bits & COLOUR;
            self.style(pen.fg, pen.bg, &Extra { bits, link: None });
        } else {
            self.style(pen.fg, pen.bg, &pen.extra);
        }
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
        let Some((x, text)) = self.last(page) else { return };
        let modes = self.terminal.modes;
        self.cup(page, x, page.y, modes.has(Mode::Origin));
        if modes.has(Mode::Insert) {
            // Only the first code point makes room; what joins it writes over what is there.
            let first = text.chars().next().map_or(0, u32::from);
            self.sequence(format_args!("\x1b[{}P", width(properties(first, 0))));
        }
        self.text(&text);
    }

    /// Where the last character stands and what gives it, if something can still join it.
    fn last(&self, page: &Page) -> Option<(usize, String)> {
        let join = self.terminal.join;
        let x = page.x.checked_sub(width(join) as usize).filter(|_| join != 0)?;
        let text = self.unmapped(row::at(page.row(page.y), x))?;
        let gives = text.chars().fold(0, |join, code| properties(u32::from(code), join));
        (gives == join).then_some((x, text))
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
