//! One of the two screens: its rows, cursor, scroll region, tabs and saved cursor.

use crate::cell::{Cell, GOES_ON};
use crate::charset::Charsets;
use crate::grid::Grid;

/// What DECSC keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) x: usize,
    /// Counted from the first row that ever was, as xterm.js does: scrolling moves it up the screen.
    pub(crate) y: usize,
    pub(crate) fg: u32,
    pub(crate) bg: u32,
    pub(crate) charsets: Charsets,
    pub(crate) origin: bool,
    /// Autowrap was off.
    pub(crate) no_wrap: bool,
}

/// One screen.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) grid: Grid,
    /// May be one beyond the last column: the next character wraps.
    pub(crate) x: usize,
    pub(crate) y: usize,
    /// First and last row of the scroll region.
    pub(crate) top: usize,
    pub(crate) bottom: usize,
    pub(crate) tabs: Vec<bool>,
    pub(crate) saved: Saved,
    /// Rows that scrolled away since the history was last cleared; always 0 on a screen that keeps none.
    pub(crate) base: usize,
    /// Rows that ever scrolled away.
    pub(crate) pushed: u64,
    keeps: bool,
}

impl Page {
    /// An empty screen. Rows that scroll away stay in the grid if it keeps them.
    pub(crate) fn new(cols: usize, rows: usize, keeps: bool) -> Self {
        Self {
            grid: Grid::new(cols, rows),
            x: 0,
            y: 0,
            top: 0,
            bottom: rows - 1,
            tabs: default_tabs(cols),
            saved: Saved::default(),
            base: 0,
            pushed: 0,
            keeps,
        }
    }

    pub(crate) fn cols(&self) -> usize {
        self.grid.cols()
    }

    pub(crate) fn rows(&self) -> usize {
        self.grid.screen()
    }

    /// Whether rows that scroll away are kept.
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Rows kept above the screen.
    pub(crate) fn above(&self) -> usize {
        self.grid.above()
    }

    /// The cells of a row; rows below 0 have scrolled away. A row that does not exist is the nearest one.
    pub(crate) fn row_at(&self, y: i32) -> &[Cell] {
        self.grid.row(y)
    }

    /// The cells of a row before those that were never written.
    pub(crate) fn written_at(&self, y: i32) -> &[Cell] {
        self.grid.written(y)
    }

    pub(crate) fn row(&self, y: usize) -> &[Cell] {
        self.row_at(signed(y))
    }

    pub(crate) fn row_mut_at(&mut self, y: i32) -> &mut [Cell] {
        self.grid.row_mut(y, usize::MAX)
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [Cell] {
        self.row_mut_at(signed(y))
    }

    /// Some cells of a row, for writing: the grid remembers how far a row was written.
    pub(crate) fn cells_mut(&mut self, y: usize, start: usize, end: usize) -> &mut [Cell] {
        let end = end.min(self.cols());
        self.grid.row_mut(signed(y), end).get_mut(start.min(end)..end).unwrap_or_default()
    }

    /// Whether a row goes on from the one above.
    pub(crate) fn is_wrapped_at(&self, y: i32) -> bool {
        self.row_at(y).first().is_some_and(|cell| cell.row.contains(GOES_ON))
    }

    pub(crate) fn is_wrapped(&self, y: usize) -> bool {
        self.is_wrapped_at(signed(y))
    }

    pub(crate) fn set_wrapped(&mut self, y: usize, wrapped: bool) {
        if y >= self.rows() {
            return;
        }
        if let Some(cell) = self.cells_mut(y, 0, 1).first_mut() {
            cell.row.set(GOES_ON, wrapped);
        }
    }

    /// Makes a row empty and a beginning of its own.
    pub(crate) fn clear_row(&mut self, y: usize, blank: Cell) {
        self.grid.reset(signed(y), blank.bg);
    }

    /// Scrolls the region up by one; the row goes into the history if the region begins at the top.
    pub(crate) fn scroll(&mut self, blank: Cell) {
        if self.top > 0 {
            return self.rotate_up(self.top, self.bottom, 1, blank);
        }
        self.grid.scroll(self.bottom, blank.bg, self.keeps);
        self.base += usize::from(self.keeps);
        self.pushed += u64::from(self.keeps);
    }

    /// Moves the rows from `first` to `last` up; what leaves at the top is gone.
    pub(crate) fn rotate_up(&mut self, first: usize, last: usize, count: usize, blank: Cell) {
        let count = count.min(last + 1 - first);
        for y in first..(last + 1).saturating_sub(count) {
            self.grid.swap(signed(y), signed(y + count));
        }
        for y in last + 1 - count..=last {
            self.clear_row(y, blank);
        }
    }

    /// Moves the rows from `first` to `last` down; what leaves at the bottom is gone.
    pub(crate) fn rotate_down(&mut self, first: usize, last: usize, count: usize, blank: Cell) {
        let count = count.min(last + 1 - first);
        for y in (first + count..=last).rev() {
            self.grid.swap(signed(y), signed(y - count));
        }
        for y in first..first + count {
            self.clear_row(y, blank);
        }
    }

    /// The next tab stop, or the last column.
    pub(crate) fn next_tab(&self, x: usize) -> usize {
        let last = self.cols() - 1;
        (x + 1..=last).find(|column| self.is_tab(*column)).unwrap_or(last)
    }

    /// The tab stop before, or the first column.
    pub(crate) fn previous_tab(&self, x: usize) -> usize {
        (0..x).rev().find(|column| self.is_tab(*column)).unwrap_or(0)
    }

    pub(crate) fn set_tab(&mut self, x: usize, is_set: bool) {
        if let Some(tab) = self.tabs.get_mut(x) {
            *tab = is_set;
        }
    }

    fn is_tab(&self, x: usize) -> bool {
        self.tabs.get(x).copied().unwrap_or(false)
    }
}

/// A stop every eight columns.
pub(crate) fn default_tabs(cols: usize) -> Vec<bool> {
    (0..cols).map(|column| column % 8 == 0).collect()
}

/// Rows and columns are few: they always fit.
pub(crate) fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
