//! The pump's side of the screen: what the screen thread is given and when, and what becomes of it if it is lost.
//!
//! The thread gets copies of the ring's bytes, in buffers that go to and fro, and between them what it is asked: each at its
//! place in the output. Nothing here waits for it. If it panics, or stands still for [`STILL`] while it has work, the screen
//! is lost: another thread begins with a blank one at the ring's end, and whatever was asked of the old one is refused.

mod job;
mod look;
mod marks;
mod pace;
mod thread;
mod worker;

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Size;
use homie_screen::Theme;

pub(crate) use job::{Answer, Job, Report, Snapshot};
pub(crate) use look::matches;
pub(crate) use marks::Marks;
use pace::{BATCH, Pace};
use thread::{Heard, Thread};
use worker::Start;

use crate::ring::Ring;
use crate::viewing::history::Wanted;

/// Bytes of output that the screen may be behind; then the program waits, as it does for a terminal that is slow to draw.
pub(crate) const BEHIND: u64 = 512 * 1024;

/// How long the thread may be silent while it has work. No job of ours takes a tenth of it.
const STILL: Duration = Duration::from_secs(5);

/// What is added once after it: the whole process may have been stopped, and then the thread is given time to show itself.
const GRACE: Duration = Duration::from_millis(500);

/// Bytes handed over at once while somebody is behind: there he can go on from each end.
const SMALL: usize = 32 * 1024;

/// Resizes that wait for the thread. Beyond it the oldest is left out: the next one replaces its size.
const RESIZES: usize = 32;

/// Jobs the thread has at once: it does one, the next lies ready.
const JOBS: usize = 2;

pub(crate) struct Screening {
    /// `None` while the system has no thread for us.
    thread: Option<Thread>,
    pace: Pace,
    /// All output before this has been handed over.
    handed: Offset,
    /// Where it is remembered what showed.
    pub(crate) marks: Marks,
    /// All output before this is on the screen.
    fed: Offset,
    /// What is asked, each at its place in the output. Bounded: one of each kind, of snapshots one a
    /// viewer, [`RESIZES`] resizes, and as many searches and captures as [`crate::asked`] lets in.
    queue: VecDeque<(Offset, Job)>,
    /// Jobs that the thread has.
    given: usize,
    /// When the thread last gave a sign of life, or got work after a rest.
    alive: Instant,
    /// It has been silent for too long, and has its grace.
    warned: bool,
    /// How much of the history the snapshots bring that are being made.
    making: Vec<Wanted>,
    /// Where those rest for whom skips are being made.
    skipping: Vec<Offset>,
    /// The last lines are being looked at.
    looking: bool,
    /// Searches and captures that are not answered.
    asked: Vec<u32>,
    /// The screen was lost, and nobody has been told.
    is_lost: bool,
    /// Buffers that came back.
    spare: Vec<Vec<u8>>,
    /// What a new screen begins with.
    start: Start,
}

impl Screening {
    pub(crate) fn new(size: Size, now: Instant) -> Self {
        let start = Start::new(size);
        Self { thread: Thread::start(start.clone()).ok(), ..Self::idle(start, now) }
    }

    fn idle(start: Start, now: Instant) -> Self {
        Self {
            thread: None,
            pace: Pace::default(),
            handed: Offset::ZERO,
            marks: Marks::default(),
            fed: Offset::ZERO,
            queue: VecDeque::new(),
            given: 0,
            alive: now,
            warned: false,
            making: Vec::new(),
            skipping: Vec::new(),
            looking: false,
            asked: Vec::new(),
            is_lost: false,
            spare: Vec::new(),
            start,
        }
    }

    /// No screen: nothing is ever handed over, nor asked.
    pub(crate) fn none(now: Instant) -> Self {
        Self::idle(Start::new(Size::default()), now)
    }

    /// Readable when the thread has something to say.
    pub(crate) fn wake(&self) -> Option<BorrowedFd<'_>> {
        self.thread.as_ref().map(Thread::wake)
    }

    /// Something has been read into the ring.
    pub(crate) fn printed(&mut self, now: Instant) {
        self.pace.printed(now);
    }

    /// Bytes of output that are not on the screen yet.
    pub(crate) fn behind(&self, end: Offset) -> u64 {
        end.since(self.fed)
    }

    /// The terminal has another size, for the `resizes`th time, from the end of output on.
    pub(crate) fn resize(&mut self, end: Offset, size: Size, resizes: u32) {
        self.start.resized(size, resizes);
        let mut sizes = self.queue.iter().enumerate().filter(|(_, (_, job))| matches!(job, Job::Resize { .. }));
        let oldest = sizes.next().map(|(place, _)| place).filter(|_| sizes.count() + 1 >= RESIZES);
        if let Some(oldest) = oldest {
            self.queue.remove(oldest);
        }
        self.ask(end, Job::Resize { size, resizes });
    }

    /// A snapshot with so much of the history, unless one is being made.
    pub(crate) fn snapshot(&mut self, end: Offset, history: Wanted) {
        if !self.making.contains(&history) {
            self.making.push(history);
            self.ask(end, Job::Snapshot(history));
        }
    }

    /// A skip from an offset, in so many bytes, unless one is being made.
    pub(crate) fn skip(&mut self, end: Offset, since: Offset, most: usize) {
        if !self.skipping.contains(&since) {
            self.skipping.push(since);
            self.ask(end, Job::Skip { since, most });
        }
    }

    /// The colours that programs who ask are told.
    pub(crate) fn theme(&mut self, end: Offset, theme: Theme) {
        self.start.theme = theme.clone();
        self.queue.retain(|(_, job)| !matches!(job, Job::Theme(_)));
        self.ask(end, Job::Theme(Box::new(theme)));
    }

    /// The history may take so many bytes.
    pub(crate) fn limit(&mut self, end: Offset, bytes: usize) {
        self.start.history_bytes = bytes;
        self.queue.retain(|(_, job)| !matches!(job, Job::Limit(_)));
        self.ask(end, Job::Limit(bytes));
    }

    /// Looks at the last lines, unless that is under way.
    pub(crate) fn preview(&mut self, end: Offset) {
        if !std::mem::replace(&mut self.looking, true) {
            self.ask(end, Job::Preview);
        }
    }

    /// A search or a capture of this number.
    pub(crate) fn look(&mut self, end: Offset, ask: u32, job: Job) {
        self.asked.push(ask);
        self.ask(end, job);
    }

    /// If the screen was lost: the searches and captures that will not be answered.
    pub(crate) fn take_lost(&mut self) -> Option<Vec<u32>> {
        let is_lost = std::mem::take(&mut self.is_lost);
        is_lost.then(|| std::mem::take(&mut self.asked))
    }

    fn ask(&mut self, end: Offset, job: Job) {
        self.queue.push_back((end, job));
    }

    /// Gives the thread what is due. Those who are `behind` stand at these offsets.
    pub(crate) fn hand_over(&mut self, ring: &Ring, behind: &[Offset], now: Instant) {
        let kept = ring.kept();
        if self.handed < kept.start {
            // Reading rests before this can happen; a screen that misses bytes would be a wrong one.
            return self.begin_again(kept.end, now);
        }
        while self.given < JOBS
            && let Some(job) = self.next(ring, behind, now)
        {
            self.give(job, now);
        }
    }

    fn next(&mut self, ring: &Ring, behind: &[Offset], now: Instant) -> Option<Job> {
        let (end, asked) = (ring.kept().end, self.queue.front().map(|(at, _)| *at));
        if asked.is_some_and(|at| at <= self.handed) {
            return self.queue.pop_front().map(|(_, job)| job);
        }
        let waiting = end.since(self.handed);
        let batch = if behind.is_empty() { BATCH } else { SMALL };
        if waiting == 0 || asked.is_none() && waiting < batch as u64 && !self.pace.is_due(waiting, now) {
            return None;
        }
        let len = usize::try_from(asked.map_or(waiting, |at| at.since(self.handed))).unwrap_or(batch).min(batch);
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        for piece in ring.read(self.handed, len) {
            bytes.extend_from_slice(piece);
        }
        self.handed = self.handed.plus(len as u64);
        if self.handed == end {
            self.pace.rest();
        }
        let keep = self.marks.keep(behind);
        Some(Job::Feed { bytes, marks: self.marks.hand_over(self.handed, behind), keep })
    }

    fn give(&mut self, job: Job, now: Instant) {
        if self.given == 0 {
            self.alive = now;
        }
        self.given += 1;
        if let Some(thread) = &self.thread {
            thread.give(job);
        }
    }

    /// The next thing the thread has to say; `end` is where a new screen begins if it is lost.
    pub(crate) fn hear(&mut self, end: Offset, now: Instant) -> Option<Answer> {
        match self.thread.as_ref()?.hear() {
            Heard::Nothing => None,
            Heard::Lost => {
                self.begin_again(end, now);
                None
            }
            Heard::Said(report) => {
                (self.alive, self.warned) = (now, false);
                self.given = self.given.saturating_sub(1);
                self.fed = report.at;
                Some(self.noted(report.answer))
            }
        }
    }

    fn noted(&mut self, answer: Answer) -> Answer {
        match answer {
            Answer::Fed { space, effects } => {
                self.spare.push(space);
                Answer::Fed { space: Vec::new(), effects }
            }
            Answer::Snapshot(snapshot) => {
                match snapshot.since {
                    Some(since) => self.skipping.retain(|at| *at != since),
                    None => self.making.retain(|history| *history != snapshot.history),
                }
                self.marks.made(snapshot.at);
                Answer::Snapshot(snapshot)
            }
            Answer::Preview { lines, history_bytes } => {
                self.looking = false;
                Answer::Preview { lines, history_bytes }
            }
            Answer::Found(found) => {
                self.asked.retain(|ask| *ask != found.ask);
                Answer::Found(found)
            }
            Answer::Captured(captured) => {
                self.asked.retain(|ask| *ask != captured.ask);
                Answer::Captured(captured)
            }
            Answer::Done => Answer::Done,
        }
    }

    /// Whether the thread stands still; then the screen is lost.
    pub(crate) fn watch(&mut self, end: Offset, now: Instant) {
        if self.still().is_none_or(|still| now < still) {
            return;
        }
        if self.warned || self.thread.is_none() {
            self.begin_again(end, now);
        } else {
            self.warned = true;
        }
    }

    fn still(&self) -> Option<Instant> {
        let grace = if self.warned { GRACE } else { Duration::ZERO };
        (self.given > 0).then_some(self.alive + STILL + grace)
    }

    /// When there is something to do, if nothing happens before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let batch = self.pace.deadline().filter(|_| self.given < JOBS);
        batch.into_iter().chain(self.still()).min()
    }

    /// A blank screen at the end of output. The old thread, should it ever move again, finds that nobody listens and ends.
    fn begin_again(&mut self, end: Offset, now: Instant) {
        self.start.at = end;
        self.thread = Thread::start(self.start.clone()).ok();
        self.pace.rest();
        (self.handed, self.fed, self.alive) = (end, end, now);
        self.queue.clear();
        self.making.clear();
        self.skipping.clear();
        self.marks.begin_again(end);
        (self.looking, self.is_lost) = (false, true);
        self.spare.clear();
        self.warned = false;
        // Without a thread the wait for one begins: nothing can be given, and it is tried again when that has lasted.
        self.given = if self.thread.is_some() { 0 } else { JOBS };
    }
}

/// A snapshot that many viewers share.
pub(crate) type Shared = Arc<Snapshot>;
