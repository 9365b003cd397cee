//! The screen of one session: what others call.

use std::ops::Range;

use crate::Size;
use crate::capture::{Capture, Part};
use crate::history::{Found, Line};
use crate::limits::Limits;
use crate::palette::Theme;
use crate::signal::Effects;
use crate::skip::{self, SkipMark};
use crate::snapshot::{self, History, redraw};
use crate::split::Splitter;
use crate::term::Terminal;

/// Emulator, history and splitter of one session.
#[derive(Clone)]
pub struct Screen {
    pub(crate) terminal: Terminal,
    splitter: Splitter,
    offset: u64,
}

impl Screen {
    /// An empty screen.
    pub fn new(size: Size, limits: Limits) -> Self {
        let (cols, rows) = (usize::from(size.cols()), usize::from(size.rows()));
        Self { terminal: Terminal::new(cols, rows, limits), splitter: Splitter::new(limits.sequence_bytes), offset: 0 }
    }

    /// An empty screen in the middle of a stream: what came before `offset` is not known.
    pub fn beginning_at(offset: u64, size: Size, limits: Limits) -> Self {
        Self { offset, ..Self::new(size, limits) }
    }

    /// Takes bytes of a program. However they are cut into pieces, the state is the same.
    pub fn feed(&mut self, bytes: &[u8], effects: &mut Effects) {
        let (terminal, before) = (&mut self.terminal, self.offset);
        self.splitter.feed(bytes, |unit, read| terminal.apply(unit, before + read as u64));
        self.offset += bytes.len() as u64;
        terminal.take_effects(effects);
    }

    /// Another size from here on. Viewers take a new snapshot after it: no two terminals reflow alike.
    pub fn resize(&mut self, size: Size) {
        self.terminal.resize(usize::from(size.cols()), usize::from(size.rows()));
    }

    /// The size.
    pub fn size(&self) -> Size {
        let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let page = self.terminal.page();
        Size::new(short(page.cols()), short(page.rows())).unwrap_or_default()
    }

    /// Where in the stream it stands: behind the last byte taken.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Escape bytes that put a fresh xterm.js into this state; what comes after [`Screen::offset`] may follow at once.
    pub fn snapshot(&self, wanted: History) -> Vec<u8> {
        let mut bytes = snapshot::encode(&self.terminal, wanted);
        bytes.extend_from_slice(&self.splitter.held());
        bytes
    }

    /// Escape bytes that make a person's own terminal of the same size show this, whatever it showed; what comes after
    /// [`Screen::offset`] may follow at once. Before it so many of the rows that scrolled away last scroll away there. What
    /// programs have switched on there is switched off before.
    pub fn redraw(&self, above: usize) -> Vec<u8> {
        let mut bytes = redraw::encode(&self.terminal, above);
        bytes.extend_from_slice(&self.splitter.held());
        bytes
    }

    /// Rows that have ever scrolled away.
    pub fn scrolled(&self) -> u64 {
        self.terminal.main.pushed
    }

    /// What a viewer shows that has seen everything up to now.
    pub fn mark(&self) -> SkipMark {
        skip::mark(self)
    }

    /// Bytes that bring such a viewer up to date without all that came between: the lines that scrolled past, at most
    /// 1,000, and the rows that changed. Nothing if only a snapshot can.
    pub fn skip(&self, since: &SkipMark) -> Option<Vec<u8>> {
        self.skip_within(since, usize::MAX)
    }

    /// The same in about so many bytes, if leaving out the oldest of the lines that scrolled past makes it so: a slow link
    /// takes seconds for a thousand of them.
    pub fn skip_within(&self, since: &SkipMark, most: usize) -> Option<Vec<u8>> {
        let mut bytes = skip::encode_within(self, since, most)?;
        bytes.extend_from_slice(&self.splitter.held());
        Some(bytes)
    }

    /// What shows, as plain text.
    pub fn text(&self) -> String {
        self.terminal.screen_text()
    }

    /// The number of the oldest line that is kept.
    pub fn first_line(&self) -> u64 {
        self.terminal.first_line()
    }

    /// Lines of the main screen and its history by absolute number.
    pub fn lines(&self, range: Range<u64>) -> Vec<Line> {
        self.terminal.lines_from(range.start).take_while(|line| line.number < range.end).collect()
    }

    /// The lines of the main screen and its history that have a text, newest first.
    pub fn search(&self, needle: &str, ignore_case: bool, limit: usize) -> Vec<Found> {
        self.terminal.search(needle, ignore_case, limit)
    }

    /// Lines as text, from a number on, as many as fit into so many bytes.
    pub fn capture(&self, wanted: Capture, from: u64, most: usize) -> Part {
        self.terminal.capture(wanted, from, most)
    }

    /// The last lines on the screen that show anything, at most so many, and of each at most so many characters.
    pub fn last_lines(&self, count: usize, characters: usize) -> Vec<String> {
        self.terminal.last_lines(count, characters)
    }

    /// The title a program gave.
    pub fn title(&self) -> &str {
        &self.terminal.titles.window.text
    }

    /// Whether the alternate screen shows.
    pub fn is_alternate(&self) -> bool {
        self.terminal.on_alternate
    }

    /// The colours that queries are answered from.
    pub fn set_theme(&mut self, theme: Theme) {
        self.terminal.palette.theme = theme;
    }

    /// What the history takes in memory.
    pub fn history_bytes(&self) -> usize {
        self.terminal.history.bytes()
    }

    /// Another bound for the history; what is beyond it goes at once, oldest first.
    pub fn set_history_limit(&mut self, bytes: usize) {
        self.terminal.history.set_limit(bytes);
    }

    /// Every field of the state, to compare with a viewer's.
    #[cfg(feature = "dump")]
    pub fn dump(&self) -> crate::Dump {
        crate::Dump::of(&self.terminal)
    }
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use crate::{Effects, Limits, Size};

    #[test]
    fn a_screen_may_live_on_a_thread_of_its_own() {
        let mut screen = Screen::new(Size::default(), Limits::default());
        let thread = std::thread::spawn(move || {
            screen.feed(b"hello", &mut Effects::default());
            screen
        });
        let screen = thread.join().unwrap();
        assert_eq!((screen.text().as_str(), screen.offset(), screen.size()), ("hello", 5, Size::default()));
    }
}
