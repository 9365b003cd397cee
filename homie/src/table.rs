//! A table for people: columns as wide as their widest cell, which is not very wide.

use crate::style::Style;

/// Blanks between two columns.
const GAP: usize = 2;

/// The widest a column gets; what is longer ends with an ellipsis.
const WIDEST: usize = 40;

/// The narrowest that a column is made where there is little room.
const NARROWEST: usize = 8;

/// A piece of text in its place.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: String, style: Style) -> Self {
        Self { text, style }
    }

    pub(crate) fn plain(text: String) -> Self {
        Self::new(text, Style::Plain)
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// Rows of cells below a head.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|title| Cell::new((*title).to_owned(), Style::Faint)).collect();
        Self { rows: vec![head] }
    }

    pub(crate) fn add(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// The table as lines, in so many columns of the terminal if they can be had.
    pub(crate) fn render(&self, colourful: bool, room: usize) -> String {
        let widths = fitted(self.widths(), room);
        let lines: Vec<_> = self.rows.iter().map(|row| line(row, &widths, colourful)).collect();
        lines.join("\n")
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let widest = |column| self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max();
        (0..columns).filter_map(widest).map(|width| width.min(WIDEST)).collect()
    }
}

/// Takes from the widest until all fit.
fn fitted(mut widths: Vec<usize>, room: usize) -> Vec<usize> {
    while widths.iter().map(|width| width + GAP).sum::<usize>() > room + GAP {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

fn line(row: &[Cell], widths: &[usize], colourful: bool) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let text = shortened(&cell.text, *width);
        line.push_str(&if colourful { cell.style.paint(&text) } else { text });
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + GAP));
    }
    line.truncate(line.trim_end().len());
    line
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(&["NAME", "STATE"]);
        table.add(vec![Cell::plain("a-long-name".to_owned()), Cell::new("running".to_owned(), Style::Good)]);
        table.add(vec![Cell::plain("é".to_owned()), Cell::plain("done".to_owned())]);
        assert_eq!(table.render(false, 80), "NAME         STATE\na-long-name  running\né            done");
        assert!(table.render(true, 80).contains("\x1b[32mrunning\x1b[0m"));
    }

    #[test]
    fn what_has_no_room_ends_with_an_ellipsis() {
        let mut table = Table::new(&["NAME", "COMMAND"]);
        table.add(vec![Cell::plain("build".to_owned()), Cell::plain("x".repeat(100))]);
        let widths = |room| table.render(false, room).lines().map(|line| line.chars().count()).max();
        assert_eq!(widths(200), Some("build".len() + GAP + WIDEST));
        assert_eq!(widths(30), Some(30));
        assert_eq!(widths(0), Some("build".len() + GAP + NARROWEST));
        assert!(table.render(false, 30).ends_with('…'));
    }
}
