//! One client's circuit as the node sees it: its channels, and which session each leads to.

use std::sync::{Arc, Mutex};

use homie_circuit::{Frame, FrameWriter, Turn};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::hello::Role;
use homie_protocol::id::{Channel, CircuitId};
use homie_protocol::machine::channels::Place;
use homie_protocol::methods::session::{AttachMode, Delivery};
use tokio::sync::watch;

use crate::link::{Leaving, Link};
use crate::lock::locked;

mod shares;
mod table;

use table::Table;

/// One client's circuit.
#[derive(Debug)]
pub(crate) struct Circuit {
    id: CircuitId,
    role: watch::Receiver<Role>,
    writer: FrameWriter,
    table: Mutex<Table>,
}

/// Where a channel leads: a channel of a holder's link.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) link: Arc<Link>,
    pub(crate) channel: Channel,
    pub(crate) mode: AttachMode,
    pub(crate) delivery: Delivery,
}

/// What the node itself says on a channel that leads nowhere.
#[derive(Debug)]
pub(crate) struct Words {
    /// Frames, in their order.
    pub(crate) frames: Vec<(Header, Vec<u8>)>,
    /// The channel is closed with them.
    pub(crate) is_last: bool,
}

impl Circuit {
    pub(crate) fn new(id: CircuitId, role: watch::Receiver<Role>, writer: FrameWriter) -> Self {
        Self { id, role, writer, table: Mutex::new(Table::new()) }
    }

    /// Its name.
    pub(crate) const fn id(&self) -> CircuitId {
        self.id
    }

    /// What it may do now: it may become less, or more, while it is open.
    pub(crate) fn role(&self) -> Role {
        *self.role.borrow()
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
    pub(crate) fn lead(&self, channel: Channel, end: End, is_visible: bool, turn: Turn) -> Result<(), Refusal> {
        let mut table = locked(&self.table);
        if table.is_over || !table.channels.is_open(channel) {
            return Err(Refusal::new(Code::GoingAway, "channel: was closed before it was open"));
        }
        table.add(channel, end, is_visible);
        table.held.insert(turn, channel);
        Ok(())
    }

    /// Says something on an open channel that leads nowhere, once the response of this turn is out.
    pub(crate) fn say(&self, channel: Channel, words: Words, turn: Turn) -> Result<(), Refusal> {
        let mut table = locked(&self.table);
        if table.is_over || !table.channels.is_open(channel) {
            return Err(Refusal::new(Code::GoingAway, "channel: was closed before it was open"));
        }
        table.said.insert(turn, (channel, words));
        Ok(())
    }

    /// Takes an input or ack frame from the client: one look into a table, then on to the holder.
    pub(crate) fn frame(&self, frame: &Frame) -> Result<(), Refusal> {
        let Some(end) = self.end_of(frame.header.channel())? else { return Ok(()) };
        match frame.header.kind() {
            Kind::Input if end.mode == AttachMode::Watch || self.role() < Role::Operator => {
                end.link.refuse(end.channel, &Refusal::new(Code::ReadOnly, "this viewer may look, not type"));
                Ok(())
            }
            Kind::Input => end.link.input(end.channel, frame.header, &frame.payload),
            Kind::Ack if !frame.payload.is_empty() || !is_flag_of_output(frame.header.flags()) => {
                Err(Refusal::new(Code::FramePayload, "payload: a client's ack has none, and no flag but `last`"))
            }
            Kind::Ack => end.link.input(end.channel, frame.header, &[]),
            _ => Err(Refusal::new(Code::UnexpectedFrame, "kind: a client sends input and acks on a channel")),
        }
    }

    /// The response of this turn is out: if it opened a channel, its frames may follow.
    pub(crate) fn answered(&self, turn: Turn) {
        let (end, said) = {
            let mut table = locked(&self.table);
            let said = table.said.remove(&turn);
            (table.held.remove(&turn).and_then(|channel| table.end(channel).cloned()), said)
        };
        if let Some(end) = end {
            end.link.release(end.channel);
        }
        if let Some((channel, words)) = said {
            self.tell(channel, &words);
        }
    }

    fn tell(&self, channel: Channel, words: &Words) {
        for (header, payload) in &words.frames {
            // A circuit that is closing loses it, as it loses everything.
            let _closed = self.writer.send(*header, payload);
        }
        if words.is_last {
            self.freed(channel);
        }
    }

    /// Closes a channel for the client.
    pub(crate) fn close(&self, channel: Channel) -> Result<(), Refusal> {
        let end = {
            let mut table = locked(&self.table);
            if !table.channels.close(channel) {
                return Err(not_open());
            }
            table.remove(channel)
        };
        if let Some(end) = end {
            end.link.close(end.channel, Leaving::OnPurpose);
        }
        Ok(())
    }

    /// Where a channel leads that the client names in a request.
    pub(crate) fn named(&self, channel: Channel) -> Result<End, Refusal> {
        locked(&self.table).end(channel).cloned().ok_or_else(not_open)
    }

    /// A person sees a channel now, or does no longer.
    pub(crate) fn show(&self, channel: Channel, is_visible: bool) -> Result<End, Refusal> {
        let mut table = locked(&self.table);
        table.show(channel, is_visible);
        table.end(channel).cloned().ok_or_else(not_open)
    }

    /// A channel was closed from the other side.
    pub(crate) fn freed(&self, channel: Channel) {
        let mut table = locked(&self.table);
        table.channels.close(channel);
        table.remove(channel);
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
            table.said.clear();
            (table.take(), table.channels.dropped())
        };
        tracing::debug!(circuit = %self.id, channels = ends.len(), dropped, "a circuit is over");
        for end in ends {
            end.link.close(end.channel, Leaving::Lost);
        }
    }

    fn end_of(&self, channel: Channel) -> Result<Option<End>, Refusal> {
        let mut table = locked(&self.table);
        match table.channels.place(channel)? {
            Place::Open => Ok(table.end(channel).cloned()),
            Place::Closed => Ok(None),
        }
    }
}

fn is_flag_of_output(flags: Flags) -> bool {
    flags == Flags::NONE || flags == Flags::LAST
}

fn not_open() -> Refusal {
    Refusal::new(Code::NotFound, "channel: is not open")
}
