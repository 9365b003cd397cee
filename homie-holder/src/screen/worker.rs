//! The screen itself, on its thread: does one job after the other.

use std::sync::Arc;

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::{Effects, History, Limits, Screen};

use super::{Answer, Job, Report, Snapshot};

/// Bytes of history in one snapshot: what a phone takes in a second or two.
const HISTORY: usize = 1024 * 1024;

/// What a screen begins with.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) at: Offset,
    size: Size,
    resizes: u32,
}

impl Start {
    pub(super) fn new(size: Size) -> Self {
        Self { at: Offset::ZERO, size, resizes: 0 }
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
        let screen = Screen::beginning_at(start.at.get(), start.size, Limits::default());
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
        Snapshot { at: self.at(), resizes: self.resizes, history, bytes }
    }

    fn at(&self) -> Offset {
        Offset::new(self.screen.offset()).unwrap_or_default()
    }
}
