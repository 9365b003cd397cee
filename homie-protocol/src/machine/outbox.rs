//! What one writer has typed and the terminal has not taken yet, over all its circuits.
//!
//! ```text
//!  applied ≤ flying ≤ end        offsets count from the writer's birth
//!     |         |      └ after the last byte written here
//!     |         └ after the last byte sent on the present circuit
//!     └ after the last byte the terminal has taken; everything below is forgotten
//! ```

use std::collections::VecDeque;

use crate::code::{Code, Refusal};
use crate::id::{Offset, WriterId};
use crate::limits::{INPUT_WINDOW, OFFSET_END, RESEND_MS};
use crate::methods::session::{InputState, WriterClaim};

/// Bytes that may wait here. When it is full, [`Outbox::write`] takes nothing until the terminal has taken some.
pub const OUTBOX_MAX: usize = 1024 * 1024;

/// Bytes of one frame of input: short enough that a key behind a paste does not wait long.
pub const INPUT_FRAME: usize = 16 * 1024;

/// Milliseconds within which writes share one note of their age.
const SAME_AGE_MS: u64 = 100;

/// The input of one writer.
#[derive(Debug, Clone)]
pub struct Outbox {
    writer: WriterId,
    applied: Offset,
    flying: Offset,
    /// After the last byte ever sent, on whatever circuit.
    sent: Offset,
    /// Everything from `applied` on.
    bytes: VecDeque<u8>,
    /// When bytes were written: up to this offset, at that time.
    ages: VecDeque<(Offset, u64)>,
}

impl Outbox {
    /// A writer that is born now.
    pub const fn new(writer: WriterId) -> Self {
        let start = Offset::ZERO;
        Self { writer, applied: start, flying: start, sent: start, bytes: VecDeque::new(), ages: VecDeque::new() }
    }

    /// What an attach says about this writer.
    pub const fn claim(&self) -> WriterClaim {
        WriterClaim { id: self.writer, sent: self.sent }
    }

    /// Bytes that wait to be applied.
    pub fn waiting(&self) -> usize {
        self.bytes.len()
    }

    /// When the oldest byte that still waits was written.
    pub fn waiting_since(&self) -> Option<u64> {
        self.ages.front().map(|(_, at)| *at)
    }

    /// Takes as many of the bytes as there is room for, and says how many.
    pub fn write(&mut self, now: u64, bytes: &[u8]) -> usize {
        let range = usize::try_from(OFFSET_END - 1 - self.end().get()).unwrap_or(usize::MAX);
        let room = (OUTBOX_MAX - self.bytes.len()).min(range);
        let taken = bytes.get(..room).unwrap_or(bytes);
        if taken.is_empty() {
            return 0;
        }
        self.bytes.extend(taken);
        let end = self.end();
        match self.ages.back_mut() {
            Some((upto, at)) if now.saturating_sub(*at) < SAME_AGE_MS => *upto = end,
            _ => self.ages.push_back((end, now)),
        }
        taken.len()
    }

    /// The next frame that the window has room for. It counts as sent.
    pub fn next_frame(&mut self) -> Option<(Offset, &[u8])> {
        let flown = self.flown();
        let window = usize::try_from(INPUT_WINDOW).unwrap_or(usize::MAX);
        let upto = self.bytes.len().min(window).min(flown + INPUT_FRAME);
        if upto <= flown {
            return None;
        }
        let offset = self.flying;
        self.flying = self.applied.plus(upto as u64);
        self.sent = self.sent.max(self.flying);
        let frame = self.bytes.make_contiguous().get(flown..upto)?;
        Some((offset, frame))
    }

    /// The terminal has taken everything below `applied`. One that goes back is old news; one beyond what was sent ends
    /// the circuit.
    pub fn acknowledge(&mut self, applied: Offset) -> Result<(), Refusal> {
        if applied > self.flying {
            return Err(refuse(format!("offset: input acknowledged up to {applied}, sent up to {}", self.flying)));
        }
        self.forget(applied);
        Ok(())
    }

    /// An attach was answered: what flew on an earlier circuit may have arrived or not, this tells. `None`: what is not
    /// applied will be sent (again). Otherwise the bytes that must not be, because they are old or somebody else has typed
    /// since: they are taken out, and whoever typed them decides. The writer goes on at what was applied; its earlier
    /// channel is closed by then, so nothing of it comes late.
    pub fn resume(&mut self, now: u64, state: InputState) -> Result<Option<Vec<u8>>, Refusal> {
        if state.applied > self.sent || state.applied < self.applied {
            let known = format!("between {} and {}", self.applied, self.sent);
            return Err(refuse(format!("applied: {} is not {known}", state.applied)));
        }
        self.forget(state.applied);
        self.flying = self.applied;
        let is_old = self.waiting_since().is_some_and(|since| now.saturating_sub(since) > RESEND_MS);
        if self.bytes.is_empty() || !(is_old || state.contested) {
            return Ok(None);
        }
        Ok(Some(self.hand_back(self.applied)))
    }

    /// The holder has forgotten this writer: a new one begins at 0. Gives the bytes that were not acknowledged; nobody
    /// knows whether they were applied.
    pub fn begin_again(&mut self, writer: WriterId) -> Vec<u8> {
        self.writer = writer;
        self.hand_back(Offset::ZERO)
    }

    /// The program has ended: what waits was meant for it, and goes with it.
    pub fn drop_all(&mut self) {
        self.bytes.clear();
        self.ages.clear();
    }

    fn hand_back(&mut self, restart: Offset) -> Vec<u8> {
        self.applied = restart;
        self.flying = restart;
        self.sent = restart;
        self.ages.clear();
        std::mem::take(&mut self.bytes).into()
    }

    fn forget(&mut self, applied: Offset) {
        let count = usize::try_from(applied.since(self.applied)).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..count);
        self.applied = self.applied.max(applied);
        self.flying = self.flying.max(self.applied);
        while self.ages.front().is_some_and(|(upto, _)| *upto <= self.applied) {
            self.ages.pop_front();
        }
    }

    fn flown(&self) -> usize {
        usize::try_from(self.flying.since(self.applied)).unwrap_or(usize::MAX)
    }

    fn end(&self) -> Offset {
        self.applied.plus(self.bytes.len() as u64)
    }
}

fn refuse(message: String) -> Refusal {
    Refusal::new(Code::Offset, message)
}

#[cfg(test)]
mod tests;
