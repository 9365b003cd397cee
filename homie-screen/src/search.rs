//! Where a text stands in what a screen shows and showed.

use crate::history::Found;
use crate::page::signed;
use crate::term::Terminal;

/// Characters of a line that are told; of a longer one those around the text.
const SHOWN: usize = 300;

impl Terminal {
    /// The lines of the main screen and its history that have a text, newest first.
    pub(crate) fn search(&self, needle: &str, ignore_case: bool, limit: usize) -> Vec<Found> {
        let needle = if ignore_case { folded(needle) } else { needle.to_owned() };
        if needle.is_empty() {
            return Vec::new();
        }
        let find = |(number, text): (u64, &str)| {
            let column = column_of(&needle, text.trim_end(), ignore_case)?;
            Some(part(number, text.trim_end(), column))
        };
        let history = &self.history;
        let mut tail = self.page_lines(&self.main, -signed(self.main.above()));
        let mut compact_end = history.end();
        if history.is_open()
            && let Some(first) = tail.first_mut()
        {
            compact_end -= 1;
            first.insert_str(0, history.text(compact_end));
        }
        let newest = (compact_end..).zip(&tail).map(|(number, text)| (number, text.as_str()));
        let newest: Vec<_> = newest.collect();
        let older = (history.first()..compact_end).rev().map(|number| (number, history.text(number)));
        newest.into_iter().rev().chain(older).filter_map(find).take(limit).collect()
    }
}

/// The characters before the text, if the line has it.
fn column_of(needle: &str, line: &str, ignore_case: bool) -> Option<usize> {
    if !ignore_case {
        return line.find(needle).map(|place| line.get(..place).map_or(0, |before| before.chars().count()));
    }
    let place = folded(line).find(needle)?;
    let mut passed = 0;
    let before = line.chars().take_while(|character| {
        passed += character.to_lowercase().map(char::len_utf8).sum::<usize>();
        passed <= place
    });
    Some(before.count())
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn part(line: u64, text: &str, column: usize) -> Found {
    let count = text.chars().count();
    let from = column.saturating_sub(SHOWN / 2).min(count.saturating_sub(SHOWN));
    Found { line, column: column - from, text: text.chars().skip(from).take(SHOWN).collect() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::format_collect, reason = "a test may make a string the short way")]

    use crate::{Effects, Limits, Screen, Size};

    fn fed(text: &str) -> Screen {
        let mut screen = Screen::new(Size::new(20, 5).unwrap(), Limits::default());
        screen.feed(text.as_bytes(), &mut Effects::default());
        screen
    }

    #[test]
    fn case_counts_unless_it_is_not_to() {
        let screen = fed("one STRASSE\r\nİstanbul Straße ÄPFEL\r\nthree");
        assert!(screen.search("strasse", false, 9).is_empty());
        assert_eq!(screen.search("strasse", true, 9)[0].line, 0);
        let found = screen.search("äpfel", true, 9);
        assert_eq!((found.len(), found[0].line, found[0].column), (1, 1, 16));
        assert_eq!(screen.search("Äpfel", false, 9), []);
        assert_eq!(screen.search("STRA", true, 9).len(), 2);
    }

    #[test]
    fn of_a_long_line_the_part_around_the_text_is_told() {
        for (before, after) in [(0, 0), (10, 1000), (1000, 10), (1000, 1000), (149, 148)] {
            let screen = fed(&format!("{}ü{}\r\nend", "a".repeat(before), "b".repeat(after)));
            let found = screen.search("ü", false, 1).remove(0);
            assert_eq!(found.text.chars().count(), (before + 1 + after).min(300));
            assert_eq!(found.text.chars().nth(found.column), Some('ü'));
        }
    }

    #[test]
    fn a_line_is_found_once_and_the_newest_first() {
        let text: String = (0..3000).map(|number| format!("{number} hit hit\r\n")).collect();
        let lines: Vec<u64> = fed(&text).search("hit", false, 2500).iter().map(|found| found.line).collect();
        assert_eq!(lines, (500..3000).rev().collect::<Vec<u64>>());
    }
}
