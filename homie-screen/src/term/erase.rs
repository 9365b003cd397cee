//! Erasing, inserting and deleting.

use super::Terminal;
use crate::row;

impl Terminal {
    /// ED, and DECSED with `protect`.
    pub(super) fn erase_display(&mut self, how: u16, protect: bool) {
        self.restrict_for_erase();
        let (x, y, rows, cols) = (self.page().x, self.page().y, self.page().rows(), self.page().cols());
        match how {
            0 => {
                self.erase_cells(y, x, cols, x == 0, protect);
                (y + 1..rows).for_each(|y| self.erase_row(y, protect));
            }
            1 => {
                self.erase_cells(y, 0, x + 1, true, protect);
                if x + 1 >= cols {
                    self.page_mut().set_wrapped(y + 1, false);
                }
                (0..y).for_each(|y| self.erase_row(y, protect));
            }
            2 => (0..rows).for_each(|y| self.erase_row(y, protect)),
            3 if !self.on_alternate => self.clear_history(),
            _ => {}
        }
    }

    /// EL, and DECSEL with `protect`.
    pub(super) fn erase_line(&mut self, how: u16, protect: bool) {
        self.restrict_for_erase();
        let (x, y, cols) = (self.page().x, self.page().y, self.page().cols());
        match how {
            0 => self.erase_cells(y, x, cols, x == 0, protect),
            1 => self.erase_cells(y, 0, x + 1, false, protect),
            2 => self.erase_cells(y, 0, cols, true, protect),
            _ => {}
        }
    }

    /// ECH.
    pub(super) fn erase_characters(&mut self, count: usize) {
        self.restrict_cursor();
        let (x, y) = (self.page().x, self.page().y);
        self.erase_cells(y, x, x + count, false, false);
    }

    /// What scrolled away is forgotten, here and in the compact history.
    pub(super) fn clear_history(&mut self) {
        self.main.grid.forget(0);
        self.main.base = 0;
        self.history.clear();
        self.upheavals += 1;
    }

    /// IL, or DL with `delete`.
    pub(super) fn shift_lines(&mut self, count: usize, delete: bool) {
        self.restrict_cursor();
        let blank = self.pen.erased();
        let page = self.page_mut();
        if page.y > page.bottom || page.y < page.top {
            return;
        }
        if delete {
            page.rotate_up(page.y, page.bottom, count, blank);
        } else {
            page.rotate_down(page.y, page.bottom, count, blank);
        }
        page.x = 0;
    }

    /// ICH.
    pub(super) fn insert_characters(&mut self, count: usize) {
        self.restrict_cursor();
        let blank = self.pen.erased();
        let page = self.page_mut();
        let (x, y) = (page.x, page.y);
        row::insert(page.row_mut(y), x, count, blank);
    }

    /// DCH.
    pub(super) fn delete_characters(&mut self, count: usize) {
        self.restrict_cursor();
        let blank = self.pen.erased();
        let page = self.page_mut();
        let (x, y) = (page.x, page.y);
        row::delete(page.row_mut(y), x, count, blank);
    }

    /// SU.
    pub(super) fn scroll_up(&mut self, count: usize) {
        let blank = self.pen.erased();
        let page = self.page_mut();
        page.rotate_up(page.top, page.bottom, count, blank);
    }

    /// SD: alone among all it fills with default colours.
    pub(super) fn scroll_down(&mut self, count: usize) {
        let page = self.page_mut();
        page.rotate_down(page.top, page.bottom, count, crate::cell::Cell::default());
    }

    /// SL, SR, DECIC, DECDC: every row of the region at once.
    pub(super) fn shift_columns(&mut self, at_cursor: bool, count: usize, delete: bool) {
        let blank = self.pen.erased();
        let page = self.page_mut();
        if page.y > page.bottom || page.y < page.top {
            return;
        }
        let x = if at_cursor { page.x } else { 0 };
        for y in page.top..=page.bottom {
            page.set_wrapped(y, false);
            if delete {
                row::delete(page.row_mut(y), x, count, blank);
            } else {
                row::insert(page.row_mut(y), x, count, blank);
            }
        }
    }

    /// DECALN.
    pub(super) fn alignment_pattern(&mut self) {
        let filled = crate::cell::Cell { extra: 0, ..self.pen_cell() }.with(u32::from(b'E'), 1);
        self.set_cursor(0, 0);
        // In origin mode it begins at the region's top; the alternate screen's rows are a ring in xterm.js, so all are filled.
        let first = if self.on_alternate { 0 } else { self.page().y };
        let page = self.page_mut();
        for y in first..page.rows() {
            page.set_wrapped(y, false);
            let cols = page.cols();
            row::fill(page.row_mut(y), 0, cols, filled);
        }
        self.set_cursor(0, 0);
    }

    /// A pending wrap stays pending.
    fn restrict_for_erase(&mut self) {
        self.restrict_row();
        let page = self.page_mut();
        page.x = page.x.min(page.cols());
    }

    fn erase_cells(&mut self, y: usize, start: usize, end: usize, unwrap: bool, protect: bool) {
        let blank = self.pen.erased();
        let page = self.page_mut();
        row::replace(page.row_mut(y), start, end, blank, protect);
        if unwrap {
            page.set_wrapped(y, false);
        }
    }

    fn erase_row(&mut self, y: usize, protect: bool) {
        let blank = self.pen.erased();
        let page = self.page_mut();
        if !protect {
            return page.clear_row(y, blank);
        }
        for cell in page.row_mut(y).iter_mut().filter(|cell| !cell.is_protected()) {
            cell.set(blank);
        }
        page.set_wrapped(y, false);
    }
}
