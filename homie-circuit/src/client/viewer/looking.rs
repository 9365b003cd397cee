//! Where an attachment stands: the output it has and needs, the input it has typed, the items not taken yet.

use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::decode_scanned;
use homie_protocol::control::{self, Control, Event, Reading};
use homie_protocol::event::{Clipboard, Detached, Driver, Exited, Resized, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Incarnation, Offset, WriterId};
use homie_protocol::machine::backoff::Backoff;
use homie_protocol::machine::outbox::Outbox;
use homie_protocol::machine::receiver::Receiver;
use homie_protocol::methods::session::{AttachOutput, AttachParams, Delivery, Gap, Size, Theme};

use super::gathering::Gathering;
use crate::client::attachment::{AttachOptions, Viewed};
use crate::client::inbox::Inbox;
use crate::frame::Frame;
use crate::writer::FrameWriter;

/// While more waits to be taken, an ack is held back until it is worth so many bytes.
const ACK_AT: u64 = 16 * 1024;

/// The place of one attachment.
#[derive(Debug)]
pub(super) struct Looking {
    options: AttachOptions,
    incarnation: Option<Incarnation>,
    receiver: Receiver,
    outbox: Option<Outbox>,
    inbox: Inbox,
    gathering: Gathering,
    /// The last event's number on this channel.
    seq: u32,
    /// What was taken last, if it came over the present channel.
    taken: Option<Taken>,
    acked: Offset,
    drives: bool,
    /// Whether the terminal edited lines when it took what was typed last; unknown before.
    edits_lines: Option<bool>,
    /// The program has ended: nobody reads what is typed.
    has_exited: bool,
    backoff: Backoff,
}

/// What there is to acknowledge.
#[derive(Debug, Clone, Copy)]
enum Taken {
    /// Output up to here.
    Output(Offset),
    /// The snapshot that stands for everything before this.
    Snapshot(Offset),
}

impl Looking {
    pub(super) fn new(options: AttachOptions, writer: Option<WriterId>) -> Self {
        let next = options.from.map_or(Offset::ZERO, |(_, offset)| offset);
        Self {
            incarnation: options.from.map(|(incarnation, _)| incarnation),
            options,
            receiver: Receiver::new(next),
            outbox: writer.map(Outbox::new),
            inbox: Inbox::default(),
            gathering: Gathering::default(),
            seq: 0,
            taken: None,
            acked: next,
            drives: false,
            edits_lines: None,
            has_exited: false,
            backoff: Backoff::default(),
        }
    }

    /// What to ask for.
    pub(super) fn params(&self, channel: Channel) -> AttachParams {
        AttachParams {
            channel,
            session: self.options.session,
            incarnation: self.incarnation,
            from: self.incarnation.map(|_| self.receiver.next()),
            mode: self.options.mode,
            writer: self.outbox.as_ref().map(Outbox::claim),
            size: self.options.size,
            visible: self.options.visible,
            delivery: Some(self.options.delivery).filter(|delivery| *delivery != Delivery::default()),
            theme: self.options.theme,
        }
    }

    /// Whether that is news.
    pub(super) const fn set_visible(&mut self, visible: bool) -> bool {
        let was_visible = std::mem::replace(&mut self.options.visible, visible);
        was_visible != visible
    }

    /// The size that every attach tells from now on. Gives the colours that go with it.
    pub(super) const fn fit(&mut self, size: Size) -> Option<Theme> {
        self.options.size = Some(size);
        self.options.theme
    }

    /// Whether this viewer drives the size: said when it changes.
    pub(super) fn driver(&mut self, drives: bool) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.drives, drives) == drives {
            return Ok(());
        }
        self.inbox.push(Viewed::Driver { drives })
    }

    /// Whether so much waits to be taken that no more is to be asked for.
    pub(super) fn is_full(&self) -> bool {
        self.inbox.is_full()
    }

    /// The channel is open.
    pub(super) fn attached(&mut self, now: u64, output: AttachOutput) -> Result<(), Refusal> {
        let is_new = self.incarnation != Some(output.incarnation);
        if is_new {
            self.incarnation = Some(output.incarnation);
            self.receiver = Receiver::default();
            self.has_exited = false;
        }
        self.inbox.turn();
        self.gathering.forget();
        self.taken = None;
        let missed = if output.snapshot { None } else { self.missed(is_new, &output)? };
        self.inbox.push(Viewed::Attached(output))?;
        if let Some(missed) = missed {
            self.inbox.push(Viewed::Gap(missed))?;
        }
        self.resume_input(now, &output)?;
        self.acked = output.from;
        self.drives = output.drives;
        self.seq = 0;
        self.backoff.succeeded(now);
        Ok(())
    }

    /// Without a snapshot whatever is not there any more of another birth is missing, said or not.
    fn missed(&mut self, is_new: bool, output: &AttachOutput) -> Result<Option<Gap>, Refusal> {
        let gap = output.gap.or_else(|| is_new.then_some(Gap { from: Offset::ZERO, to: output.from }));
        self.receiver.attached(output.from, gap)
    }

    fn resume_input(&mut self, now: u64, output: &AttachOutput) -> Result<(), Refusal> {
        let Some(outbox) = &mut self.outbox else { return Ok(()) };
        let missing = || Refusal::new(Code::MissingField, "input: is missing for one who types");
        if let Some(unsent) = outbox.resume(now, output.input.ok_or_else(missing)?)? {
            self.inbox.push_anyway(Viewed::Unsent(unsent.into()));
        }
        Ok(())
    }

    /// The holder has forgotten our writer: begins another. `false` if it cannot have known one.
    pub(super) fn begin_again(&mut self, writer: WriterId) -> bool {
        let Some(outbox) = &mut self.outbox else { return false };
        if outbox.claim().sent == Offset::ZERO {
            return false;
        }
        let unsent = outbox.begin_again(writer);
        if !unsent.is_empty() {
            self.inbox.push_anyway(Viewed::Unsent(unsent.into()));
        }
        true
    }

    /// How long to wait before the next attempt.
    pub(super) fn failed(&mut self, now: u64, chance: u32) -> Duration {
        Duration::from_millis(self.backoff.failed(now, chance))
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self, reason: Refusal) {
        self.inbox.push_anyway(Viewed::Detached(reason));
    }

    /// A frame of the open channel. Gives the reason if it was the last.
    pub(super) fn frame(&mut self, frame: &Frame) -> Result<Option<Refusal>, Refusal> {
        match frame.header.kind() {
            Kind::Snapshot => self.snapshot(frame).map(|()| None),
            Kind::Ack => self.applied(frame).map(|()| None),
            _ if self.gathering.is_begun() => {
                Err(Refusal::new(Code::UnexpectedFrame, "kind: nothing comes between the pieces of a snapshot"))
            }
            Kind::Output => self.output(frame).map(|()| None),
            _ => self.event(frame),
        }
    }

    fn snapshot(&mut self, frame: &Frame) -> Result<(), Refusal> {
        let Some(whole) = self.gathering.take(frame)? else { return Ok(()) };
        self.receiver.shown(whole.offset);
        self.inbox.push(Viewed::Snapshot { offset: whole.offset, is_skip: whole.is_skip, bytes: whole.bytes })
    }

    fn output(&mut self, frame: &Frame) -> Result<(), Refusal> {
        let offset = frame.header.offset();
        let new = self.receiver.take(offset, frame.payload.len())?;
        if new.is_empty() {
            return Ok(());
        }
        let offset = offset.plus(new.start as u64);
        self.inbox.push(Viewed::Output { offset, bytes: frame.payload.slice(new) })
    }

    fn applied(&mut self, frame: &Frame) -> Result<(), Refusal> {
        self.edits_lines = Some(frame.header.flags().has(Flags::ICANON));
        match &mut self.outbox {
            Some(outbox) if frame.payload.len() == 8 => outbox.acknowledge(frame.header.offset()),
            Some(_) => Err(Refusal::new(Code::FramePayload, "ack: one of input says in 8 bytes where it was written")),
            None => Err(Refusal::new(Code::UnexpectedFrame, "ack: this viewer does not type")),
        }
    }

    pub(super) const fn edits_lines(&self) -> Option<bool> {
        self.edits_lines
    }

    fn event(&mut self, frame: &Frame) -> Result<Option<Refusal>, Refusal> {
        let Control::Event(event) = control::decode(&frame.payload, Reading::Answers)? else {
            return Err(Refusal::new(Code::UnknownVariant, "t: a session's channel carries events"));
        };
        if event.seq != self.seq.wrapping_add(1) {
            return Err(Refusal::new(Code::OutOfRange, format!("seq: {} after {}", event.seq, self.seq)));
        }
        self.seq = event.seq;
        self.told(&event, frame.header.offset())
    }

    fn told(&mut self, event: &Event<'_>, at: Offset) -> Result<Option<Refusal>, Refusal> {
        let item = match event.topic {
            Gap::NAME => self.receiver.skip(decode_scanned(event.data)?)?.map(Viewed::Gap),
            Resized::NAME => Some(Viewed::Resized { at, size: decode_scanned::<Resized>(event.data)?.size }),
            Exited::NAME => {
                let status = decode_scanned::<Exited>(event.data)?.status;
                self.end_input();
                Some(Viewed::Exited { at, status })
            }
            Driver::NAME => return self.driver(decode_scanned::<Driver>(event.data)?.drives).map(|()| None),
            Clipboard::NAME => Some(Viewed::Clipboard(decode_scanned::<Clipboard>(event.data)?.text.into_vec().into())),
            Detached::NAME => return Ok(Some(decode_scanned::<Detached>(event.data)?.reason)),
            other => {
                return Err(Refusal::new(Code::UnknownVariant, format!("topic: {other} is not told on a channel")));
            }
        };
        item.map_or(Ok(()), |item| self.inbox.push(item)).map(|()| None)
    }

    fn end_input(&mut self) {
        self.has_exited = true;
        if let Some(outbox) = &mut self.outbox {
            outbox.drop_all();
        }
    }

    /// Gives the next item to whoever looks.
    pub(super) fn take(&mut self) -> Option<Viewed> {
        let (item, is_present) = self.inbox.pop()?;
        match &item {
            _ if !is_present => {}
            Viewed::Output { offset, bytes } => self.taken = Some(Taken::Output(offset.plus(bytes.len() as u64))),
            Viewed::Snapshot { offset, .. } => self.taken = Some(Taken::Snapshot(*offset)),
            _ => {}
        }
        Some(item)
    }

    /// The item taken last is done with: says so, unless more is at hand and it is too little to say.
    pub(super) fn acknowledge(&mut self, open: Option<(Channel, &FrameWriter)>) {
        let (Some((channel, writer)), Some(taken)) = (open, self.taken) else { return };
        let (flags, to) = match taken {
            Taken::Snapshot(at) => (Flags::LAST, at),
            Taken::Output(to) => (Flags::NONE, to),
        };
        let news = to.since(self.acked);
        let is_little = news == 0 || news < ACK_AT && !self.inbox.is_empty();
        if flags == Flags::NONE && is_little {
            return;
        }
        if let Ok(header) = Header::with_flags(Kind::Ack, flags, channel, to) {
            // A circuit that is over needs no ack; the next one is asked from where we are.
            let _ = writer.send(header, &[]);
        }
        (self.acked, self.taken) = (to, None);
    }

    /// Takes input in, as much as there is room for.
    pub(super) fn write(&mut self, now: u64, bytes: &[u8]) -> Result<usize, Refusal> {
        match &mut self.outbox {
            Some(_) if self.has_exited => Err(Refusal::new(Code::Ended, "the program has ended and reads no more")),
            Some(outbox) => Ok(outbox.write(now, bytes)),
            None => Err(Refusal::new(Code::ReadOnly, "this attachment only looks")),
        }
    }

    /// Sends what the window allows.
    pub(super) fn fly(&mut self, open: Option<(Channel, &FrameWriter)>) {
        let (Some((channel, writer)), Some(outbox)) = (open, &mut self.outbox) else { return };
        while let Some((offset, bytes)) = outbox.next_frame() {
            let sent = Header::new(Kind::Input, channel, offset).map(|header| writer.send(header, bytes));
            if !matches!(sent, Ok(Ok(()))) {
                // The circuit is over: the outbox keeps everything for the next.
                return;
            }
        }
    }

    /// Bytes that wait to be applied, and for how long the oldest has.
    pub(super) fn unapplied(&self, now: u64) -> (usize, Option<u64>) {
        let Some(outbox) = &self.outbox else { return (0, None) };
        (outbox.waiting(), outbox.waiting_since().map(|since| now.saturating_sub(since)))
    }
}
