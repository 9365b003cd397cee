//! The screen itself, on its thread: does one job after the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::{Effects, History, Limits, Screen, SkipMark, Theme};

use super::{Answer, JOBS, Job, Report, Snapshot, look};
use crate::face::{CHARACTERS, LINES};
use crate::viewing::history::Wanted;

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
    marks: BTreeMap<Offset, SkipMark>,
    /// Where the last snapshots were made. The pump may not have heard of them, and they are remembered all the same.
    made: VecDeque<Offset>,
}

impl Worker {
    pub(super) fn new(start: &Start) -> Self {
        let limits = Limits { history_bytes: start.history_bytes, ..Limits::default() };
        let mut screen = Screen::beginning_at(start.at.get(), start.size, limits);
        screen.set_theme(start.theme.clone());
        Self { screen, resizes: start.resizes, marks: BTreeMap::new(), made: VecDeque::new() }
    }

    pub(super) fn answer(&mut self, job: Job) -> Report {
        let answer = match job {
            Job::Feed { bytes, marks, keep } => self.feed(bytes, &marks, &keep),
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
            Job::Snapshot(history) => Answer::Snapshot(Arc::new(self.snapshot(history))),
            Job::Skip { since, most } => Answer::Snapshot(Arc::new(self.skip(since, most))),
        };
        Report { at: self.at(), answer }
    }

    fn feed(&mut self, bytes: Vec<u8>, marks: &[Offset], keep: &[Offset]) -> Answer {
        let made = &self.made;
        self.marks.retain(|at, _| keep.contains(at) || made.contains(at));
        #[cfg(feature = "faults")]
        crate::fault::strike(&bytes);
        let mut effects = Effects::default();
        let mut rest = &bytes[..];
        for mark in marks {
            let len = usize::try_from(mark.since(self.at())).unwrap_or(usize::MAX).min(rest.len());
            let (piece, after) = rest.split_at(len);
            self.screen.feed(piece, &mut effects);
            self.marks.insert(*mark, self.screen.mark());
            rest = after;
        }
        self.screen.feed(rest, &mut effects);
        Answer::Fed { space: bytes, effects }
    }

    fn snapshot(&mut self, history: Wanted) -> Snapshot {
        let [lines, bytes] =
            [u64::from(history.lines), history.bytes].map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        let wanted = if lines == 0 { History::None } else { History::Part { lines, bytes } };
        let bytes = self.screen.snapshot(wanted);
        self.made(history, None, false, bytes)
    }

    fn skip(&mut self, since: Offset, most: usize) -> Snapshot {
        match self.marks.get(&since).and_then(|mark| self.screen.skip_within(mark, most)) {
            Some(bytes) => self.made(Wanted::NOTHING, Some(since), true, bytes),
            None => Snapshot { since: Some(since), ..self.snapshot(Wanted::NOTHING) },
        }
    }

    /// Whoever is sent it shows what shows now: that is remembered.
    fn made(&mut self, history: Wanted, since: Option<Offset>, is_skip: bool, bytes: Vec<u8>) -> Snapshot {
        let at = self.at();
        self.marks.insert(at, self.screen.mark());
        self.made.push_back(at);
        if self.made.len() > JOBS {
            self.made.pop_front();
        }
        Snapshot { at, resizes: self.resizes, size: self.screen.size(), history, since, is_skip, bytes }
    }

    fn at(&self) -> Offset {
        Offset::new(self.screen.offset()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: u64) -> Offset {
        Offset::new(position).unwrap()
    }

    fn snapshot(worker: &mut Worker, job: Job) -> Arc<Snapshot> {
        let Answer::Snapshot(snapshot) = worker.answer(job).answer else { panic!("no snapshot") };
        snapshot
    }

    #[test]
    fn a_skip_goes_on_from_what_is_remembered_and_a_snapshot_from_nothing() {
        let mut worker = Worker::new(&Start::new(Size::default()));
        let mut whole = Screen::new(Size::default(), Limits::default());
        let mut viewer = whole.clone();
        let text: Vec<u8> = (0..9_000).flat_map(|line| format!("line {line}\r\n").into_bytes()).collect();
        for (number, bytes) in text.chunks(1_000).enumerate() {
            let marks = if number == 1 { vec![at(1_500), at(2_000)] } else { Vec::new() };
            worker.answer(Job::Feed { bytes: bytes.to_vec(), marks, keep: vec![at(1_500)] });
            whole.feed(bytes, &mut Effects::default());
        }
        let skip = snapshot(&mut worker, Job::Skip { since: at(1_500), most: 4_000 });
        assert!(skip.is_skip && skip.bytes.len() <= 4_000 && skip.since == Some(at(1_500)));
        assert_eq!(skip.at.get(), text.len() as u64);
        viewer.feed(&text[..1_500], &mut Effects::default());
        viewer.feed(&skip.bytes, &mut Effects::default());
        assert_eq!(viewer.text(), whole.text());

        let forgotten = snapshot(&mut worker, Job::Skip { since: at(2_000), most: 4_000 });
        assert!(!forgotten.is_skip && forgotten.since == Some(at(2_000)));
        // Where a snapshot was made it is remembered, whether or not the pump has heard of it.
        worker.answer(Job::Feed { bytes: b"more".to_vec(), marks: Vec::new(), keep: Vec::new() });
        assert!(snapshot(&mut worker, Job::Skip { since: skip.at, most: 4_000 }).is_skip);
    }
}
