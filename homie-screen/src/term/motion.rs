//! Moving the cursor, and saving it.

use super::{Mode, Terminal};
use crate::page::Saved;

impl Terminal {
    /// Onto the screen, or into the region in origin mode; a wrap that was pending is forgotten.
    pub(super) fn restrict_cursor(&mut self) {
        self.restrict_row();
        let page = self.page_mut();
        page.x = page.x.min(page.cols() - 1);
    }

    pub(super) fn restrict_row(&mut self) {
        let origin = self.modes.has(Mode::Origin);
        let page = self.page_mut();
        page.y = if origin { page.y.max(page.top).min(page.bottom) } else { page.y.min(page.rows() - 1) };
    }

    /// Puts the cursor; in origin mode rows count from the region's top.
    pub(super) fn set_cursor(&mut self, x: usize, y: usize) {
        let origin = self.modes.has(Mode::Origin);
        let page = self.page_mut();
        page.x = x;
        page.y = if origin { page.top + y } else { y };
        self.restrict_cursor();
    }

    pub(super) fn set_column(&mut self, x: usize) {
        // With origin mode on the region's top is added again: so do all who share this code's history.
        let y = self.page().y;
        self.set_cursor(x, y);
    }

    pub(super) fn set_row(&mut self, y: usize) {
        let x = self.page().x;
        self.set_cursor(x, y);
    }

    pub(super) fn left(&mut self, count: usize) {
        self.restrict_cursor();
        let x = self.page().x.saturating_sub(count);
        self.set_column(x);
    }

    pub(super) fn right(&mut self, count: usize) {
        self.restrict_cursor();
        let x = self.page().x.saturating_add(count);
        self.set_column(x);
    }

    /// Up, not beyond the region's top unless the cursor is above it.
    pub(super) fn up(&mut self, count: usize) {
        let page = self.page();
        let count = if page.y >= page.top { count.min(page.y - page.top) } else { count };
        self.restrict_cursor();
        let origin_top = if self.modes.has(Mode::Origin) { self.page().top } else { 0 };
        // In origin mode the top is added before the result is bounded, so the subtraction must not stop at 0.
        let y = (self.page().y + origin_top).saturating_sub(count);
        let page = self.page_mut();
        page.y = y;
        self.restrict_cursor();
    }

    /// Down, not beyond the region's bottom unless the cursor is below it.
    pub(super) fn down(&mut self, count: usize) {
        let page = self.page();
        let count = if page.y <= page.bottom { count.min(page.bottom - page.y) } else { count };
        self.down_freely(count);
    }

    pub(super) fn down_freely(&mut self, count: usize) {
        self.restrict_cursor();
        let y = self.page().y.saturating_add(count);
        self.set_row(y);
    }

    pub(super) fn save_cursor(&mut self) {
        let (fg, bg, charsets) = (self.pen.fg, self.pen.bg, self.charsets);
        let (origin, no_wrap) = (self.modes.has(Mode::Origin), self.modes.has(Mode::NoWrap));
        let page = self.page_mut();
        page.saved = Saved { x: page.x, y: page.base + page.y, fg, bg, charsets, origin, no_wrap };
    }

    pub(super) fn restore_cursor(&mut self) {
        let page = self.page_mut();
        let saved = page.saved.clone();
        page.x = saved.x;
        page.y = saved.y.saturating_sub(page.base);
        self.pen.fg = saved.fg;
        self.pen.bg = saved.bg;
        self.charsets.restore(saved.charsets);
        self.modes.set(Mode::Origin, saved.origin);
        self.modes.set(Mode::NoWrap, saved.no_wrap);
        self.restrict_cursor();
    }
}
