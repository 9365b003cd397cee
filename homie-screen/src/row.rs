//! Edits of one row that leave no half of a wide character behind, as xterm.js does them.

use crate::cell::Cell;

/// The cell at `x`, or an untouched one beyond the row.
pub(crate) fn at(row: &[Cell], x: usize) -> Cell {
    row.get(x).copied().unwrap_or_default()
}

/// Puts a cell; nothing happens beyond the row.
pub(crate) fn put(row: &mut [Cell], x: usize, cell: Cell) {
    if let Some(place) = row.get_mut(x) {
        place.set(cell);
    }
}

/// Shifts what stands at `x` and after it to the right by `count`.
pub(crate) fn insert(row: &mut [Cell], x: usize, count: usize, blank: Cell) {
    let x = x % row.len().max(1);
    clear_wide_before(row, x, blank);
    let kept = row.len().saturating_sub(x.saturating_add(count));
    for from in (x..x + kept).rev() {
        let cell = at(row, from);
        put(row, from + count, cell);
    }
    fill(row, x, x.saturating_add(count), blank);
    clear_wide_before(row, row.len(), blank);
}

/// Removes `count` cells at `x`; what stands after them moves left.
pub(crate) fn delete(row: &mut [Cell], x: usize, count: usize, blank: Cell) {
    let x = x % row.len().max(1);
    let kept = row.len().saturating_sub(x.saturating_add(count));
    for to in x..x + kept {
        let cell = at(row, to + count);
        put(row, to, cell);
    }
    fill(row, x + kept, row.len(), blank);
    clear_wide_before(row, x, blank);
    if at(row, x).width() == 0 && !at(row, x).has_content() {
        put(row, x, blank.with(0, 1));
    }
}

/// Replaces `start..end` by blanks; protected cells stay if asked.
pub(crate) fn replace(row: &mut [Cell], start: usize, end: usize, blank: Cell, protect: bool) {
    let may_clear = |cell: Cell| !protect || !cell.is_protected();
    if start > 0 && at(row, start - 1).width() == 2 && may_clear(at(row, start - 1)) {
        put(row, start - 1, blank.with(0, 1));
    }
    if end > 0 && end < row.len() && at(row, end - 1).width() == 2 && may_clear(at(row, end)) {
        put(row, end, blank.with(0, 1));
    }
    for place in row.iter_mut().take(end).skip(start) {
        if may_clear(*place) {
            place.set(blank);
        }
    }
}

/// Blanks without a look at the neighbours.
pub(crate) fn fill(row: &mut [Cell], start: usize, end: usize, blank: Cell) {
    for place in row.iter_mut().take(end).skip(start) {
        place.set(blank);
    }
}

/// A wide character that is cut off at `x` becomes an empty cell.
fn clear_wide_before(row: &mut [Cell], x: usize, blank: Cell) {
    if x > 0 && at(row, x - 1).width() == 2 {
        put(row, x - 1, blank.with(0, 1));
    }
}
