//! The screen and its history as plain text.

use crate::cell::CODE;
use crate::history::Line;
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

    /// The last lines that show anything, at most so many and each at most so long.
    pub(crate) fn last_lines(&self, count: usize, characters: usize) -> Vec<String> {
        let page = self.page();
        let (mut first, mut found) = (0, 0);
        for y in (0..signed(page.rows())).rev() {
            let shows = page.row_at(y).iter().any(|cell| cell.has_content() && cell.content & CODE != u32::from(' '));
            found += usize::from(shows);
            // One more may be the beginning of the line that the oldest of them belongs to.
            if found > count && !page.is_wrapped_at(y + 1) {
                first = y + 1;
                break;
            }
        }
        let mut lines = self.page_lines(page, first);
        lines.retain(|line| !line.trim().is_empty());
        let newest = lines.split_off(lines.len().saturating_sub(count));
        newest.into_iter().map(|line| line.chars().take(characters).collect()).collect()
    }

    /// Rows of a page from `first` on, those that go on joined to one line.
    pub(crate) fn page_lines(&self, page: &Page, first: i32) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use crate::{Effects, Limits, Screen, Size};

    #[test]
    fn the_last_lines_are_those_that_show_something() {
        let mut screen = Screen::new(Size::new(20, 10).unwrap(), Limits::default());
        assert!(screen.last_lines(4, 120).is_empty());
        let text = "1\r\n2\r\n\r\na line that is longer than a row\r\n   \r\n4 世界\r\n\r\n";
        screen.feed(text.as_bytes(), &mut Effects::default());
        assert_eq!(screen.last_lines(2, 120), ["a line that is longer than a row", "4 世界"]);
        assert_eq!(screen.last_lines(1, 3), ["4 世"]);
        assert_eq!(screen.last_lines(9, 10), ["1", "2", "a line tha", "4 世界"]);
    }
}
