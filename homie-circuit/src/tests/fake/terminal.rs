//! A terminal that echoes what is typed, with the ledger and the viewers a holder has.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{SessionChanged, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Incarnation, Offset, WriterId};
use homie_protocol::limits::OUTPUT_FRAME;
use homie_protocol::machine::ledger::{Fresh, Ledger};
use homie_protocol::machine::viewer::Kept;
use homie_protocol::methods::session::{Gap, ResizeParams, SessionInfo};
use tokio::sync::Notify;

use super::{BIRTH, SESSION};
use crate::{Frame, FrameWriter};

/// Bytes that a viewer may have unacknowledged. A holder measures how many.
pub(in crate::tests) const WINDOW: u64 = 64 * 1024;

/// The terminal: it outlives every circuit.
pub(in crate::tests) struct Terminal {
    pub(in crate::tests) birth: Incarnation,
    pub(in crate::tests) output: Vec<u8>,
    /// Bytes below this are lost.
    pub(in crate::tests) start: u64,
    pub(in crate::tests) typed: Vec<u8>,
    pub(in crate::tests) ledger: Ledger,
    /// While it is held, input is accepted and not applied.
    pub(in crate::tests) holds_input: bool,
    pub(in crate::tests) edits_lines: bool,
    pub(in crate::tests) starts: usize,
    pub(in crate::tests) list: Vec<SessionInfo>,
    /// Acks of output as they came, and whether each was one of a snapshot.
    pub(in crate::tests) acks: Vec<(u64, bool)>,
    pub(in crate::tests) resized: Vec<ResizeParams>,
    pub(in crate::tests) shown: Vec<bool>,
    pub(super) seats: HashMap<(usize, Channel), Seat>,
    pub(super) subscribers: Vec<(FrameWriter, u32)>,
    /// A start was asked for, or a seat is empty again.
    pub(super) changed: Arc<Notify>,
}

/// A viewer of one circuit, on one channel.
pub(in crate::tests) struct Seat {
    pub(super) writer: FrameWriter,
    pub(super) next: Offset,
    pub(super) acked: Offset,
    pub(super) who: Option<WriterId>,
    pub(super) seq: u32,
    /// The response that opens the channel is out.
    pub(super) open: bool,
    /// A snapshot is to come first.
    pub(super) snapshot: bool,
    /// Snapshots that were sent and not acknowledged.
    pub(super) unshown: VecDeque<Offset>,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            birth: BIRTH,
            output: Vec::new(),
            start: 0,
            typed: Vec::new(),
            ledger: Ledger::default(),
            holds_input: false,
            edits_lines: false,
            starts: 0,
            list: vec![info("first")],
            acks: Vec::new(),
            resized: Vec::new(),
            shown: Vec::new(),
            seats: HashMap::new(),
            subscribers: Vec::new(),
            changed: Arc::default(),
        }
    }
}

pub(in crate::tests) fn info(name: &str) -> SessionInfo {
    SessionInfo {
        command: vec!["sh".to_owned()],
        cwd: "/".to_owned(),
        pid: Some(2),
        holder_pid: Some(3),
        ..SessionInfo::begun(SESSION, BIRTH, name.to_owned(), 1)
    }
}

impl Terminal {
    pub(super) fn kept(&self) -> Kept {
        Kept { start: Offset::new(self.start).unwrap(), end: Offset::new(self.output.len() as u64).unwrap() }
    }

    pub(in crate::tests) fn print(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        self.pump();
    }

    pub(in crate::tests) fn pump(&mut self) {
        let kept = self.kept();
        for ((_, channel), seat) in &mut self.seats {
            if seat.open && std::mem::take(&mut seat.snapshot) {
                seat.paint(*channel, kept, "screen", false);
            }
            if seat.open && seat.next < kept.start {
                let gap = Gap { from: seat.next, to: kept.start };
                (seat.next, seat.acked) = (gap.to, gap.to);
                seat.seq += 1;
                let _ = seat.writer.control(*channel, gap.from, &gap.encode(seat.seq).unwrap());
            }
            while seat.open && seat.room(kept) > 0 {
                let (at, len) = (usize::try_from(seat.next.get()).unwrap(), seat.room(kept));
                let header = Header::new(Kind::Output, *channel, seat.next).unwrap();
                let _ = seat.writer.send(header, &self.output[at..at + len]);
                seat.next = seat.next.plus(len as u64);
            }
        }
    }

    /// Sends every viewer a snapshot that says this, in two pieces.
    pub(in crate::tests) fn paint(&mut self, text: &str, is_skip: bool) {
        let kept = self.kept();
        for ((_, channel), seat) in &mut self.seats {
            seat.paint(*channel, kept, text, is_skip);
        }
    }

    /// Sends the first piece of one and no other.
    pub(in crate::tests) fn begin_to_paint(&mut self) {
        let end = self.kept().end;
        for ((_, channel), seat) in &mut self.seats {
            let _ = seat.writer.send(Header::new(Kind::Snapshot, *channel, end).unwrap(), b"half of a");
        }
    }

    /// Tells every viewer an event.
    pub(in crate::tests) fn say(&mut self, event: &impl Topic) {
        let end = self.kept().end;
        for ((_, channel), seat) in &mut self.seats {
            seat.seq += 1;
            let _ = seat.writer.control(*channel, end, &event.encode(seat.seq).unwrap());
        }
    }

    /// Tells every subscriber.
    pub(in crate::tests) fn change(&mut self, change: &SessionChanged) {
        for (writer, seq) in &mut self.subscribers {
            *seq += 1;
            let _ = writer.control(Channel::CIRCUIT, Offset::ZERO, &change.encode(*seq).unwrap());
        }
    }

    /// Bytes in flight to the viewer that has most.
    pub(in crate::tests) fn in_flight(&self) -> u64 {
        self.seats.values().map(|seat| seat.next.since(seat.acked)).max().unwrap_or(0)
    }

    pub(in crate::tests) fn seats(&self) -> usize {
        self.seats.len()
    }

    pub(super) fn input(&mut self, seat: (usize, Channel), frame: &Frame) -> Result<(), Refusal> {
        let Some(Seat { who: Some(who), .. }) = self.seats.get(&seat) else {
            return Err(Refusal::new(Code::ReadOnly, "no writer"));
        };
        let who = *who;
        let fresh = match self.ledger.fresh(who, frame.header.offset(), &frame.payload)? {
            Fresh::Apply(fresh) => fresh.to_vec(),
            Fresh::Duplicate => Vec::new(),
        };
        self.ledger.accept(who, fresh.len());
        if self.holds_input {
            return Ok(());
        }
        let at = self.output.len() as u64;
        self.typed.extend_from_slice(&fresh);
        let applied = self.ledger.applied(who, fresh.len()).unwrap();
        let flags = if self.edits_lines { Flags::ICANON } else { Flags::NONE };
        let header = Header::with_flags(Kind::Ack, flags, seat.1, applied).unwrap();
        let _ = self.seats[&seat].writer.send(header, &at.to_be_bytes());
        self.print(&fresh);
        Ok(())
    }
}

impl Seat {
    /// How many bytes go into the next frame.
    fn room(&self, kept: Kept) -> usize {
        let room = WINDOW - self.next.since(self.acked);
        usize::try_from(kept.end.since(self.next).min(room)).unwrap().min(OUTPUT_FRAME)
    }

    /// The viewer has parsed up to here.
    pub(super) fn acknowledge(&mut self, to: Offset) -> Result<(), Refusal> {
        if to > self.next {
            return Err(Refusal::new(Code::Offset, "ack: it is beyond what was sent"));
        }
        self.acked = self.acked.max(to);
        Ok(())
    }

    fn paint(&mut self, channel: Channel, kept: Kept, text: &str, is_skip: bool) {
        let flags = if is_skip { Flags::SKIP } else { Flags::NONE };
        let (first, last) = text.as_bytes().split_at(text.len() / 2);
        for (flags, piece) in [(flags, first), (flags.with(Flags::LAST), last)] {
            let header = Header::with_flags(Kind::Snapshot, flags, channel, kept.end).unwrap();
            let _ = self.writer.send(header, piece);
        }
        (self.next, self.acked) = (kept.end, kept.end);
        self.unshown.push_back(kept.end);
    }
}
