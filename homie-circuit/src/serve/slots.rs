//! The requests of one circuit that wait for an answer: each id once, 128 at most.
//!
//! An id is free as soon as its answer is on its way, and may come again before everything about the first is done. So each
//! request has a [`Turn`] too.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::REQUESTS;

use crate::writer::FrameWriter;

/// Which request of a circuit: counted from its beginning, so that none has the turn of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn(u64);

impl From<u64> for Turn {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

/// The ids that wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    waiting: HashSet<u32>,
    turns: u64,
}

impl Slots {
    /// Takes an id in. `None` if there are too many; an id that waits already ends the circuit, for its answer could not
    /// be told apart.
    pub(super) fn take(&self, id: u32, writer: &FrameWriter) -> Result<Option<Slot>, Refusal> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if id == 0 || table.waiting.contains(&id) {
            return Err(Refusal::new(Code::RequestId, "id: from 1 upwards, and not one that still waits"));
        }
        if table.waiting.len() >= REQUESTS {
            return Ok(None);
        }
        table.waiting.insert(id);
        table.turns += 1;
        Ok(Some(Slot { id, turn: Turn(table.turns), slots: self.clone(), writer: writer.clone() }))
    }
}

/// One request that waits. Dropping it frees its id.
#[derive(Debug)]
pub(super) struct Slot {
    id: u32,
    turn: Turn,
    slots: Slots,
    writer: FrameWriter,
}

impl Slot {
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn turn(&self) -> Turn {
        self.turn
    }

    pub(super) fn writer(&self) -> &FrameWriter {
        &self.writer
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.table.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&self.id);
    }
}
