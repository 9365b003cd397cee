//! The screen itself, on its thread: does one job after the other.

use std::sync::Arc;

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::{Effects, History, Limits, Screen, Theme};

use super::{Answer, Job, Report, Snapshot, look};
use crate::face::{CHARACTERS, LINES};

/// Bytes of history in one snapshot: what a phone takes in a second or two.
const HISTORY: usize = 1024 * 1024;

/// What a screen begins with.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) at: Offset,
    size: Size,
    resizes: u32,
    pub(super) theme: Theme,
    pub(super) history_bytes: usize,
}

impl Start {
    pub(super) fn new(size: Size) -> Self {
        let history_bytes = Limits::default().history_bytes;
        Self { at: Offset::ZERO, size, resizes: 0, theme: Theme::default(), history_bytes }
    }

    pub(super) fn resized(&mut self, size: Size, resizes: u32) {
        (self.size, self.resizes) = (size, resizes);
    }
}

pub(super) struct Worker {
    screen: Screen,
    resizes: u32,
}

impl Worker {
    pub(super) fn new(start: &Start) -> Self {
        let limits = Limits { history_bytes: start.history_bytes, ..Limits::default() };
        let mut screen = Screen::beginning_at(start.at.get(), start.size, limits);
        screen.set_theme(start.theme.clone());
        Self { screen, resizes: start.resizes }
    }

    pub(super) fn answer(&mut self, job: Job) -> Report {
        let answer = match job {
            Job::Feed(bytes) => self.feed(bytes),
            Job::Resize { size, resizes } => {
                self.screen.resize(size);
                self.resizes = resizes;
                Answer::Done
            }
            Job::Theme(theme) => {
                self.screen.set_theme(*theme);
                Answer::Done
            }
            Job::Preview => {
                let lines = self.screen.last_lines(LINES, CHARACTERS);
                Answer::Preview { lines, history_bytes: self.screen.history_bytes() as u64 }
            }
            Job::Search(asked) => Answer::Found(look::search(&self.screen, &asked)),
            Job::Capture(asked) => Answer::Captured(look::capture(&self.screen, asked)),
            Job::Limit(bytes) => {
                self.screen.set_history_limit(bytes);
                Answer::Done
            }
            Job::Snapshot { history } => Answer::Snapshot(Arc::new(self.snapshot(history))),
        };
        Report { at: self.at(), answer }
    }

    fn feed(&mut self, bytes: Vec<u8>) -> Answer {
        #[cfg(feature = "faults")]
        crate::fault::strike(&bytes);
        let mut effects = Effects::default();
        self.screen.feed(&bytes, &mut effects);
        Answer::Fed { space: bytes, effects }
    }

    fn snapshot(&self, history: u32) -> Snapshot {
        let lines = usize::try_from(history).unwrap_or(usize::MAX);
        let wanted = if lines == 0 { History::None } else { History::Part { lines, bytes: HISTORY } };
        let bytes = self.screen.snapshot(wanted);
        Snapshot { at: self.at(), resizes: self.resizes, size: self.screen.size(), history, bytes }
    }

    fn at(&self) -> Offset {
        Offset::new(self.screen.offset()).unwrap_or_default()
    }
}
