//! One client's circuit as the node sees it: its channels, and which session each leads to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use homie_circuit::{Frame, FrameWriter, Turn};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Flags, Kind};
use homie_protocol::hello::Role;
use homie_protocol::id::{Channel, CircuitId};
use homie_protocol::machine::channels::{Channels, Opener, Place};
use homie_protocol::methods::session::AttachMode;

use crate::link::Link;
use crate::lock::locked;

/// One client's circuit.
#[derive(Debug)]
pub(crate) struct Circuit {
    id: CircuitId,
    role: Role,
    writer: FrameWriter,
    table: Mutex<Table>,
}

/// Where a channel leads: a channel of a holder's link.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) link: Arc<Link>,
    pub(crate) channel: Channel,
    pub(crate) mode: AttachMode,
}

#[derive(Debug)]
struct Table {
    channels: Channels,
    ends: HashMap<Channel, End>,
    /// Channels whose frames wait until the response of this turn is out.
    held: HashMap<Turn, Channel>,
    is_over: bool,
}

impl Circuit {
    pub(crate) fn new(id: CircuitId, role: Role, writer: FrameWriter) -> Self {
        let channels = Channels::new(Opener::Client);
        let table = Table { channels, ends: HashMap::new(), held: HashMap::new(), is_over: false };
        Self { id, role, writer, table: Mutex::new(table) }
    }

    /// Its name.
    pub(crate) const fn id(&self) -> CircuitId {
        self.id
    }

    /// What it may do.
    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    /// Sends to the client.
    pub(crate) const fn writer(&self) -> &FrameWriter {
        &self.writer
    }

    /// Opens the channel the client has chosen.
    pub(crate) fn open(&self, channel: Channel) -> Result<(), Refusal> {
        locked(&self.table).channels.open(channel)
    }

    /// Says where an open channel leads, from the response of this turn on. A circuit that is over leads nowhere.
    pub(crate) fn lead(&self, channel: Channel, end: End, turn: Turn) -> Result<(), Refusal> {
        let mut table = locked(&self.table);
        if table.is_over || !table.channels.is_open(channel) {
            return Err(Refusal::new(Code::GoingAway, "channel: was closed before it was open"));
        }
        table.ends.insert(channel, end);
        table.held.insert(turn, channel);
        Ok(())
    }

    /// Takes an input or ack frame from the client: one look into a table, then on to the holder.
    pub(crate) fn frame(&self, frame: &Frame) -> Result<(), Refusal> {
        let Some(end) = self.end_of(frame.header.channel())? else { return Ok(()) };
        match frame.header.kind() {
            Kind::Input if end.mode == AttachMode::Watch => {
                end.link.refuse(end.channel, &Refusal::new(Code::ReadOnly, "this viewer may look, not type"));
                Ok(())
            }
            Kind::Input => end.link.input(end.channel, frame.header, &frame.payload),
            Kind::Ack if !frame.payload.is_empty() || frame.header.flags() != Flags::NONE => {
                Err(Refusal::new(Code::FramePayload, "payload: a client's ack has neither payload nor flags"))
            }
            Kind::Ack => end.link.input(end.channel, frame.header, &[]),
            _ => Err(Refusal::new(Code::UnexpectedFrame, "kind: a client sends input and acks on a channel")),
        }
    }

    /// The response of this turn is out: if it opened a channel, its frames may follow.
    pub(crate) fn answered(&self, turn: Turn) {
        let end = {
            let mut table = locked(&self.table);
            table.held.remove(&turn).and_then(|channel| table.ends.get(&channel).cloned())
        };
        if let Some(end) = end {
            end.link.release(end.channel);
        }
    }

    /// Closes a channel for the client.
    pub(crate) fn close(&self, channel: Channel) -> Result<(), Refusal> {
        let end = {
            let mut table = locked(&self.table);
            if !table.channels.close(channel) {
                return Err(Refusal::new(Code::NotFound, "channel: is not open"));
            }
            table.ends.remove(&channel)
        };
        if let Some(end) = end {
            end.link.close(end.channel);
        }
        Ok(())
    }

    /// A channel was closed from the other side.
    pub(crate) fn freed(&self, channel: Channel) {
        let mut table = locked(&self.table);
        table.channels.close(channel);
        table.ends.remove(&channel);
    }

    /// The client lets too much pile up: it goes, and comes back with its offsets.
    pub(crate) fn overrun(&self) {
        self.writer
            .bye(&Refusal::new(Code::SlowReader, "too much waits for you; come back and go on from your offset"));
    }

    /// The circuit is over: all its channels are closed, and no other is opened.
    pub(crate) fn over(&self) {
        let (ends, dropped) = {
            let mut table = locked(&self.table);
            table.is_over = true;
            table.held.clear();
            (std::mem::take(&mut table.ends), table.channels.dropped())
        };
        tracing::debug!(circuit = %self.id, channels = ends.len(), dropped, "a circuit is over");
        for end in ends.into_values() {
            end.link.close(end.channel);
        }
    }

    fn end_of(&self, channel: Channel) -> Result<Option<End>, Refusal> {
        let mut table = locked(&self.table);
        match table.channels.place(channel)? {
            Place::Open => Ok(table.ends.get(&channel).cloned()),
            Place::Closed => Ok(None),
        }
    }
}
