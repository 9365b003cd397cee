//! One open channel: a viewer's place in the output, what has its place between the bytes, and the ack that is due.

use std::collections::VecDeque;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{Exited, Resized, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::machine::viewer::{Kept, Step, Viewer};
use homie_protocol::methods::session::{ExitStatus, Gap, Size};

use crate::outbox::Outbox;

/// Resizes that wait until a viewer has come to them. Beyond it the oldest is left out: the next one replaces its size.
const MARKS: usize = 32;

/// One viewer of the session.
pub(crate) struct Viewing {
    pub(crate) channel: Channel,
    pub(crate) viewer: Viewer,
    pub(crate) writer: Option<WriterId>,
    /// The output offset and the terminal's modes when input was last written; said with the next ack.
    pub(crate) ack: Option<(Offset, Flags)>,
    marks: VecDeque<Mark>,
    seq: u32,
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Offset,
    size: Size,
}

/// What comes next on a channel.
pub(crate) enum Next {
    /// Nothing now.
    Rest,
    /// An event was put into the outbox; ask again.
    Said,
    /// These bytes of the ring.
    Output {
        /// The first byte.
        from: Offset,
        /// How many.
        len: usize,
    },
}

impl Viewing {
    pub(crate) fn new(channel: Channel, viewer: Viewer, writer: Option<WriterId>) -> Self {
        Self { channel, viewer, writer, ack: None, marks: VecDeque::new(), seq: 0, ended: false }
    }

    /// The terminal has another size from this offset on.
    pub(crate) fn mark(&mut self, at: Offset, size: Size) {
        let replaces = self.marks.back().is_some_and(|last| last.at == at);
        if replaces {
            self.marks.pop_back();
        } else if self.marks.len() >= MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark { at, size });
    }

    /// Says what has its place here, or tells which bytes come next.
    pub(crate) fn next(&mut self, kept: Kept, exit: Option<ExitStatus>, outbox: &mut Outbox) -> Next {
        if let Some(mark) = self.marks.pop_front_if(|mark| mark.at <= self.viewer.next()) {
            self.say(self.viewer.next(), &Resized { size: mark.size }, outbox);
            return Next::Said;
        }
        match self.viewer.step(kept, self.marks.front().map(|mark| mark.at)) {
            Step::Send { from, len } => Next::Output { from, len },
            Step::Gap(gap) => self.skip(gap, outbox),
            Step::Rest => self.end(kept, exit, outbox),
        }
    }

    /// Says an event on this channel, at its place in the output.
    pub(crate) fn say(&mut self, at: Offset, event: &impl Topic, outbox: &mut Outbox) {
        self.seq = self.seq.wrapping_add(1);
        // An event of ours always encodes, and a session's channel may carry it anywhere.
        if let (Ok(header), Ok(payload)) = (Header::new(Kind::Control, self.channel, at), event.encode(self.seq)) {
            outbox.push(header, &payload);
        }
    }

    /// The viewer is done up to here.
    pub(crate) fn acknowledge(&mut self, header: Header, payload: &[u8]) -> Result<(), Refusal> {
        if !payload.is_empty() || header.flags() != Flags::NONE {
            let message = "ack: one of output has neither flags nor a payload";
            return Err(Refusal::new(Code::FramePayload, message));
        }
        self.viewer.acknowledge(header.offset())
    }

    fn skip(&mut self, gap: Gap, outbox: &mut Outbox) -> Next {
        self.viewer.skipped(gap);
        // Of the sizes inside the gap the last one counts.
        while self.marks.get(1).is_some_and(|second| second.at <= gap.to) {
            self.marks.pop_front();
        }
        self.say(gap.from, &gap, outbox);
        Next::Said
    }

    fn end(&mut self, kept: Kept, exit: Option<ExitStatus>, outbox: &mut Outbox) -> Next {
        let Some(status) = exit else { return Next::Rest };
        if self.ended || self.viewer.next() != kept.end {
            return Next::Rest;
        }
        self.ended = true;
        self.say(kept.end, &Exited { status }, outbox);
        Next::Said
    }
}
