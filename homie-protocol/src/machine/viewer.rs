//! What one viewer may be sent next: arithmetic on offsets, for whoever holds the bytes.
//!
//! The bytes themselves stay in the ring. What is under way is bounded by the [`window`](super::window). When the ring has
//! overwritten what comes next, a gap is declared, and only then: output is exact, or its loss is said. A snapshot puts the
//! viewer to its own offset, forwards or backwards.

use super::sent::{SentLog, Settled};
use super::window::{Class, Window};
use crate::code::{Code, Refusal};
use crate::id::Offset;
use crate::methods::session::Gap;

/// Bytes that may be sent past a full window behind what this viewer has typed: the echo of a line, or its redrawing.
const ECHO: u64 = 1024;

/// The part of a stream that is still at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The oldest byte.
    pub start: Offset,
    /// The byte after the newest.
    pub end: Offset,
}

/// What to do for a viewer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: all is sent, or the window is full.
    Rest,
    /// Declare these bytes lost, then call [`Viewer::skipped`].
    Gap(Gap),
    /// Send `len` bytes from `from`, then call [`Viewer::sent`].
    Send {
        /// The offset of the first byte.
        from: Offset,
        /// How many; at least 1, at most a frame.
        len: usize,
    },
}

/// One viewer's place in the output.
#[derive(Debug, Clone)]
pub struct Viewer {
    next: Offset,
    log: SentLog,
    window: Window,
    /// The output between these two may be what this viewer has typed.
    echo: (Offset, Offset),
}

impl Viewer {
    /// A viewer that needs the bytes from `from` on, or all there were. What is lost of them is a gap. Times are
    /// microseconds of any clock that only goes forward.
    pub fn open(now: u64, class: Class, from: Option<Offset>, kept: Kept) -> Result<(Self, Option<Gap>), Refusal> {
        let from = from.unwrap_or(Offset::ZERO);
        if from > kept.end {
            return Err(Refusal::new(Code::Offset, format!("from: output ends at {}", kept.end)));
        }
        let next = from.max(kept.start);
        let gap = (next > from).then_some(Gap { from, to: next });
        let (log, window) = (SentLog::new(next), Window::new(class, now));
        Ok((Self { next, log, window, echo: (Offset::ZERO, Offset::ZERO) }, gap))
    }

    /// The offset of the next byte this viewer gets.
    pub fn next(&self) -> Offset {
        self.next
    }

    /// It has parsed all output before this, or was told that it is lost.
    pub fn acked(&self) -> Offset {
        self.log.acked()
    }

    /// Bytes that were sent and not acknowledged.
    pub fn in_flight(&self) -> u64 {
        self.log.in_flight()
    }

    /// Bytes that may be in flight.
    pub fn window(&self) -> u64 {
        self.window.size()
    }

    /// Bytes that the window has room for.
    pub fn room(&self) -> u64 {
        self.window.size().saturating_sub(self.window.in_flight())
    }

    /// Snapshots that were sent and are not known to be shown.
    pub fn snapshots(&self) -> usize {
        self.log.snapshots()
    }

    /// So many channels share the connection.
    pub fn share(&mut self, of: u16) {
        self.window.share(of);
    }

    /// What to do next. `until` is the offset before which something else has its place in the stream.
    pub fn step(&mut self, kept: Kept, until: Option<Offset>) -> Step {
        let from = self.next.max(kept.start);
        let end = until.filter(|_| self.next >= kept.start).map_or(kept.end, |until| until.min(kept.end));
        let waiting = end.since(from);
        let len = match self.window.room(waiting) {
            0 => self.echoes(waiting),
            len => len,
        };
        match len {
            0 => Step::Rest,
            // Without room behind it the loss may still grow before anyone could see what follows.
            _ if self.next < kept.start => Step::Gap(Gap { from: self.next, to: kept.start }),
            len => Step::Send { from, len },
        }
    }

    /// How many of these bytes may pass a full window.
    fn echoes(&self, waiting: u64) -> usize {
        let (from, to) = self.echo;
        let len = if self.next >= from { to.since(self.next).min(waiting) } else { 0 };
        usize::try_from(len).unwrap_or(0)
    }

    /// What this viewer has typed reached the terminal when its output stood here.
    pub fn typed(&mut self, at: Offset) {
        self.echo = (at, at.plus(ECHO));
    }

    /// So many bytes have been sent.
    pub fn sent(&mut self, now: u64, len: usize) {
        self.next = self.next.plus(len as u64);
        self.log.output(now, self.next, len as u64);
        self.window.sent(now, len as u64);
    }

    /// The gap has been declared.
    pub fn skipped(&mut self, now: u64, gap: Gap) {
        self.next = self.next.max(gap.to);
        self.log.output(now, self.next, 0);
    }

    /// A snapshot of this offset has been sent as a whole, so many bytes. Output goes on at exactly this offset.
    pub fn snapshot(&mut self, now: u64, at: Offset, bytes: u64) {
        self.next = at;
        self.log.snapshot(now, at, bytes);
        self.window.sent(now, bytes);
    }

    /// The viewer has parsed the output up to here. What goes back is ignored, what was never sent is refused.
    pub fn acknowledge(&mut self, now: u64, to: Offset) -> Result<(), Refusal> {
        let settled = self.log.acknowledge(to)?;
        self.settle(now, settled);
        Ok(())
    }

    /// The viewer shows the snapshot of this offset. One that was never sent is refused.
    pub fn show(&mut self, now: u64, at: Offset) -> Result<(), Refusal> {
        let settled = self.log.show(at)?;
        self.settle(now, settled);
        Ok(())
    }

    fn settle(&mut self, now: u64, settled: Settled) {
        if settled != Settled::default() {
            self.window.acknowledged(now, settled.bytes, settled.sent_at);
        }
    }
}

#[cfg(test)]
mod tests;
