//! What one viewer may be sent next: arithmetic on offsets, for whoever holds the bytes.
//!
//! The bytes themselves stay in the ring. At most a window of them is unacknowledged. When the ring has overwritten what
//! comes next, a gap is declared, and only then: output is exact, or its loss is said.

use std::collections::VecDeque;

use crate::code::{Code, Refusal};
use crate::id::Offset;
use crate::limits::{OUTPUT_FRAME, OUTPUT_WINDOW};
use crate::methods::session::Gap;

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
    /// Send up to `len` bytes from `from`, then call [`Viewer::sent`].
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
    acked: Offset,
    /// Gaps between `acked` and `next`, oldest first: their bytes are not in flight. A gap is declared only when a whole
    /// frame fits behind it, so a window has room for few.
    gaps: VecDeque<Gap>,
}

impl Viewer {
    /// A viewer that needs the bytes from `from` on, or all there were. What is lost of them is a gap.
    pub fn open(from: Option<Offset>, kept: Kept) -> Result<(Self, Option<Gap>), Refusal> {
        let from = from.unwrap_or(Offset::ZERO);
        if from > kept.end {
            return Err(Refusal::new(Code::Offset, format!("from: output ends at {}", kept.end)));
        }
        let next = from.max(kept.start);
        let gap = (next > from).then_some(Gap { from, to: next });
        Ok((Self { next, acked: next, gaps: VecDeque::new() }, gap))
    }

    /// The offset of the next byte this viewer gets.
    pub fn next(&self) -> Offset {
        self.next
    }

    /// Bytes that were sent and not acknowledged.
    pub fn in_flight(&self) -> u64 {
        let lost: u64 = self.gaps.iter().map(|gap| gap.to.since(gap.from.max(self.acked))).sum();
        self.next.since(self.acked).saturating_sub(lost)
    }

    /// What to do next. `until` is the offset before which something else has its place in the stream.
    pub fn step(&self, kept: Kept, until: Option<Offset>) -> Step {
        let room = OUTPUT_WINDOW.saturating_sub(self.in_flight());
        if self.next < kept.start {
            // With less room the loss may still grow before anyone could see what follows it.
            let due = room >= OUTPUT_FRAME as u64;
            return if due { Step::Gap(Gap { from: self.next, to: kept.start }) } else { Step::Rest };
        }
        let end = until.map_or(kept.end, |until| until.min(kept.end));
        let waiting = end.since(self.next).min(room);
        let len = usize::try_from(waiting).unwrap_or(OUTPUT_FRAME).min(OUTPUT_FRAME);
        if len == 0 { Step::Rest } else { Step::Send { from: self.next, len } }
    }

    /// So many bytes have been sent.
    pub fn sent(&mut self, len: usize) {
        self.next = self.next.plus(len as u64);
    }

    /// The gap has been declared.
    pub fn skipped(&mut self, gap: Gap) {
        self.next = self.next.max(gap.to);
        if self.acked == gap.from {
            self.acked = gap.to;
            return;
        }
        match self.gaps.back_mut() {
            Some(last) if last.to == gap.from => last.to = gap.to,
            _ => self.gaps.push_back(gap),
        }
    }

    /// The viewer has been brought to this place by other means, forwards or backwards; nothing is in flight.
    pub fn moved(&mut self, to: Offset) {
        *self = Self { next: to, acked: to, gaps: VecDeque::new() };
    }

    /// The viewer is done up to here. What goes back is ignored, what was never sent is refused.
    pub fn acknowledge(&mut self, to: Offset) -> Result<(), Refusal> {
        if to > self.next {
            return Err(Refusal::new(Code::Offset, format!("ack: {to} is beyond what was sent, {}", self.next)));
        }
        self.acked = self.acked.max(to);
        while let Some(gap) = self.gaps.front().filter(|gap| gap.from <= self.acked) {
            self.acked = self.acked.max(gap.to);
            self.gaps.pop_front();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
