//! The session without its terminal and sockets: what the node's messages and the terminal's bytes do to it.
//!
//! Whoever misbehaves on a channel loses that channel: the link carries other viewers too.

mod memory;
mod serving;
mod telling;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::encode;
use homie_protocol::event::Detached;
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{Close, FromHolder, HOLDER_REMEMBERS, LinkWelcome, Open, OpenRefused, Opened};
use homie_protocol::id::{Channel, Incarnation, Offset, SessionId, WriterId};
use homie_protocol::machine::channels::{Channels, Place};
use homie_protocol::machine::ledger::{Fresh, Ledger};
use homie_protocol::machine::viewer::Viewer;
use homie_protocol::machine::window::Class;
use homie_protocol::methods::session::{AttachMode, Delivery, ExitStatus, InputState, Size, WriterClaim};

use crate::activity::Activity;
use crate::asked::Asked;
use crate::clock::{micros, millis};
use crate::face::{Faces, Seldom};
use crate::input::{InputQueue, Typist};
use crate::outbox::Outbox;
use crate::reserve::Reserve;
use crate::ring::Ring;
use crate::viewing::Viewing;
use crate::viewing::showing::Showing;

use memory::Memory;
pub(crate) use serving::What;

/// Bytes of the ring that a viewer of the screen who comes back still gets one by one; from farther back a snapshot is less.
const NEAR: u64 = 256 * 1024;

/// How long an ack of input waits for the echo, which mostly comes within it: whoever waits for both is woken once.
const ACK_REST: Duration = Duration::from_micros(500);

/// What never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) session: SessionId,
    pub(crate) incarnation: Incarnation,
    pub(crate) pid: u32,
    pub(crate) holder: u32,
    pub(crate) created_at: u64,
    /// It has pipes and no terminal.
    pub(crate) pipes: bool,
}

pub(crate) struct Session {
    facts: Facts,
    pub(crate) ring: Ring,
    pub(crate) input: InputQueue,
    pub(crate) asked: Asked,
    reserve: Reserve,
    pub(crate) faces: Faces,
    activity: Activity,
    /// What the next node is to know.
    pub(crate) memory: Memory,
    ledger: Ledger,
    channels: Channels,
    viewings: BTreeMap<Channel, Viewing>,
    /// The channel that was served last; the next one is served next.
    served: Channel,
    size: Size,
    /// Who typed last, on a channel.
    last_typist: Option<WriterId>,
    /// What a program has put into their clipboard, until it is told. Told at most twice a second; the last one counts.
    clipboard: Option<Vec<u8>>,
    pasting: Seldom,
    /// How often the size has changed, and where in the output it did last.
    resizes: u32,
    resized_at: Option<Offset>,
    exit: Option<ExitStatus>,
    /// The terminal's modes at the last write.
    modes: Flags,
    /// When acks of input are due, if some are.
    acks_due: Option<Instant>,
    changed: bool,
}

impl Session {
    pub(crate) fn new(facts: Facts, size: Size, face: Faces) -> Self {
        Self {
            facts,
            faces: face,
            last_typist: None,
            clipboard: None,
            pasting: Seldom::default(),
            ring: Ring::new(),
            input: InputQueue::default(),
            asked: Asked::default(),
            reserve: if facts.pipes { Reserve::endless() } else { Reserve::new() },
            activity: Activity::new(Instant::now(), facts.created_at),
            memory: Memory::new(facts.pipes, Instant::now()),
            ledger: Ledger::default(),
            channels: Channels::of_viewers(),
            viewings: BTreeMap::new(),
            served: Channel::CIRCUIT,
            size,
            resizes: 0,
            resized_at: None,
            exit: None,
            modes: Flags::NONE,
            acks_due: None,
            changed: false,
        }
    }

    pub(crate) fn is_piped(&self) -> bool {
        self.facts.pipes
    }

    pub(crate) fn exit(&self) -> Option<ExitStatus> {
        self.exit
    }

    /// A new link has come: it knows no channel yet and is told everything.
    pub(crate) fn welcome(&mut self, version: u16) -> FromHolder {
        self.unlink();
        self.faces.told(Instant::now());
        let Facts { session, incarnation, pid, holder: holder_pid, .. } = self.facts;
        let kept = self.ring.kept();
        let (size, exit) = (self.size, self.exit);
        FromHolder::Welcome(LinkWelcome {
            version,
            session,
            incarnation,
            pid,
            holder_pid,
            size,
            start: kept.start,
            end: kept.end,
            exit,
            last_activity_at: self.activity.at(),
            face: self.faces.face(),
            history_bytes: self.faces.history_bytes(),
            memory: (version >= HOLDER_REMEMBERS).then(|| self.memory.told(Instant::now())),
        })
    }

    /// The link is gone, and its channels and wishes with it. Input that came is still written.
    pub(crate) fn unlink(&mut self) {
        self.input.disown();
        self.asked = Asked::default();
        for viewing in std::mem::take(&mut self.viewings).into_values() {
            self.left(&viewing, true);
        }
        self.channels = Channels::of_viewers();
        self.acks_due = None;
        self.changed = false;
        self.clipboard = None;
    }

    /// Opens a channel, or says why not. An error is the link's: the node cannot count.
    pub(crate) fn open(&mut self, open: Open, outbox: &mut Outbox) -> Result<(), Refusal> {
        let channel = open.channel;
        let answer = match self.channels.open(channel) {
            Ok(()) => self.admit(open, outbox),
            Err(busy) if busy.code == Code::Busy => Err(busy),
            Err(refusal) => return Err(refusal),
        };
        let answer = match answer {
            Ok(opened) => FromHolder::Opened(opened),
            Err(reason) => {
                self.channels.close(channel);
                FromHolder::OpenRefused(OpenRefused { channel, reason })
            }
        };
        tell(&answer, outbox);
        Ok(())
    }

    fn admit(&mut self, open: Open, outbox: &mut Outbox) -> Result<Opened, Refusal> {
        if self.is_piped() && open.delivery == Delivery::Screen {
            return Err(Refusal::new(Code::WrongState, "delivery: a program with pipes has no screen"));
        }
        let writer = claim_of(open)?;
        let kept = self.ring.kept();
        let class = if open.delivery == Delivery::Lossless { Class::Lossless } else { Class::Viewer };
        let snapshot = open.delivery == Delivery::Screen && !self.is_near(open.from);
        // One that is brought up to date by a snapshot waits for it where the output stands.
        let from = if snapshot && open.from.is_none_or(|from| from <= kept.end) { Some(kept.end) } else { open.from };
        let (viewer, gap) = Viewer::open(micros(), class, from, kept)?;
        let input = writer.map(|claim| self.claim(claim, outbox)).transpose()?;
        let from = viewer.next();
        let mut viewing = Viewing::new(open.channel, viewer, writer.map(|claim| claim.id), open.delivery);
        viewing.showing = Showing::new(self.resizes, snapshot);
        if open.delivery == Delivery::Lossless {
            self.reserve.back(from);
        }
        self.viewings.insert(open.channel, viewing);
        Ok(Opened { channel: open.channel, from, gap, input, size: self.size, snapshot })
    }

    /// Whether a viewer that has all output before this is brought up to date by the rest. If the size has changed
    /// since, it is not: what it shows was never of this size.
    fn is_near(&self, from: Option<Offset>) -> bool {
        let Some(from) = from else { return false };
        let kept = self.ring.kept();
        from >= kept.start && kept.end.since(from) <= NEAR && self.resized_at.is_none_or(|at| from > at)
    }

    /// A writer comes, perhaps again: its older channel is closed, so that what still comes there is not typed twice, and
    /// what has not reached the terminal is its own to send again.
    fn claim(&mut self, claim: WriterClaim, outbox: &mut Outbox) -> Result<InputState, Refusal> {
        let state = self.ledger.claim(claim)?;
        self.input.forget(claim.id);
        let older = self.viewings.values().find(|viewing| viewing.writer == Some(claim.id)).map(|older| older.channel);
        if let Some(older) = older {
            self.detach(older, Refusal::new(Code::Displaced, "this writer is attached anew"), outbox);
        }
        Ok(state)
    }

    /// The node closes a channel.
    pub(crate) fn close(&mut self, Close { channel, lost }: Close) -> Result<(), Refusal> {
        if self.channels.place(channel)? == Place::Open {
            self.channels.close(channel);
            if let Some(viewing) = self.viewings.remove(&channel) {
                self.left(&viewing, lost);
            }
        }
        Ok(())
    }

    /// A frame on a session's channel. An error is the link's.
    pub(crate) fn frame(&mut self, header: Header, payload: &[u8], outbox: &mut Outbox) -> Result<(), Refusal> {
        let channel = header.channel();
        if self.channels.place(channel)? == Place::Closed {
            return Ok(());
        }
        let done = match header.kind() {
            Kind::Input => self.type_in(channel, header.offset(), payload),
            Kind::Ack => self.viewings.get_mut(&channel).map_or(Ok(()), |viewing| viewing.acknowledge(header, payload)),
            Kind::Control | Kind::Output | Kind::Snapshot | Kind::Chunk | Kind::Ping | Kind::Pong => {
                Err(Refusal::new(Code::UnexpectedFrame, "a viewer sends input and acks"))
            }
        };
        if let Err(reason) = done {
            if let Some(writer) = self.viewings.get(&channel).and_then(|viewing| viewing.writer) {
                self.ledger.release(writer);
            }
            self.detach(channel, reason, outbox);
        }
        Ok(())
    }

    fn type_in(&mut self, channel: Channel, offset: Offset, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(viewing) = self.viewings.get_mut(&channel) else { return Ok(()) };
        let Some(writer) = viewing.writer else {
            return Err(Refusal::new(Code::ReadOnly, "this viewer looks and does not type"));
        };
        if self.exit.is_some() {
            // Nobody reads it any more, and what the program printed last is still on its way to the viewer.
            return Ok(());
        }
        match self.ledger.fresh(writer, offset, bytes)? {
            Fresh::Apply(fresh) if !self.input.has_room(fresh.len()) => {
                return Err(Refusal::new(Code::Busy, "input: the program does not read, too much waits for it"));
            }
            Fresh::Apply(fresh) => {
                self.ledger.accept(writer, fresh.len());
                self.last_typist = Some(writer);
                self.faces.typed(self.ring.kept().end);
                self.input.push(Typist::Writer(writer), fresh);
            }
            Fresh::Duplicate => {
                viewing.ack = Some((self.ring.kept().end, self.modes));
                self.acks_due.get_or_insert_with(Instant::now);
            }
        }
        Ok(())
    }

    /// Types for somebody without a channel, whom nobody else knows as a writer.
    pub(crate) fn type_once(&mut self, ask: u32, bytes: &[u8]) {
        if self.exit.is_some() {
            self.asked.answer(ask, Err(over()));
        } else if self.input.has_room(bytes.len()) {
            self.ledger.stranger();
            self.faces.typed(self.ring.kept().end);
            self.input.push(Typist::Ask(ask), bytes);
        } else {
            let reason = Refusal::new(Code::Busy, "bytes: the program does not read, too much waits for it");
            self.asked.answer(ask, Err(reason));
        }
    }

    /// The terminal has taken the first `len` bytes that wait, in these modes.
    pub(crate) fn typed(&mut self, len: usize, modes: Flags) {
        let Some((typist, _)) = self.input.front() else { return };
        let is_done = self.input.wrote(len);
        self.modes = modes;
        self.stirred();
        match typist {
            Typist::Writer(writer) => self.written(writer, len, modes),
            Typist::Ask(ask) if is_done => self.asked.answer(ask, Ok(())),
            Typist::Ask(_) | Typist::Nobody => {}
        }
    }

    /// Something was printed or typed.
    pub(crate) fn stirred(&mut self) {
        self.changed |= self.activity.note(Instant::now(), millis);
    }

    fn written(&mut self, writer: WriterId, len: usize, modes: Flags) {
        self.ledger.applied(writer, len);
        self.acks_due.get_or_insert_with(|| Instant::now() + ACK_REST);
        let at = self.ring.kept().end;
        for viewing in self.viewings.values_mut().filter(|viewing| viewing.writer == Some(writer)) {
            viewing.typed(at, modes);
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// The terminal has another size from here on.
    pub(crate) fn resized(&mut self, size: Size) {
        self.size = size;
        self.changed = true;
        let at = self.ring.kept().end;
        self.resizes = self.resizes.wrapping_add(1);
        self.resized_at = Some(at);
        self.viewings.values_mut().for_each(|viewing| viewing.mark(at, size, self.resizes));
    }

    /// How often the size has changed.
    pub(crate) fn resizes(&self) -> u32 {
        self.resizes
    }

    /// The program has ended and no output follows.
    pub(crate) fn exited(&mut self, status: ExitStatus) {
        self.exit = Some(status);
        self.changed = true;
        self.activity.last(millis());
        self.hung_up();
    }

    /// Nobody reads any more what was typed.
    pub(crate) fn hung_up(&mut self) {
        for ask in self.input.clear() {
            self.asked.answer(ask, Err(over()));
        }
    }

    /// Closes a channel from our side and says why.
    fn detach(&mut self, channel: Channel, reason: Refusal, outbox: &mut Outbox) {
        self.channels.close(channel);
        let Some(mut viewing) = self.viewings.remove(&channel) else { return };
        viewing.say(viewing.viewer.next(), &Detached { reason }, outbox);
    }
}

/// Says something on channel 0.
pub(crate) fn tell(message: &FromHolder, outbox: &mut Outbox) {
    // Our own messages always encode; if one did not, the node would miss an answer and close the link.
    if let Ok(payload) = encode(message) {
        outbox.push(Header::CIRCUIT, &payload);
    }
}

/// Why nothing can be done to a session whose program has ended.
pub(crate) fn over() -> Refusal {
    Refusal::new(Code::Ended, "session: its program has ended")
}

fn claim_of(open: Open) -> Result<Option<WriterClaim>, Refusal> {
    match (open.mode, open.writer) {
        (AttachMode::Interactive, Some(claim)) => Ok(Some(claim)),
        (AttachMode::Interactive, None) => Err(Refusal::new(Code::MissingField, "writer: needed to type")),
        (AttachMode::Watch, None) => Ok(None),
        (AttachMode::Watch, Some(_)) => Err(Refusal::new(Code::ReadOnly, "writer: a watching viewer has none")),
    }
}
