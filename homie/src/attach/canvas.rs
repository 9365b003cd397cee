//! What this terminal shows of the session, and how: no clock, no terminal.
//!
//! Output passes as it comes where the terminal has the session's size. Beside it a screen of our own follows, so that what
//! is no output (a snapshot, a skip, a question that stood on the last line) is painted anew from it in sequences that every
//! terminal understands. A terminal of another size, and one that only watches, is drawn from that screen alone.

use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen, Signal, Window};

use super::sift::Sift;

/// Lines of history that our own screen keeps: those that may scroll away here at once.
const LIMITS: Limits = Limits { history_lines: 1000, history_bytes: 1024 * 1024, sequence_bytes: 256 * 1024 };

/// Rows above the screen in every snapshot: only more than these are history that somebody has asked for.
const ALWAYS_ABOVE: u64 = 2;

/// What a person sees of a session.
pub(crate) struct Canvas {
    mine: Size,
    screen: Screen,
    sift: Sift,
    /// There if output does not pass as it comes.
    window: Option<Window>,
    watches: bool,
    /// The window is behind the screen.
    is_due: bool,
}

impl Canvas {
    /// A terminal of this size that shows nothing yet; `watches` if no output ever passes as it comes.
    pub(crate) fn new(mine: Size, watches: bool) -> Self {
        let screen = Screen::new(mine, LIMITS);
        let window = watches.then(|| Window::new(mine));
        Self { mine, screen, sift: Sift::untitled(), window, watches, is_due: false }
    }

    /// The title that the program gave.
    pub(crate) fn title(&self) -> &str {
        self.screen.title()
    }

    /// Whether a full-screen program shows: then nothing scrolls away.
    pub(crate) fn is_alternate(&self) -> bool {
        self.screen.is_alternate()
    }

    /// Whether the window is to be drawn.
    pub(crate) const fn is_due(&self) -> bool {
        self.is_due
    }

    /// Takes output; gives what the terminal is to be told at once.
    pub(crate) fn output(&mut self, bytes: &[u8]) -> Vec<u8> {
        let rings = self.feed(bytes);
        if self.window.is_none() {
            return self.sift.pass(bytes);
        }
        self.is_due = true;
        if rings { b"\x07".to_vec() } else { Vec::new() }
    }

    /// Takes a snapshot, or a skip.
    pub(crate) fn snapshot(&mut self, bytes: &[u8], is_skip: bool) -> Vec<u8> {
        let before = self.screen.scrolled();
        if !is_skip {
            self.screen = Screen::new(self.screen.size(), LIMITS);
        }
        self.feed(bytes);
        let scrolled = self.screen.scrolled();
        self.repaint(if is_skip { scrolled.saturating_sub(before) } else { asked_for(scrolled) })
    }

    /// Another life of the session begins, on an empty screen of this size.
    pub(crate) fn begin(&mut self, size: Size) -> Vec<u8> {
        self.screen = Screen::new(size, LIMITS);
        self.repaint(0)
    }

    /// The session has this size from here on.
    pub(crate) fn resized(&mut self, size: Size) -> Vec<u8> {
        if size == self.screen.size() {
            return Vec::new();
        }
        self.screen.resize(size);
        self.repaint(0)
    }

    /// The terminal has this size from here on.
    pub(crate) fn refit(&mut self, mine: Size) -> Vec<u8> {
        self.mine = mine;
        self.repaint(0)
    }

    /// Paints everything anew, after so many of the rows that scrolled away last.
    pub(crate) fn repaint(&mut self, above: u64) -> Vec<u8> {
        let mut bytes = self.sift.forget().to_vec();
        bytes.extend_from_slice(self.undo().as_bytes());
        self.sift.modes.reset();
        let is_other = self.watches || self.mine != self.screen.size();
        self.window = is_other.then(|| Window::new(self.mine));
        let above = usize::try_from(above).unwrap_or(usize::MAX);
        let painted = if is_other { self.draw() } else { self.sift.pass(&self.screen.redraw(above)) };
        bytes.extend_from_slice(&painted);
        bytes
    }

    /// Brings the window up to date.
    pub(crate) fn draw(&mut self) -> Vec<u8> {
        self.is_due = false;
        let Some(window) = &mut self.window else { return Vec::new() };
        let drawn = window.draw(&self.screen);
        self.sift.pass(&drawn)
    }

    /// What brings the terminal back.
    pub(crate) fn undo(&self) -> String {
        self.sift.modes.undo(self.mine.cols())
    }

    /// Whether the bell rang.
    fn feed(&mut self, bytes: &[u8]) -> bool {
        let mut effects = Effects::default();
        self.screen.feed(bytes, &mut effects);
        effects.signals.iter().any(|(_, signal)| *signal == Signal::Bell)
    }
}

/// Of the rows above a whole snapshot, those that are not there in any case.
const fn asked_for(rows: u64) -> u64 {
    if rows > ALWAYS_ABOVE { rows } else { 0 }
}

#[cfg(test)]
mod tests {
    use homie_screen::History;

    use super::*;

    fn size(cols: u16, rows: u16) -> Size {
        Size::new(cols, rows).unwrap()
    }

    /// The session's screen, which the holder has.
    fn session(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
        fed(Screen::new(size(cols, rows), Limits::default()), bytes)
    }

    fn fed(mut screen: Screen, bytes: &[u8]) -> Screen {
        screen.feed(bytes, &mut Effects::default());
        screen
    }

    /// A canvas and the terminal that it is shown on, which has had a life before.
    struct Shown {
        canvas: Canvas,
        terminal: Screen,
    }

    impl Shown {
        fn new(cols: u16, rows: u16, watches: bool) -> Self {
            let terminal = session(cols, rows, b"outer$ homie attach\r\n");
            Self { canvas: Canvas::new(size(cols, rows), watches), terminal }
        }

        fn does(&mut self, what: impl FnOnce(&mut Canvas) -> Vec<u8>) -> String {
            let bytes = what(&mut self.canvas);
            let drawn = if self.canvas.is_due() { self.canvas.draw() } else { Vec::new() };
            self.terminal.feed(&bytes, &mut Effects::default());
            self.terminal.feed(&drawn, &mut Effects::default());
            self.terminal.text()
        }
    }

    #[test]
    fn a_snapshot_is_painted_and_output_goes_on_after_it() {
        let before = session(20, 4, b"$ vi\r\n\x1b[?1049h\x1b[Hfile\x1b[4;1H\x1b[7mstatus\x1b[m\x1b[1;5H");
        let mut shown = Shown::new(20, 4, false);
        assert_eq!(shown.does(|canvas| canvas.snapshot(&before.snapshot(History::None), false)), before.text());
        let after = fed(before, b"s\x1b[?1049lback");
        assert_eq!(shown.does(|canvas| canvas.output(b"s\x1b[?1049lback")), after.text());
    }

    #[test]
    fn a_skip_changes_what_changed_and_lets_scroll_away_what_did() {
        let mut of_holder = session(20, 4, b"1\r\n2\r\n3\r\n");
        let mut shown = Shown::new(20, 4, false);
        shown.does(|canvas| canvas.snapshot(&of_holder.snapshot(History::None), false));
        let mark = of_holder.mark();
        of_holder = fed(of_holder, b"4\r\n5\r\n6\r\n7");
        let skip = of_holder.skip(&mark).unwrap();
        assert_eq!(shown.does(|canvas| canvas.snapshot(&skip, true)), of_holder.text());
        let lines: Vec<_> = shown.terminal.lines(0..20).into_iter().map(|line| line.text).collect();
        assert!(lines.ends_with(&["1", "2", "3", "4", "5", "6", "7"].map(str::to_owned)), "{lines:?}");
    }

    #[test]
    fn a_screen_of_another_size_is_cropped_until_it_fits() {
        let large = session(40, 10, b"0123456789abcdefghijklmn\r\n1\r\n2\x1b[H");
        let mut shown = Shown::new(10, 2, false);
        shown.does(|canvas| canvas.begin(size(40, 10)));
        let text = shown.does(|canvas| canvas.snapshot(&large.snapshot(History::None), false));
        assert_eq!(text, "0123456789\n1");
        assert_eq!(shown.does(|canvas| canvas.output(b"\x07x")), "x123456789\n1");
        let fits = shown.does(|canvas| canvas.resized(size(10, 2)));
        let whole = {
            let mut large = fed(large, b"x");
            large.resize(size(10, 2));
            large.text()
        };
        assert_eq!(fits.replace('\n', ""), whole.replace('\n', ""));
    }

    #[test]
    fn one_that_watches_is_drawn_whatever_its_size() {
        let mut shown = Shown::new(20, 4, true);
        shown.does(|canvas| canvas.begin(size(20, 4)));
        assert!(shown.canvas.output(b"hello").is_empty(), "it is drawn, not passed");
        assert!(shown.canvas.is_due());
        assert_eq!(shown.does(|canvas| canvas.output(b" there")), "hello there");
        assert_eq!(shown.canvas.output(b"\x07"), b"\x07", "the bell is not drawn");
    }

    #[test]
    fn history_that_was_asked_for_scrolls_away_here_too() {
        let many = "line\r\n".repeat(30);
        let of_holder = session(20, 4, many.as_bytes());
        let mut shown = Shown::new(20, 4, false);
        shown.does(|canvas| canvas.snapshot(&of_holder.snapshot(History::None), false));
        let before = shown.terminal.scrolled();
        shown.does(|canvas| canvas.snapshot(&of_holder.snapshot(History::Lines(20)), false));
        assert_eq!(shown.terminal.scrolled() - before, 20);
        assert_eq!(shown.terminal.text(), of_holder.text());
    }

    #[test]
    fn the_title_does_not_pass() {
        let mut shown = Shown::new(20, 4, false);
        shown.does(|canvas| canvas.output(b"\x1b]0;editing\x07text"));
        assert_eq!((shown.canvas.title(), shown.terminal.title()), ("editing", ""));
    }
}
