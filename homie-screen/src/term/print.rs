//! Writing text: where characters go, what joins, and where lines wrap.

use super::{Mode, Terminal};
use crate::cell::{self, Cell, WIDTH_SHIFT};
use crate::charset::{self, US};
use crate::page::signed;
use crate::row;
use crate::utf8::{self, Step};
use crate::width::{joins, properties, width};

/// An invisible hint where a word may break; terminals leave it out.
const SOFT_HYPHEN: u32 = 0xAD;

impl Terminal {
    /// Writes a run of text.
    pub(super) fn print(&mut self, bytes: &[u8]) {
        // Text that goes on where the last feed ended is the same run, however it was cut.
        let goes_on = self.join != 0;
        let mut is_first = !goes_on;
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let run = if is_plain(*first) { plain_run(rest) } else { 0 };
            if run > 0 && self.takes_runs() {
                let (text, after) = rest.split_at(run);
                self.heal_before(&mut is_first);
                self.print_run(text);
                rest = after;
                continue;
            }
            let length = match utf8::step(rest) {
                Step::Char(code, length) => {
                    if code >= 0x20 && code != 0x7F {
                        self.heal_before(&mut is_first);
                        self.put(code);
                    }
                    length
                }
                Step::Invalid(length) => length,
                Step::Incomplete => break,
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        if !is_first || goes_on {
            self.heal_after();
        }
    }

    /// Writes the last character again, as often as asked.
    pub(super) fn repeat(&mut self, count: usize) {
        if self.join == 0 {
            return;
        }
        let page = self.page();
        let x = page.x.wrapping_sub(width(self.join) as usize);
        let text = self.text_of(row::at(page.row(page.y), x));
        // More than a screen full of one character is nothing that anyone looks at.
        let count = count.min(page.cols() * page.rows());
        for _ in 0..count {
            self.print(text.as_bytes());
        }
    }

    /// The text of a cell; empty for none.
    pub(crate) fn text_of(&self, cell: Cell) -> String {
        let code = cell.content & cell::CODE;
        if cell.cluster().is_some() {
            return self.clusters.get(code).map_or_else(String::new, ToString::to_string);
        }
        char::from_u32(code).filter(|_| code != 0).map_or_else(String::new, String::from)
    }

    /// Whether plain characters go into the row as they are.
    fn takes_runs(&self) -> bool {
        self.charsets.current() == US && !self.modes.has(Mode::Insert) && !self.modes.has(Mode::NoWrap)
    }

    /// The first half of a wide character under the cursor's left goes when its second half is written over.
    fn heal_before(&mut self, is_first: &mut bool) {
        if !std::mem::take(is_first) {
            return;
        }
        let empty = self.pen_cell();
        let page = self.page_mut();
        let (x, y) = (page.x, page.y);
        if x > 0 && row::at(page.row(y), x - 1).width() == 2 {
            row::put(page.row_mut(y), x - 1, empty);
        }
    }

    /// A second half that has lost its first becomes an empty cell.
    fn heal_after(&mut self) {
        let empty = self.pen_cell();
        let page = self.page_mut();
        let (x, y) = (page.x, page.y);
        if x < page.cols() {
            let cell = row::at(page.row(y), x);
            if cell.width() == 0 && !cell.has_content() {
                row::put(page.row_mut(y), x, empty);
            }
        }
    }

    /// Characters that all take one column and join nothing.
    fn print_run(&mut self, mut text: &[u8]) {
        let pen = self.pen_cell();
        if let Some(last) = text.last() {
            self.join = properties(u32::from(*last), 0);
        }
        while !text.is_empty() {
            if self.page().x >= self.page().cols() {
                self.wrap(0);
            }
            let page = self.page_mut();
            let (x, y) = (page.x, page.y);
            let (now, later) = text.split_at(text.len().min(page.cols() - x));
            for (cell, byte) in page.cells_mut(y, x, x + now.len()).iter_mut().zip(now) {
                cell.content = u32::from(*byte) | 1 << WIDTH_SHIFT;
                cell.fg = pen.fg;
                cell.bg = pen.bg;
                cell.extra = pen.extra;
            }
            page.x += now.len();
            text = later;
        }
    }

    /// One character, whatever it is.
    fn put(&mut self, code: u32) {
        if code == SOFT_HYPHEN {
            return;
        }
        let code = if code < 0x7F { charset::mapped(self.charsets.current(), code) } else { code };
        let (before, after) = (self.join, properties(code, self.join));
        self.join = after;
        let columns = width(after);
        let joined = if joins(after) { width(before) } else { 0 };
        if self.page().x + columns as usize > self.page().cols() + joined as usize {
            if self.modes.has(Mode::NoWrap) {
                let page = self.page_mut();
                page.x = page.cols() - 1;
                if columns == 2 {
                    return;
                }
            } else {
                self.wrap(joined as usize);
            }
        }
        if joins(after) && self.page().x > 0 {
            self.join_cell(code, columns, joined);
        } else {
            self.put_cell(code, columns, joined);
        }
    }

    /// Adds to the cell before the cursor, which may grow wider.
    fn join_cell(&mut self, code: u32, columns: u32, joined: u32) {
        let spacer = self.pen_cell().with(0, 0);
        let page = self.page();
        let back = if row::at(page.row(page.y), page.x - 1).width() == 0 { 2 } else { 1 };
        if let Some(x) = page.x.checked_sub(back) {
            self.add_code(x, code, columns);
        }
        let page = self.page_mut();
        for _ in joined..columns {
            let (x, y) = (page.x, page.y);
            row::put(page.row_mut(y), x, spacer);
            page.x += 1;
        }
    }

    /// Writes a cell of its own at the cursor.
    fn put_cell(&mut self, code: u32, columns: u32, joined: u32) {
        let pen = self.pen_cell();
        let inserts = self.modes.has(Mode::Insert);
        let page = self.page_mut();
        let (x, y) = (page.x, page.y);
        let taken = columns as usize;
        let row = page.cells_mut(y, 0, if inserts { usize::MAX } else { x + taken });
        if inserts {
            row::insert(row, x, columns.saturating_sub(joined) as usize, pen);
        }
        row::put(row, x, pen.with(code, columns));
        for spacer in x + 1..x + taken {
            row::put(row, spacer, pen.with(0, 0));
        }
        page.x += taken;
    }

    /// Goes to the next row, with the `joined` columns of a cluster that has grown too wide.
    fn wrap(&mut self, joined: usize) {
        let pen = self.pen_cell();
        let page = self.page_mut();
        let from = page.x.saturating_sub(joined);
        let cols = page.cols();
        let moved: Vec<Cell> = page.row(page.y).iter().skip(from).take(joined).copied().collect();
        page.x = joined;
        let mut old = signed(page.y);
        if page.y == page.bottom {
            self.scroll();
            old -= 1;
        } else {
            page.y = (page.y + 1).min(page.rows() - 1);
        }
        let page = self.page_mut();
        let y = page.y;
        page.set_wrapped(y, true);
        for (x, cell) in moved.into_iter().enumerate() {
            row::put(page.row_mut(y), x, cell);
        }
        if from < cols {
            row::fill(page.row_mut_at(old), from, cols, pen);
        }
    }

    /// One more code point for the cell at `x`.
    fn add_code(&mut self, x: usize, code: u32, columns: u32) {
        let y = self.page().y;
        let cell = row::at(self.page().row(y), x);
        let content = if cell.has_content() {
            let mut text = self.text_of(cell);
            text.extend(char::from_u32(code));
            if self.clusters.is_full() {
                self.sweep_clusters();
            }
            let number = self.clusters.number(text.into_boxed_str());
            if number > cell::CODE {
                return;
            }
            number | cell::CLUSTER | cell.width() << WIDTH_SHIFT
        } else {
            code | 1 << WIDTH_SHIFT
        };
        let content = content & (cell::CODE | cell::CLUSTER) | columns << WIDTH_SHIFT;
        row::put(self.page_mut().row_mut(y), x, Cell { content, ..cell });
    }
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E)
}

fn plain_run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_plain(*byte)).unwrap_or(bytes.len())
}
