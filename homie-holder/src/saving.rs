//! When the last screen is written to disk, and the thread that does it.
//!
//! A thread of its own for each writing: a disk may take long, and then neither the pump nor the screen thread waits.

use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use homie_protocol::id::{Incarnation, Offset};

use crate::clock::millis;
use crate::last::{self, KEPT, LastHead};
use crate::screen::Shared;
use crate::viewing::history::Wanted;

/// What has changed is written so long after it did.
const EVERY: Duration = Duration::from_secs(30);

/// How often we look whether a slow disk is done with the one before.
const LOOK: Duration = Duration::from_millis(100);

/// Bytes of the thread's stack.
const STACK: usize = 64 * 1024;

pub(crate) struct Saving {
    folder: PathBuf,
    incarnation: Incarnation,
    /// How long a change may wait.
    every: Duration,
    /// Something has changed since: when it is to be written.
    due: Option<Instant>,
    /// It is to be written now, and shows at least all output before this.
    wanted: Option<Offset>,
    writing: Option<JoinHandle<()>>,
    /// What was written last: where in the output, and after how many resizes.
    written: Option<(Offset, u32)>,
}

impl Saving {
    pub(crate) fn new(folder: PathBuf, incarnation: Incarnation) -> Self {
        let every = EVERY;
        #[cfg(feature = "faults")]
        let every = crate::fault::shortened(every, "HOMIE_SAVING_MS");
        Self { folder, incarnation, every, due: None, wanted: None, writing: None, written: None }
    }

    /// The screen shows something else.
    pub(crate) fn stirred(&mut self, now: Instant) {
        self.due.get_or_insert(now + self.every);
    }

    /// What shows at the end of output is to be written at once.
    pub(crate) fn at_once(&mut self, end: Offset) {
        self.wanted = Some(end);
    }

    /// Whether a snapshot is needed now.
    pub(crate) fn wants(&mut self, end: Offset, now: Instant) -> bool {
        if self.due.is_some_and(|due| now >= due) && self.wanted.is_none() {
            self.wanted = Some(end);
        }
        self.wanted.is_some() && !self.is_writing()
    }

    /// Writes this snapshot if it is the one that is needed.
    pub(crate) fn offer(&mut self, snapshot: &Shared) {
        let fits = self.wanted.is_some_and(|from| snapshot.at >= from) && snapshot.history == Wanted::NOTHING;
        if !fits || self.is_writing() {
            return;
        }
        (self.wanted, self.due) = (None, None);
        let written = self.written.replace((snapshot.at, snapshot.resizes));
        if snapshot.bytes.len() > KEPT || written == self.written {
            return;
        }
        let (folder, incarnation, snapshot) = (self.folder.clone(), self.incarnation, Shared::clone(snapshot));
        let head = LastHead { incarnation, offset: snapshot.at, size: snapshot.size, at: millis() };
        // On a full disk, or without a thread, the one before stays.
        let write = move || last::write(&folder, head, &snapshot.bytes).unwrap_or_default();
        self.writing = Builder::new().name("saving".to_owned()).stack_size(STACK).spawn(write).ok();
    }

    fn is_writing(&self) -> bool {
        self.writing.as_ref().is_some_and(|writing| !writing.is_finished())
    }

    /// Whether all that was wanted is on disk, as far as it could be.
    pub(crate) fn is_done(&self) -> bool {
        self.wanted.is_none() && !self.is_writing()
    }

    /// When there is something to do.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        let blocked = self.wanted.is_some() && self.is_writing();
        if blocked { Some(now + LOOK) } else { self.due.filter(|_| self.wanted.is_none()) }
    }
}
