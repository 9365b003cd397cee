//! One open channel: a viewer's place in the output, what has its place between the bytes, and the ack that is due.

pub(crate) mod history;
mod lagging;
pub(crate) mod showing;

use std::collections::VecDeque;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{Clipboard, Exited, Resized, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::machine::viewer::{Kept, Step, Viewer};
use homie_protocol::methods::session::{Delivery, ExitStatus, Gap, Size};

use history::{Asking, Wanted};
use lagging::{Lagging, Pace};
use serde_bytes::ByteBuf;
use showing::{Piece, Showing, Wish};

use crate::clock::micros;
use crate::outbox::Outbox;
use crate::reserve::Need;
use crate::screen::{Marks, Shared};

/// Resizes that wait until a viewer has come to them. Beyond it the oldest is left out: the next one replaces its size.
const MARKS: usize = 32;

/// One viewer of the session.
pub(crate) struct Viewing {
    pub(crate) channel: Channel,
    pub(crate) viewer: Viewer,
    pub(crate) writer: Option<WriterId>,
    /// The output offset and the terminal's modes when input was last written; said with the next ack.
    pub(crate) ack: Option<(Offset, Flags)>,
    delivery: Delivery,
    /// A text for this viewer's clipboard.
    pub(crate) clipboard: Option<Vec<u8>>,
    pub(crate) showing: Showing,
    asking: Asking,
    lagging: Lagging,
    marks: VecDeque<Mark>,
    seq: u32,
    ended: bool,
    /// When it last acknowledged something, or had everything (microseconds).
    heard: u64,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Offset,
    size: Size,
    resizes: u32,
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
    /// This piece of a snapshot.
    Piece(Piece),
}

impl Viewing {
    pub(crate) fn new(channel: Channel, viewer: Viewer, writer: Option<WriterId>, delivery: Delivery) -> Self {
        Self {
            channel,
            viewer,
            writer,
            ack: None,
            delivery,
            clipboard: None,
            showing: Showing::default(),
            asking: Asking::default(),
            lagging: Lagging::default(),
            marks: VecDeque::new(),
            seq: 0,
            ended: false,
            heard: micros(),
        }
    }

    /// What must be kept for it, if it needs every byte.
    pub(crate) fn need(&self) -> Option<Need> {
        let need = Need { from: self.viewer.acked(), heard: self.heard };
        (self.delivery == Delivery::Lossless).then_some(need)
    }

    /// If it has everything, it is waited for from now on.
    pub(crate) fn note_need(&mut self, now: u64, end: Offset) {
        if self.viewer.acked() == end {
            self.heard = now;
        }
    }

    /// Whether it is sent snapshots.
    pub(crate) fn has_screen(&self) -> bool {
        self.delivery == Delivery::Screen
    }

    /// It is to get a snapshot with so many lines of history, as far as its link can take them.
    pub(crate) fn want(&mut self, lines: u32) {
        self.showing.want(self.asking.ask(lines, self.viewer.window()));
    }

    /// The terminal has another size from this offset on, for the `resizes`th time.
    pub(crate) fn mark(&mut self, at: Offset, size: Size, resizes: u32) {
        let replaces = self.marks.back().is_some_and(|last| last.at == at);
        if replaces {
            self.marks.pop_back();
        } else if self.marks.len() >= MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark { at, size, resizes });
    }

    /// Says what has its place here, or tells which bytes come next.
    pub(crate) fn next(&mut self, kept: Kept, exit: Option<ExitStatus>, marks: &Marks, outbox: &mut Outbox) -> Next {
        if let Some(resizes) = self.showing.begins()
            && let Some(mark) = self.last_mark(|mark| mark.resizes <= resizes)
        {
            self.say_size(mark, outbox);
            return Next::Said;
        }
        if let Some(piece) = self.showing.piece() {
            return Next::Piece(piece);
        }
        if self.showing.is_blank() {
            return Next::Rest;
        }
        if let Some(text) = self.clipboard.take() {
            self.say(self.viewer.next(), &Clipboard { text: ByteBuf::from(text) }, outbox);
            return Next::Said;
        }
        if let Some(mark) = self.marks.pop_front_if(|mark| mark.at <= self.viewer.next()) {
            self.say_size(mark, outbox);
            if self.has_screen() {
                // No two terminals reflow alike.
                self.showing.want(Wanted::NOTHING);
            }
            return Next::Said;
        }
        let mut until = self.marks.front().map(|mark| mark.at);
        if self.has_screen() {
            match self.lagging.look(&self.viewer, kept, marks) {
                Pace::Goes => {}
                Pace::GoesTo(at) => until = Some(until.map_or(at, |until| until.min(at))),
                Pace::Rests => return Next::Rest,
            }
        }
        match self.viewer.step(kept, until) {
            Step::Send { from, len } => Next::Output { from, len },
            Step::Gap(_) if self.has_screen() => {
                // What the ring has lost does not matter to who shows a screen.
                self.showing.want(Wanted::NOTHING);
                Next::Rest
            }
            Step::Gap(gap) => self.skip(gap, outbox),
            Step::Rest => self.end(kept, exit, outbox),
        }
    }

    /// The last of the first marks that are so. Of several sizes at one place the last one counts.
    fn last_mark(&mut self, so: impl Fn(&Mark) -> bool) -> Option<Mark> {
        let mut last = None;
        while let Some(mark) = self.marks.pop_front_if(|mark| so(mark)) {
            last = Some(mark);
        }
        last
    }

    fn say_size(&mut self, mark: Mark, outbox: &mut Outbox) {
        self.showing.resized(mark.resizes);
        self.say(self.viewer.next(), &Resized { size: mark.size }, outbox);
    }

    /// A piece of a snapshot has been sent; the last one moves the viewer to where output goes on.
    pub(crate) fn sent_piece(&mut self, piece: &Piece) {
        if let Some(at) = self.showing.sent(piece) {
            let now = micros();
            self.viewer.snapshot(now, at, piece.snapshot.bytes.len() as u64);
            self.lagging.shown_all(now, &self.viewer);
        }
    }

    /// Takes a snapshot if it is the one that it waits for.
    pub(crate) fn offer(&mut self, snapshot: &Shared) {
        match snapshot.since {
            Some(since) if self.lagging.rests_at(&self.viewer, since) && self.showing.is_free(true) => {
                self.showing.take(snapshot);
            }
            Some(_) => {}
            None => self.showing.offer(snapshot),
        }
    }

    /// What is to be made for it now.
    pub(crate) fn wish(&mut self, now: u64) -> Option<Wish> {
        let in_haste = self.lagging.hastens(now);
        let due = self.lagging.due(now, &self.viewer);
        if let Some(history) = self.showing.wish() {
            return Some(Wish::Snapshot(history));
        }
        let most = due.filter(|_| self.showing.is_free(in_haste))?;
        Some(Wish::Skip { since: self.viewer.next(), most })
    }

    /// When it has a wish, if nothing happens before.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.lagging.deadline(&self.viewer)
    }

    /// Where it stands, if it is a viewer of the screen that has not all of the output; and where it is about to stand.
    pub(crate) fn behind(&self, end: Offset) -> impl Iterator<Item = Offset> {
        let stands = Some(self.viewer.next()).filter(|at| self.has_screen() && *at < end);
        stands.into_iter().chain(self.showing.going_to())
    }

    /// What it has typed reached the terminal, in these modes, when the output stood here.
    pub(crate) fn typed(&mut self, at: Offset, modes: Flags) {
        self.ack = Some((at, modes));
        self.viewer.typed(at);
        self.lagging.typed(micros());
    }

    /// Says an event on this channel, at its place in the output.
    pub(crate) fn say(&mut self, at: Offset, event: &impl Topic, outbox: &mut Outbox) {
        self.seq = self.seq.wrapping_add(1);
        // An event of ours always encodes, and a session's channel may carry it anywhere.
        if let (Ok(header), Ok(payload)) = (Header::new(Kind::Control, self.channel, at), event.encode(self.seq)) {
            outbox.push(header, &payload);
        }
    }

    /// The viewer is done up to here. What it acknowledges before it shows a snapshot was sent before it.
    pub(crate) fn acknowledge(&mut self, header: Header, payload: &[u8]) -> Result<(), Refusal> {
        if !payload.is_empty() || !Flags::LAST.has(header.flags()) {
            let message = "ack: one of output has no payload and at most the flag last";
            return Err(Refusal::new(Code::FramePayload, message));
        }
        self.heard = micros();
        if header.flags() != Flags::LAST {
            return self.viewer.acknowledge(self.heard, header.offset());
        }
        self.viewer.show(self.heard, header.offset())?;
        self.showing.shown(header.offset());
        Ok(())
    }

    fn skip(&mut self, gap: Gap, outbox: &mut Outbox) -> Next {
        self.viewer.skipped(micros(), gap);
        // Of the sizes inside the gap the last one counts.
        while self.marks.get(1).is_some_and(|second| second.at <= gap.to) {
            self.marks.pop_front();
        }
        self.say(gap.from, &gap, outbox);
        Next::Said
    }

    fn end(&mut self, kept: Kept, exit: Option<ExitStatus>, outbox: &mut Outbox) -> Next {
        let Some(status) = exit else { return Next::Rest };
        if self.ended || self.showing.is_open() || self.viewer.next() != kept.end {
            return Next::Rest;
        }
        self.ended = true;
        self.say(kept.end, &Exited { status }, outbox);
        Next::Said
    }
}
