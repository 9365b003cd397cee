//! The screen and its history as plain text.

use crate::history::{Found, Line};
use crate::page::{Page, signed};
use crate::term::Terminal;

impl Terminal {
    /// What shows, as text: one line for each line that a program ended.
    pub(crate) fn screen_text(&self) -> String {
        let mut lines = self.page_lines(self.page(), 0);
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.join("\n")
    }

    /// The number of the first line that is kept.
    pub(crate) fn first_line(&self) -> u64 {
        self.history.first()
    }

    /// All lines of the main screen, compact, above it and on it, from a number on.
    pub(crate) fn lines_from(&self, from: u64) -> impl Iterator<Item = Line> {
        let history = &self.history;
        let mut tail = self.page_lines(&self.main, -signed(self.main.above()));
        let mut compact_end = history.end();
        if history.is_open() && !tail.is_empty() {
            compact_end -= 1;
            let whole = format!("{}{}", history.text(compact_end), tail.remove(0));
            tail.insert(0, whole);
        }
        let compact = (from.max(history.first())..compact_end)
            .map(|number| Line { number, text: history.text(number).trim_end().to_owned() });
        let rest = (compact_end..).zip(tail).map(|(number, text)| Line { number, text });
        compact.chain(rest.filter(move |line| line.number >= from))
    }

    /// Where a text stands, newest first.
    pub(crate) fn search(&self, needle: &str, limit: usize) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        if needle.is_empty() {
            return found;
        }
        for line in self.lines_from(0) {
            for (place, _) in line.text.match_indices(needle) {
                let column = line.text.get(..place).map_or(0, |before| before.chars().count());
                found.push(Found { line: line.number, column, text: line.text.clone() });
            }
        }
        found.reverse();
        found.truncate(limit);
        found
    }

    /// Rows of a page from `first` on, those that go on joined to one line.
    fn page_lines(&self, page: &Page, first: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for y in first..signed(page.rows()) {
            let goes_on = page.is_wrapped_at(y) && y > first;
            if !goes_on {
                if let Some(line) = lines.last_mut() {
                    line.truncate(line.trim_end().len());
                }
                lines.push(String::new());
            }
            let Some(line) = lines.last_mut() else { continue };
            for cell in page.row_at(y).iter().filter(|cell| cell.width() > 0) {
                if cell.has_content() {
                    line.push_str(&self.text_of(*cell));
                } else {
                    line.push(' ');
                }
            }
        }
        if let Some(line) = lines.last_mut() {
            line.truncate(line.trim_end().len());
        }
        lines
    }
}
