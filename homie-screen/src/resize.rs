//! Another size: alacritty's grid reflows the main screen, the alternate one is cut.
//!
//! The rows go into such a grid for it, and come back. It knows wrapped lines by a flag on the last cell of the row before, we by one on the row itself (erasing and
//! scrolling change that one as xterm.js does): the one is made of the other before, and back after.

use alacritty_terminal::grid::{Dimensions, Grid as Reflow};
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::term::cell::Flags;

use crate::cell::{Cell, GOES_ON};
use crate::limits;
use crate::page::{Page, default_tabs, signed};
use crate::row;
use crate::term::Terminal;

/// What the grid reads while it reflows.
const OF_GRID: Flags = Flags::WRAPLINE.union(Flags::WIDE_CHAR).union(Flags::LEADING_WIDE_CHAR_SPACER);

impl Terminal {
    pub(crate) fn resize(&mut self, cols: usize, rows: usize) {
        if (cols, rows) == (self.main.cols(), self.main.rows()) {
            return;
        }
        if cols != self.main.cols() {
            self.history.width_changed();
        }
        let is_open = self.history.is_open();
        self.main.resize(cols, rows, true);
        if is_open {
            let top = -signed(self.main.above());
            set_goes_on(&mut self.main, top, true);
        }
        self.alternate.resize(cols, rows, false);
        self.join = 0;
        self.upheavals += 1;
        if self.main.above() >= limits::RING_FULL {
            self.drain();
        }
    }
}

impl Page {
    fn resize(&mut self, cols: usize, rows: usize, reflow: bool) {
        // A wide character finds no place in one column, and the grid would look for it for ever.
        let reflow = reflow && cols > 1 && self.cols() > 1;
        let above = self.above();
        self.tell_grid();
        let saved_y = self.saved.y.saturating_sub(self.base).min(self.rows() - 1);
        let last = self.cols() - 1;
        let mut reflow_grid = self.lend();
        reflow_grid.cursor.input_needs_wrap = self.x > last;
        reflow_grid.cursor.point = Point::new(Line(signed(self.y)), Column(self.x.min(last)));
        reflow_grid.saved_cursor.point = Point::new(Line(signed(saved_y)), Column(self.saved.x.min(last)));
        reflow_grid.resize::<u32>(reflow, rows, cols);
        self.take_back(&reflow_grid);
        self.ask_grid();
        self.base = (self.base + self.above()).saturating_sub(above);
        let cursor = &reflow_grid.cursor;
        self.y = usize::try_from(cursor.point.line.0).unwrap_or(0).min(rows - 1);
        self.x = (cursor.point.column.0 + usize::from(cursor.input_needs_wrap)).min(cols);
        let saved = reflow_grid.saved_cursor.point;
        self.saved.x = saved.column.0.min(cols - 1);
        self.saved.y = self.base + usize::try_from(saved.line.0).unwrap_or(0).min(rows - 1);
        self.top = 0;
        self.bottom = rows - 1;
        let kept = self.tabs.len().min(cols);
        let fresh = default_tabs(cols);
        self.tabs.truncate(kept);
        self.tabs.extend(fresh.into_iter().skip(kept));
    }

    /// Our rows as a grid that can reflow. It keeps whatever that makes of them.
    fn lend(&mut self) -> Reflow<Cell> {
        let (cols, rows, above) = (self.cols(), self.rows(), self.above());
        let most = if self.keeps() { 2 * (above + rows) * cols.max(2) } else { 0 };
        let mut grid = Reflow::new(rows, cols, most);
        for (place, cells) in self.grid.take().enumerate() {
            if place >= rows {
                grid.scroll_up::<u32>(&(Line(0)..Line(signed(rows))), 1);
            }
            let line = Line(signed(place.min(rows - 1)));
            grid[line][..].copy_from_slice(&cells);
        }
        grid
    }

    fn take_back(&mut self, grid: &Reflow<Cell>) {
        let lines = -signed(grid.history_size())..signed(grid.screen_lines());
        let rows = lines.map(|line| grid[Line(line)][..].to_vec());
        self.grid.put(grid.columns(), grid.screen_lines(), rows);
    }

    /// Our flags as the grid's.
    fn tell_grid(&mut self) {
        for y in -signed(self.above())..signed(self.rows()) {
            let goes_on = y + 1 < signed(self.rows()) && self.is_wrapped_at(y + 1);
            let next_is_wide = goes_on && row::at(self.row_at(y + 1), 0).width() == 2;
            let cells = self.row_mut_at(y);
            for cell in cells.iter_mut() {
                cell.row = if cell.width() == 2 { Flags::WIDE_CHAR } else { Flags::empty() } | cell.row & GOES_ON;
            }
            if let Some(last) = cells.last_mut().filter(|_| goes_on) {
                last.row |= Flags::WRAPLINE;
                if next_is_wide && !last.has_content() && last.width() == 1 {
                    last.row |= Flags::LEADING_WIDE_CHAR_SPACER;
                }
            }
        }
    }

    /// The grid's flags as ours. What was a gap before a wide character, or has lost its half, is an empty cell.
    fn ask_grid(&mut self) {
        let mut goes_on = false;
        for y in -signed(self.above())..signed(self.rows()) {
            let cells = self.row_mut_at(y);
            let next_goes_on = cells.last().is_some_and(|cell| cell.row.contains(Flags::WRAPLINE));
            for cell in cells.iter_mut() {
                cell.row = Flags::empty();
            }
            heal(cells);
            set_goes_on(self, y, goes_on);
            goes_on = next_goes_on;
        }
        debug_assert!(self.row(0).iter().all(|cell| !cell.row.intersects(OF_GRID)));
    }
}

/// Halves of wide characters become empty cells.
fn heal(cells: &mut [Cell]) {
    let mut is_wide = false;
    let last = cells.len().saturating_sub(1);
    for (x, cell) in cells.iter_mut().enumerate() {
        let is_half = cell.width() == 0 && !is_wide || cell.width() == 2 && x == last;
        is_wide = cell.width() == 2;
        if is_half {
            cell.set(Cell::blank(cell.bg & crate::cell::COLOUR));
        }
    }
}

fn set_goes_on(page: &mut Page, y: i32, goes_on: bool) {
    if let Some(first) = page.row_mut_at(y).first_mut() {
        first.row.set(GOES_ON, goes_on);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Effects, History, Limits, Screen, Size};

    fn screen(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
        let mut screen = Screen::new(Size::new(cols, rows).unwrap(), Limits::default());
        screen.feed(bytes, &mut Effects::default());
        screen
    }

    #[test]
    fn a_line_that_wrapped_becomes_one_again() {
        let mut screen = screen(10, 4, b"0123456789abcdef\r\n$ ");
        screen.resize(Size::new(20, 4).unwrap());
        assert_eq!(screen.text(), "0123456789abcdef\n$");
        screen.resize(Size::new(8, 4).unwrap());
        let lines: Vec<String> = screen.lines(0..2).into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["0123456789abcdef", "$"]);
        assert_eq!(screen.terminal.main.row(0).len(), 8);
    }

    #[test]
    fn a_taller_window_pulls_rows_back() {
        let mut screen = screen(10, 3, b"1\r\n2\r\n3\r\n4\r\n5");
        assert_eq!(screen.text(), "3\n4\n5");
        screen.resize(Size::new(10, 5).unwrap());
        assert_eq!(screen.text(), "1\n2\n3\n4\n5");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_size_after_any_text_keeps_the_text(
            text in proptest::collection::vec("[a-z]{0,40}|[a-z世界]{0,20}", 1..40),
            sizes in proptest::collection::vec((1..40_u16, 1..12_u16), 1..6),
        ) {
            let text = text.join("\r\n");
            let mut screen = screen(20, 6, text.as_bytes());
            for (cols, rows) in sizes {
                screen.resize(Size::new(cols, rows).unwrap());
                let snapshot = screen.snapshot(History::Lines(1000));
                let mut copy = Screen::new(Size::new(cols, rows).unwrap(), Limits::default());
                copy.feed(&snapshot, &mut Effects::default());
                prop_assert_eq!(copy.text(), screen.text());
                prop_assert_eq!(copy.dump(), screen.dump());
            }
        }
    }
}
