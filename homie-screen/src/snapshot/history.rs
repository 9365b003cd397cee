//! What scrolled away, painted before the screen so that it scrolls away in the viewer too.

use super::History;
use super::paint::{NO_EXTRA, Painter};
use crate::history::Piece;
use crate::page::signed;

/// Rows above the screen that always go with it.
const ALWAYS: usize = 2;

impl Painter<'_> {
    /// Paints what is wanted of the compact history. Gives the first row of the grid that is still to be painted, and
    /// whether it goes on from what was painted.
    pub(super) fn history(&mut self, wanted: History) -> (i32, bool) {
        let above = self.terminal.main.above();
        let least = ALWAYS.min(above);
        let (lines, bytes) = match wanted {
            History::None => return (-signed(least), false),
            History::Lines(lines) => (lines, usize::MAX),
            History::Bytes(bytes) => (usize::MAX, bytes),
            History::Part { lines, bytes } => (lines, bytes),
        };
        let (rows, lines) = match self.line_above(lines) {
            Ok(first) => (usize::try_from(-first).unwrap_or(above), 0),
            Err(found) => (above, lines - found),
        };
        let (affordable, bytes) = self.affordable(rows, bytes);
        if affordable < rows || lines == 0 {
            return (-signed(affordable.max(least)), false);
        }
        let is_open = self.compact(lines, bytes);
        (-signed(above), is_open)
    }

    /// How many of the rows just above the screen so many bytes pay for, and what is left of them.
    fn affordable(&self, rows: usize, mut bytes: usize) -> (usize, usize) {
        if bytes == usize::MAX {
            return (rows, bytes);
        }
        for row in 0..rows {
            let cost = self.cost(row);
            if cost > bytes {
                return (row, bytes);
            }
            bytes -= cost;
        }
        (rows, bytes)
    }

    /// The row above the screen where the line begins that is so many lines up; else how many lines begin there.
    fn line_above(&self, lines: usize) -> Result<i32, usize> {
        let page = &self.terminal.main;
        let rows = (-signed(page.above())..0).rev();
        let mut found = 0;
        for y in rows.filter(|y| !page.is_wrapped_at(*y)) {
            found += 1;
            if found >= lines {
                return Ok(y);
            }
        }
        Err(found)
    }

    /// Lines of the compact history; whether the last one goes on in the grid.
    fn compact(&mut self, lines: usize, mut bytes: usize) -> bool {
        let store = &self.terminal.history;
        let mut lines_back = Vec::new();
        for number in (store.first()..store.end()).rev().take(lines) {
            let mut painter = Painter::new(self.terminal);
            for piece in store.pieces(number) {
                painter.piece(&piece);
            }
            painter.style(0, 0, &NO_EXTRA);
            let line = painter.into_bytes();
            if line.len() > bytes {
                break;
            }
            bytes -= line.len();
            lines_back.push(line);
        }
        for (index, line) in lines_back.iter().rev().enumerate() {
            if index > 0 {
                self.push(b"\r\n");
            }
            self.push(line);
        }
        let goes_on = store.is_open_at_edge() && !lines_back.is_empty();
        if !goes_on && !lines_back.is_empty() {
            self.push(b"\r\n");
        }
        goes_on
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        self.style(piece.style.fg, piece.style.bg, &piece.style.extra);
        self.text(piece.text);
    }

    /// What a row above the screen costs, roughly.
    fn cost(&self, back: usize) -> usize {
        let cells = self.terminal.main.row_at(-signed(back) - 1);
        let mut changes = 0;
        for pair in cells.windows(2) {
            if let [one, other] = pair {
                changes += usize::from((one.fg, one.bg, one.extra) != (other.fg, other.bg, other.extra));
            }
        }
        cells.iter().filter(|cell| cell.has_content()).count() * 2 + changes * 16 + 2
    }
}
