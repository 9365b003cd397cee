//! Who has typed what: every byte of every writer is applied once and in order, over reconnects too.
//!
//! A byte is *accepted* when it may wait for the terminal, and *applied* when the terminal has taken it.

use std::collections::HashMap;

use crate::code::{Code, Refusal};
use crate::id::{Offset, WriterId};
use crate::limits::{INPUT_WINDOW, WRITERS};
use crate::methods::session::{InputState, WriterClaim};

/// What is new in a frame of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh<'a> {
    /// These bytes are the next ones: if there is room for them call [`Ledger::accept`], and once they are written
    /// [`Ledger::applied`].
    Apply(&'a [u8]),
    /// All of it was accepted before. Acknowledge it again.
    Duplicate,
}

/// The writers of one terminal.
#[derive(Debug, Default)]
pub struct Ledger {
    writers: HashMap<WriterId, Writer>,
    /// Counts the times that another writer began to type.
    turn: u64,
    typing: Option<WriterId>,
    /// Counts what happens, to know who has been silent longest.
    now: u64,
}

#[derive(Debug, Default)]
struct Writer {
    applied: Offset,
    accepted: Offset,
    attached: bool,
    /// The turn in which it typed last, or was born.
    turn: u64,
    heard: u64,
}

impl Ledger {
    /// A writer attaches. Bytes of it that were accepted and not applied are the caller's to drop before: the writer will
    /// decide about them. A writer that has sent something and is not known gets nothing replayed.
    pub fn claim(&mut self, claim: WriterClaim) -> Result<InputState, Refusal> {
        if !self.writers.contains_key(&claim.id) {
            if claim.sent > Offset::ZERO {
                return Err(Refusal::new(Code::WriterUnknown, "writer: forgotten here, take a new one"));
            }
            self.make_room()?;
        }
        self.now += 1;
        let (now, turn) = (self.now, self.turn);
        let writer = self.writers.entry(claim.id).or_insert_with(|| Writer { turn, ..Writer::default() });
        if claim.sent < writer.applied {
            return Err(Refusal::new(Code::Offset, format!("sent: {} has reached the terminal", writer.applied)));
        }
        writer.accepted = writer.applied;
        writer.attached = true;
        writer.heard = now;
        Ok(InputState { applied: writer.applied, contested: writer.turn != turn })
    }

    /// The writer's channel is closed. It is remembered, as long as there is room.
    pub fn release(&mut self, id: WriterId) {
        if let Some(writer) = self.writers.get_mut(&id) {
            writer.attached = false;
        }
    }

    /// A frame of input: what of it is new, or why it closes the channel. Nothing is accepted by asking.
    pub fn fresh<'a>(&self, id: WriterId, offset: Offset, bytes: &'a [u8]) -> Result<Fresh<'a>, Refusal> {
        let Some(writer) = self.writers.get(&id) else {
            return Err(Refusal::new(Code::WriterUnknown, "writer: not attached"));
        };
        if offset > writer.accepted {
            return Err(Refusal::new(Code::InputGap, format!("input: the next byte is {}", writer.accepted)));
        }
        let known = usize::try_from(writer.accepted.since(offset)).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        if fresh.is_empty() {
            return Ok(Fresh::Duplicate);
        }
        if writer.accepted.since(writer.applied) + fresh.len() as u64 > INPUT_WINDOW {
            return Err(Refusal::new(Code::InputOverrun, format!("input: {INPUT_WINDOW} bytes may wait")));
        }
        Ok(Fresh::Apply(fresh))
    }

    /// So many bytes of this writer that were [`Fresh::Apply`] wait for the terminal now.
    pub fn accept(&mut self, id: WriterId, bytes: usize) {
        let Some(writer) = self.writers.get_mut(&id) else { return };
        writer.accepted = writer.accepted.plus(bytes as u64);
        self.now += 1;
        writer.heard = self.now;
        if self.typing != Some(id) {
            self.typing = Some(id);
            self.turn += 1;
        }
        writer.turn = self.turn;
    }

    /// Somebody types who is no writer: each writer that has typed before is contested.
    pub fn stranger(&mut self) {
        self.typing = None;
        self.turn += 1;
    }

    /// The terminal has taken so many more bytes of this writer. Gives what is applied now.
    pub fn applied(&mut self, id: WriterId, bytes: usize) -> Option<Offset> {
        let writer = self.writers.get_mut(&id)?;
        writer.applied = writer.applied.plus(bytes as u64).min(writer.accepted);
        Some(writer.applied)
    }

    /// Up to where this writer's bytes have reached the terminal.
    pub fn applied_up_to(&self, id: WriterId) -> Option<Offset> {
        self.writers.get(&id).map(|writer| writer.applied)
    }

    /// Forgets the writer that is not attached and has been silent longest, if the table is full.
    fn make_room(&mut self) -> Result<(), Refusal> {
        if self.writers.len() < WRITERS {
            return Ok(());
        }
        let silent = self.writers.iter().filter(|(_, writer)| !writer.attached).min_by_key(|(_, writer)| writer.heard);
        let Some(id) = silent.map(|(id, _)| *id) else {
            return Err(Refusal::new(Code::Busy, format!("writer: {WRITERS} are attached")));
        };
        self.writers.remove(&id);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
