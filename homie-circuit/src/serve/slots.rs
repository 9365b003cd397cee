//! The requests of one circuit that wait for an answer: each id once, 128 at most.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::REQUESTS;

use crate::writer::FrameWriter;

/// The ids that wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    waiting: Arc<Mutex<HashSet<u32>>>,
}

impl Slots {
    /// Takes an id in. `None` if there are too many; an id that waits already ends the circuit, for its answer could not
    /// be told apart.
    pub(super) fn take(&self, id: u32, writer: &FrameWriter) -> Result<Option<Slot>, Refusal> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if id == 0 || waiting.contains(&id) {
            return Err(Refusal::new(Code::RequestId, "id: from 1 upwards, and not one that still waits"));
        }
        if waiting.len() >= REQUESTS {
            return Ok(None);
        }
        waiting.insert(id);
        Ok(Some(Slot { id, slots: self.clone(), writer: writer.clone() }))
    }
}

/// One request that waits. Dropping it frees its id.
#[derive(Debug)]
pub(super) struct Slot {
    id: u32,
    slots: Slots,
    writer: FrameWriter,
}

impl Slot {
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn writer(&self) -> &FrameWriter {
        &self.writer
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
