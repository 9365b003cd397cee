//! Rows of cells: those of a screen, and above them some that scrolled away. What was never written takes no memory.

use std::collections::VecDeque;

use crate::cell::Cell;

/// Rows that left at the top and wait to come in again at the bottom.
const SPARE: usize = 512;

/// The rows, oldest first. Every index is clamped: a row that does not exist is the nearest one.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    rows: VecDeque<Row>,
    cols: usize,
    screen: usize,
    /// What a row shows that was never written.
    untouched: Vec<Cell>,
    spare: Vec<Row>,
}

/// One row. It has no cells until it is written for the first time.
#[derive(Debug, Clone, Default)]
struct Row {
    cells: Vec<Cell>,
    /// The cells from here on are untouched.
    used: usize,
}

impl Row {
    /// Makes every cell one of nothing, in a background.
    fn reset(&mut self, bg: u32, cols: usize) {
        if bg == 0 {
            let used = self.used;
            self.cells.iter_mut().take(used).for_each(|cell| *cell = Cell::default());
            self.used = 0;
        } else {
            self.cells.clear();
            self.cells.resize(cols, Cell::blank(bg));
            self.used = cols;
        }
    }

    fn cells_mut(&mut self, end: usize, cols: usize) -> &mut [Cell] {
        if self.cells.is_empty() {
            self.cells.resize(cols, Cell::default());
        }
        self.used = self.used.max(end);
        &mut self.cells
    }
}

impl Grid {
    pub(crate) fn new(cols: usize, screen: usize) -> Self {
        let rows = (0..screen).map(|_| Row::default()).collect();
        Self { rows, cols, screen, untouched: vec![Cell::default(); cols], spare: Vec::new() }
    }

    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Rows of the screen.
    pub(crate) fn screen(&self) -> usize {
        self.screen
    }

    /// Rows above the screen.
    pub(crate) fn above(&self) -> usize {
        self.rows.len() - self.screen
    }

    /// The cells of a row; rows below 0 have scrolled away.
    pub(crate) fn row(&self, y: i32) -> &[Cell] {
        let row = self.rows.get(self.index(y)).map(|row| row.cells.as_slice());
        row.filter(|cells| !cells.is_empty()).unwrap_or(&self.untouched)
    }

    /// The cells of a row before those that were never written.
    pub(crate) fn written(&self, y: i32) -> &[Cell] {
        let row = self.rows.get(self.index(y));
        row.and_then(|row| row.cells.get(..row.used)).unwrap_or_default()
    }

    /// The cells of a row, of which none from `end` on is written.
    pub(crate) fn row_mut(&mut self, y: i32, end: usize) -> &mut [Cell] {
        let (index, cols) = (self.index(y), self.cols);
        self.rows.get_mut(index).map(|row| row.cells_mut(end.min(cols), cols)).unwrap_or_default()
    }

    /// Makes a row one of nothing, in a background.
    pub(crate) fn reset(&mut self, y: i32, bg: u32) {
        let (index, cols) = (self.index(y), self.cols);
        if let Some(row) = self.rows.get_mut(index) {
            row.reset(bg, cols);
        }
    }

    pub(crate) fn swap(&mut self, one: i32, other: i32) {
        let (one, other) = (self.index(one), self.index(other));
        self.rows.swap(one, other);
    }

    /// Moves the rows down to `bottom` up by one; the first row of the screen is kept above it, or gone.
    pub(crate) fn scroll(&mut self, bottom: usize, bg: u32, keeps: bool) {
        let mut row = if keeps { self.spare.pop().unwrap_or_default() } else { self.take_first() };
        row.reset(bg, self.cols);
        let below = self.screen.saturating_sub(bottom + 1);
        let place = self.rows.len().saturating_sub(below);
        self.rows.insert(place, row);
    }

    /// The first row of the screen, taken out.
    fn take_first(&mut self) -> Row {
        self.rows.remove(self.above()).unwrap_or_default()
    }

    /// Forgets all rows above the screen but the newest.
    pub(crate) fn forget(&mut self, keep: usize) {
        let gone = self.above().saturating_sub(keep);
        let room = SPARE.saturating_sub(self.spare.len());
        self.spare.extend(self.rows.drain(..gone).take(room));
    }

    /// All cells, row by row, to be put into another arrangement.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Vec<Cell>> {
        let cols = self.cols;
        let rows = std::mem::take(&mut self.rows);
        self.spare = Vec::new();
        rows.into_iter().map(move |mut row| {
            row.cells.resize(cols, Cell::default());
            row.cells
        })
    }

    /// Other rows; at least those of the screen.
    pub(crate) fn put(&mut self, cols: usize, screen: usize, rows: impl Iterator<Item = Vec<Cell>>) {
        *self = Self::new(cols, screen);
        self.rows = rows
            .map(|mut cells| {
                cells.resize(cols, Cell::default());
                let used = cells.iter().rposition(|cell| *cell != Cell::default()).map_or(0, |last| last + 1);
                if used == 0 { Row::default() } else { Row { cells, used } }
            })
            .collect();
        while self.rows.len() < screen {
            self.rows.push_back(Row::default());
        }
    }

    fn index(&self, y: i32) -> usize {
        let place = i64::try_from(self.above()).unwrap_or(0) + i64::from(y);
        usize::try_from(place).unwrap_or(0).min(self.rows.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(grid: &mut Grid, y: i32, code: u8) {
        for cell in grid.row_mut(y, 3).iter_mut().take(3) {
            *cell = Cell::default().with(code.into(), 1);
        }
    }

    fn codes(grid: &Grid, y: i32) -> Vec<u32> {
        grid.row(y).iter().map(|cell| cell.content & crate::cell::CODE).collect()
    }

    #[test]
    fn rows_scroll_away_and_come_back_empty() {
        let mut grid = Grid::new(5, 3);
        for code in b'a'..=b'c' {
            write(&mut grid, i32::from(code - b'a'), code);
        }
        grid.scroll(2, 0, true);
        assert_eq!((grid.above(), codes(&grid, -1)[0], codes(&grid, 0)[0]), (1, u32::from(b'a'), u32::from(b'b')));
        grid.scroll(1, 7, true);
        assert_eq!((grid.above(), codes(&grid, -1)[2], codes(&grid, 0)[2]), (2, u32::from(b'b'), u32::from(b'c')));
        assert_eq!((grid.row(1)[4].bg, grid.row(2)), (7, &[Cell::default(); 5][..]));
        grid.forget(0);
        assert_eq!((grid.above(), grid.spare.len()), (0, 2));
        grid.scroll(2, 0, true);
        grid.scroll(2, 0, true);
        assert_eq!((grid.written(-2).len(), grid.written(2).len()), (3, 0));
        assert!((1..3).all(|y| grid.row(y) == [Cell::default(); 5]));
    }

    #[test]
    fn nothing_is_allocated_for_what_was_never_written() {
        let mut grid = Grid::new(100, 50);
        for _ in 0..200 {
            grid.scroll(49, 0, true);
        }
        assert!(grid.rows.iter().all(|row| row.cells.capacity() == 0));
        assert_eq!(grid.row(-200).len(), 100);
        assert_eq!(grid.row(i32::MAX).len(), 100);
    }
}
