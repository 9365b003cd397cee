//! A part of the screen in a terminal of another size: cropped, with the cursor in view. Only rows that look different
//! than before are painted.

use crate::Size;
use crate::page::Page;
use crate::screen::Screen;
use crate::snapshot::paint::Painter;
use crate::term::Terminal;
use crate::term::mode::Mode;

/// An empty terminal on which no row is longer than it.
const CLEAN: &[u8] = b"\x18\x1b[r\x1b[?6l\x1b[4l\x1b[m\x1b]8;;\x1b\\\x1b(B\x0f\x1b[?7l\x1b[H\x1b[2J";

/// Modes that change what the person's keys send, with their DEC numbers.
const KEYS: [(Mode, u16); 3] = [(Mode::AppCursor, 1), (Mode::AppKeypad, 66), (Mode::Paste, 2004)];

/// What a terminal of this size shows of a screen.
#[derive(Debug)]
pub struct Window {
    cols: usize,
    rows: usize,
    left: usize,
    top: usize,
    /// What each row was painted with; nothing is painted yet if there is none.
    painted: Vec<Vec<u8>>,
    keys: [bool; KEYS.len()],
}

impl Window {
    /// A terminal that shows something else so far.
    pub fn new(size: Size) -> Self {
        let (cols, rows) = (usize::from(size.cols()), usize::from(size.rows()));
        Self { cols, rows, left: 0, top: 0, painted: Vec::new(), keys: [false; KEYS.len()] }
    }

    /// Escape bytes that bring the terminal up to date.
    pub fn draw(&mut self, screen: &Screen) -> Vec<u8> {
        let terminal = &screen.terminal;
        let page = terminal.page();
        self.follow(page);
        let mut bytes = b"\x1b[?2026h\x1b[?25l".to_vec();
        if self.painted.is_empty() {
            bytes.extend_from_slice(CLEAN);
            self.painted = vec![Vec::new(); self.rows];
        }
        for place in 0..self.rows {
            self.row(terminal, page, place, &mut bytes);
        }
        self.settings(terminal, page, &mut bytes);
        bytes.extend_from_slice(b"\x1b[?2026l");
        bytes
    }

    /// Moves as little as keeps the cursor in view.
    fn follow(&mut self, page: &Page) {
        self.left = near(page.x.min(page.cols() - 1), self.left, self.cols, page.cols());
        self.top = near(page.y, self.top, self.rows, page.rows());
    }

    fn row(&mut self, terminal: &Terminal, page: &Page, place: usize, bytes: &mut Vec<u8>) {
        let y = self.top + place;
        let cells = if y < page.rows() { page.row(y) } else { &[] };
        let end = cells.len().min(self.left + self.cols);
        let mut painter = Painter::new(terminal);
        let filled = painter.cells(cells.get(self.left..end).unwrap_or_default(), true);
        painter.plain();
        if filled < self.cols {
            painter.sequence(format_args!("\x1b[{}G\x1b[K", filled + 1));
        }
        let row = painter.into_bytes();
        let Some(before) = self.painted.get_mut(place).filter(|before| **before != row) else { return };
        bytes.extend_from_slice(format!("\x1b[{};1H", place + 1).as_bytes());
        bytes.extend_from_slice(&row);
        *before = row;
    }

    fn settings(&mut self, terminal: &Terminal, page: &Page, bytes: &mut Vec<u8>) {
        for ((mode, number), was_on) in KEYS.iter().zip(&mut self.keys) {
            let is_on = terminal.modes.has(*mode);
            if std::mem::replace(was_on, is_on) != is_on {
                bytes.extend_from_slice(format!("\x1b[?{number}{}", if is_on { 'h' } else { 'l' }).as_bytes());
            }
        }
        let (x, y) = (page.x.min(page.cols() - 1).saturating_sub(self.left), page.y.saturating_sub(self.top));
        bytes.extend_from_slice(format!("\x1b[{} q\x1b[{};{}H", terminal.cursor_style, y + 1, x + 1).as_bytes());
        if !terminal.modes.has(Mode::HiddenCursor) {
            bytes.extend_from_slice(b"\x1b[?25h");
        }
    }
}

/// Where a window of `room` out of `all` begins so that `cursor` is in it: where it was, if that will do, else with the
/// cursor in its middle.
fn near(cursor: usize, begins: usize, room: usize, all: usize) -> usize {
    let last = all.saturating_sub(room);
    let begins = begins.min(last);
    if cursor >= begins && cursor < begins + room {
        return begins;
    }
    cursor.saturating_sub(room / 2).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effects, Limits};

    fn screen(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
        let mut screen = Screen::new(Size::new(cols, rows).unwrap(), Limits::default());
        screen.feed(bytes, &mut Effects::default());
        screen
    }

    /// A terminal of its own size that is drawn on.
    struct Terminal {
        window: Window,
        shows: Screen,
    }

    impl Terminal {
        fn new(cols: u16, rows: u16) -> Self {
            let shows = screen(cols, rows, b"old things everywhere\r\nand here");
            Self { window: Window::new(Size::new(cols, rows).unwrap()), shows }
        }

        fn draws(&mut self, of: &Screen) -> (String, usize) {
            let bytes = self.window.draw(of);
            self.shows.feed(&bytes, &mut Effects::default());
            (self.shows.text(), bytes.len())
        }

        fn cursor(&self) -> (usize, usize) {
            (self.shows.terminal.page().x, self.shows.terminal.page().y)
        }
    }

    #[test]
    fn a_larger_screen_is_cropped_and_the_cursor_is_in_view() {
        let mut large = screen(20, 5, b"0123456789abcdefghij\r\n1\r\n2\r\n3\x1b[H");
        let mut terminal = Terminal::new(10, 3);
        assert_eq!(terminal.draws(&large).0, "0123456789\n1\n2");
        large.feed(b"\x1b[4;1H", &mut Effects::default());
        assert_eq!(terminal.draws(&large).0, "2\n3");
        assert_eq!(terminal.cursor(), (0, 1));
        large.feed(b"\x1b[1;15H", &mut Effects::default());
        assert_eq!(terminal.draws(&large).0, "9abcdefghi");
        assert_eq!(terminal.cursor(), (5, 0));
    }

    #[test]
    fn a_smaller_screen_leaves_the_rest_empty() {
        let mut terminal = Terminal::new(30, 4);
        assert_eq!(terminal.draws(&screen(5, 2, b"12345678")).0, "12345\n678");
        assert_eq!(terminal.cursor(), (3, 1));
    }

    #[test]
    fn only_what_changed_is_painted() {
        let mut large = screen(20, 5, b"one\r\ntwo\r\nthree");
        let mut terminal = Terminal::new(10, 3);
        let (_, whole) = terminal.draws(&large);
        let (_, nothing) = terminal.draws(&large);
        large.feed(b"!", &mut Effects::default());
        let (text, little) = terminal.draws(&large);
        assert_eq!(text, "one\ntwo\nthree!");
        assert!(nothing < little && little < whole, "{nothing} {little} {whole}");
    }

    #[test]
    fn nothing_of_before_shines_through() {
        let mut large = screen(20, 5, b"a long line of text");
        let mut terminal = Terminal::new(20, 3);
        terminal.draws(&large);
        large.feed(b"\r\x1b[2Ka\x1b[9Cb", &mut Effects::default());
        assert_eq!(terminal.draws(&large).0, "a         b");
    }

    #[test]
    fn half_a_wide_character_is_left_out() {
        let large = screen(12, 2, "1234世界".as_bytes());
        let mut terminal = Terminal::new(5, 2);
        terminal.window.left = 5;
        assert_eq!(terminal.draws(&large).0.trim_start(), "界");
        let mut terminal = Terminal::new(5, 2);
        assert_eq!(terminal.draws(&screen(12, 2, "1234世\x1b[H".as_bytes())).0, "1234");
    }

    #[test]
    fn keys_mean_what_they_mean_in_the_session() {
        let mut large = screen(20, 5, b"\x1b[?1h\x1b[?2004h\x1b[?25l");
        let mut terminal = Terminal::new(10, 3);
        terminal.draws(&large);
        let modes = terminal.shows.terminal.modes;
        assert!(modes.has(Mode::AppCursor) && modes.has(Mode::Paste) && modes.has(Mode::HiddenCursor));
        large.feed(b"\x1b[?1l\x1b[?25h", &mut Effects::default());
        terminal.draws(&large);
        let modes = terminal.shows.terminal.modes;
        assert!(!modes.has(Mode::AppCursor) && modes.has(Mode::Paste) && !modes.has(Mode::HiddenCursor));
    }
}
