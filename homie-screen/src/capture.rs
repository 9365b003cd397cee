//! What a screen shows as text, line by line, in parts of a bounded size.

use std::ops::Range;

use crate::cell::{COLOUR, PROTECTED};
use crate::page::{Page, signed};
use crate::snapshot::paint::{NO_EXTRA, Painter};
use crate::term::Terminal;

/// What is wanted of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capture {
    /// Also what scrolled away from the main screen; what shows comes behind it.
    pub scrollback: bool,
    /// With colours and attributes, as escape sequences.
    pub ansi: bool,
}

/// Lines, each with its newline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The text.
    pub text: String,
    /// Where the next part begins, if there is one.
    pub next: Option<u64>,
}

/// Where a line stands.
enum Place {
    /// In the history, and perhaps on in rows of the main screen.
    History(u64, Range<i32>),
    Main(Range<i32>),
    Alternate(Range<i32>),
}

impl Terminal {
    /// The lines from a number on that fit into so many bytes; a line that is longer alone is cut. Without scrollback lines
    /// are counted from the top of the screen, with it as everywhere.
    pub(crate) fn capture(&self, wanted: Capture, from: u64, most: usize) -> Part {
        let mut part = Part::default();
        let lines = self.places(wanted.scrollback);
        let first = if wanted.scrollback { self.first_line() } else { 0 };
        let skipped = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        for (number, place) in (first..).zip(lines).skip(skipped) {
            let mut line = self.line_at(&place, wanted.ansi);
            if line.len() >= most {
                line = self.line_at(&place, false);
                line.truncate(line.floor_char_boundary(most.saturating_sub(1)));
            }
            if part.text.len() + line.len() + 1 > most {
                part.next = Some(number);
                break;
            }
            part.text.push_str(&line);
            part.text.push('\n');
        }
        part
    }

    /// All lines there are, in order.
    fn places(&self, scrollback: bool) -> Vec<Place> {
        let alternate = || lines_of(&self.alternate, 0).into_iter().map(Place::Alternate);
        if !scrollback {
            let main = || lines_of(&self.main, 0).into_iter().map(Place::Main);
            return if self.on_alternate { alternate().collect() } else { main().collect() };
        }
        let history = &self.history;
        let mut rows = lines_of(&self.main, -signed(self.main.above())).into_iter();
        let mut places: Vec<Place> =
            (history.first()..history.end()).map(|number| Place::History(number, 0..0)).collect();
        if history.is_open()
            && let Some(Place::History(_, more)) = places.last_mut()
        {
            *more = rows.next().unwrap_or_default();
        }
        places.extend(rows.map(Place::Main));
        if self.on_alternate {
            places.extend(alternate());
        }
        places
    }

    fn line_at(&self, place: &Place, ansi: bool) -> String {
        let mut painter = Painter::new(self);
        match place {
            Place::History(number, rows) => {
                for piece in self.history.pieces(*number) {
                    if ansi {
                        painter.style(piece.style.fg, piece.style.bg & !PROTECTED, &piece.style.extra);
                    }
                    painter.text(piece.text);
                }
                painter.line(&self.main, rows, ansi);
            }
            Place::Main(rows) => painter.line(&self.main, rows, ansi),
            Place::Alternate(rows) => painter.line(&self.alternate, rows, ansi),
        }
        painter.plain();
        // What keeps characters apart in a terminal is nothing to a reader.
        let text = String::from_utf8_lossy(&painter.into_bytes()).replace('\0', "");
        if ansi { text } else { text.trim_end().to_owned() }
    }
}

impl Painter<'_> {
    /// The cells of rows that are one line.
    fn line(&mut self, page: &Page, rows: &Range<i32>, ansi: bool) {
        for y in rows.clone() {
            let cells = page.row_at(y);
            let shows = |cell: &crate::cell::Cell| cell.has_content() || cell.bg & COLOUR != 0;
            let end = if y + 1 < rows.end { cells.len() } else { cells.iter().rposition(shows).map_or(0, |x| x + 1) };
            for cell in cells.iter().take(end).filter(|cell| cell.width() > 0) {
                let mut cell = *cell;
                if ansi {
                    cell.bg &= !PROTECTED;
                } else {
                    (cell.fg, cell.bg) = (0, 0);
                }
                self.cell(cell);
            }
        }
        self.style(0, 0, &NO_EXTRA);
    }
}

/// The rows of each line from `first` on, without those at the end that show nothing.
fn lines_of(page: &Page, first: i32) -> Vec<Range<i32>> {
    let shows = |y: &i32| page.row_at(*y).iter().any(|cell| cell.has_content() || cell.bg & COLOUR != 0);
    let end = (first..signed(page.rows())).rev().find(shows).map_or(first, |y| y + 1);
    let mut lines: Vec<Range<i32>> = Vec::new();
    for y in first..end {
        match lines.last_mut() {
            Some(line) if page.is_wrapped_at(y) => line.end = y + 1,
            _ => lines.push(y..y + 1),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![expect(clippy::format_collect, reason = "a test may make a string the short way")]

    use super::{Capture, Part};
    use crate::{Effects, Limits, Screen, Size};

    const ALL: Capture = Capture { scrollback: true, ansi: false };
    const COLOURS: Capture = Capture { scrollback: false, ansi: true };

    fn fed(bytes: &[u8]) -> Screen {
        let mut screen = Screen::new(Size::new(20, 4).unwrap(), Limits::default());
        screen.feed(bytes, &mut Effects::default());
        screen
    }

    fn whole(text: &str) -> Part {
        Part { text: text.to_owned(), next: None }
    }

    #[test]
    fn the_screen_is_told_line_by_line() {
        let screen = fed("1\r\n2\r\n  3 世\u{301}界\r\n\r\na line that is longer than a row".as_bytes());
        assert_eq!(
            screen.capture(Capture::default(), 0, 1000),
            whole("  3 世\u{301}界\n\na line that is longer than a row\n")
        );
        let all = "1\n2\n  3 世\u{301}界\n\na line that is longer than a row\n";
        assert_eq!(screen.capture(ALL, 0, 1000), whole(all));
        assert_eq!(screen.capture(ALL, 2, 1000), whole(&all[4..]));
        assert_eq!(screen.capture(ALL, 99, 1000), whole(""));
        assert_eq!(fed(b"").capture(ALL, 0, 1000), whole(""));
    }

    #[test]
    fn the_other_screen_comes_behind_what_it_covers() {
        let screen = fed(b"shell\x1b[?1049h\x1b[Heditor");
        assert_eq!(screen.capture(Capture::default(), 0, 1000), whole("editor\n"));
        assert_eq!(screen.capture(ALL, 0, 1000), whole("shell\neditor\n"));
    }

    #[test]
    fn colours_begin_and_end_in_their_line() {
        let screen = fed(b"a \x1b[1;31mred\x1b[m b\r\n\x1b[44m  \x1b[m\r\n\x1b]8;;x:y\x1b\\link");
        let Part { text, next: None } = screen.capture(COLOURS, 0, 1000) else { panic!("all of it fits") };
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["a \x1b[0;1;31mred\x1b[m b", "\x1b[0;44m  \x1b[m"]);
        assert!(lines[2].contains("x:y\x1b\\link\x1b]8;;\x1b\\"), "{text:?}");
        let again = fed(text.replace('\n', "\r\n").as_bytes());
        assert_eq!(
            again.capture(COLOURS, 0, 1000).text.replace("homie-1", "homie-0"),
            text.replace("homie-1", "homie-0")
        );
    }

    #[test]
    fn parts_follow_each_other_without_a_seam() {
        let text: String =
            (0..5000).map(|number| format!("line {number} {}\r\n", "x".repeat(1 + number % 50))).collect();
        let screen = fed(text.as_bytes());
        for ansi in [false, true] {
            let (mut all, mut next, mut parts) = (String::new(), Some(0), 0);
            while let Some(from) = next {
                let part = screen.capture(Capture { scrollback: true, ansi }, from, 10_000);
                assert!(part.text.len() <= 10_000);
                all += &part.text;
                next = part.next;
                parts += 1;
            }
            assert!(parts > 10);
            assert_eq!(all, text.replace('\r', ""));
        }
    }

    #[test]
    fn a_line_longer_than_a_part_is_cut() {
        let screen = fed(("é".repeat(700) + "\r\nnext").as_bytes());
        let part = screen.capture(ALL, 0, 101);
        assert_eq!(part, Part { text: "é".repeat(50) + "\n", next: Some(1) });
        assert_eq!(screen.capture(ALL, 1, 101), whole("next\n"));
    }
}
