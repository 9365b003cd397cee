//! Rows: painted from top to bottom, so that they scroll and wrap in the viewer as they did here.

use super::paint::{NO_EXTRA, Painter};
use crate::cell::{COLOUR, Cell, EXTENDED};
use crate::page::{Page, signed};
use crate::row;

impl Painter<'_> {
    /// Rows of a page from `first` to its last, from where the cursor stands; the rows below are untouched. `is_open` says
    /// that the row above was painted to its edge and the first one goes on from it.
    pub(crate) fn rows(&mut self, page: &Page, first: i32, is_open: bool) {
        self.rows_until(page, first, signed(page.rows()), is_open);
    }

    pub(crate) fn rows_until(&mut self, page: &Page, first: i32, end: i32, is_open: bool) {
        let goes_on = |y: i32| y < end && if y == first { is_open } else { page.is_wrapped_at(y) };
        for y in first..end {
            if y > first && !goes_on(y) {
                self.next_row();
            }
            self.row(page.row_at(y), goes_on(y), goes_on(y + 1));
        }
    }

    /// A row of nothing, filled to its edge: what the first row goes on from when it is gone.
    pub(super) fn full_row(&mut self, page: &Page) {
        self.sequence(format_args!("\x1b[{}G", page.cols()));
        self.text(" ");
    }

    /// To the beginning of the next row. Scrolling fills with the pen's background, so it has none.
    pub(crate) fn next_row(&mut self) {
        self.style(0, 0, &NO_EXTRA);
        self.push(b"\r\n");
    }

    /// One row. If it goes on from the one above, its first cell makes the viewer wrap; if the next one goes on from
    /// this, it is filled to the edge.
    fn row(&mut self, cells: &[Cell], goes_on: bool, next_goes_on: bool) {
        let end = if next_goes_on { cells.len() } else { painted_end(cells).max(usize::from(goes_on)) };
        let mut x = 0;
        while x < end {
            let cell = row::at(cells, x);
            let must_print = x == 0 && goes_on || x + 1 == cells.len() && next_goes_on;
            if is_gap(cell) && !must_print {
                let last = if next_goes_on { end - 1 } else { end };
                let gap = cells.iter().take(last).skip(x).take_while(|other| is_gap(**other) && other.bg == cell.bg);
                let gap = gap.count().max(1);
                self.gap(cell, gap, x + gap < end);
                x += gap;
                continue;
            }
            if cell.width() == 0 {
                // A second half is drawn with its first; alone it is nothing that can be drawn.
                x += 1;
                continue;
            }
            self.cell(fitting(cell, x, cells.len()));
            if x == 0 && goes_on && cell.bg & COLOUR != 0 {
                self.style(0, 0, &NO_EXTRA);
                self.push(b"\x1b[K");
            }
            x += cell.width().max(1) as usize;
        }
    }

    /// Cells that were never written, or erased with a background.
    fn gap(&mut self, cell: Cell, count: usize, more_follows: bool) {
        if cell.bg & COLOUR != 0 && self.is_colourful() {
            self.style(0, cell.bg, &NO_EXTRA);
            self.sequence(format_args!("\x1b[{count}X"));
        }
        if more_follows {
            self.sequence(format_args!("\x1b[{count}C"));
        }
    }
}

/// A wide character in the last column, which autowrap switched off makes, has no room anywhere: it is left empty.
pub(super) fn fitting(cell: Cell, x: usize, cols: usize) -> Cell {
    if x + cell.width() as usize > cols { cell.with(0, 1) } else { cell }
}

/// Erased, in nothing but a background.
fn is_gap(cell: Cell) -> bool {
    !cell.has_content() && cell.width() == 1 && cell.fg == 0 && cell.bg & !(COLOUR | EXTENDED) == 0 && cell.extra() == 0
}

/// Behind the last cell that does not look like new.
pub(super) fn painted_end(cells: &[Cell]) -> usize {
    cells.iter().rposition(|cell| !cell.is_untouched()).map_or(0, |last| last + 1)
}
