//! What is due on the channels: output of the ring and pieces of snapshots, one channel after the other.

use std::ops::Bound;
use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{SendSnapshot, Share};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::machine::channels::Place;

use super::Session;
use crate::clock::micros;
use crate::outbox::Outbox;
use crate::screen::{Marks, Shared};
use crate::viewing::showing::{Piece, Wish};
use crate::viewing::{Next, Viewing};

/// A frame that is due on a channel.
pub(crate) struct Due {
    channel: Channel,
    pub(crate) header: Header,
    pub(crate) what: What,
}

/// Its payload, where it lies.
pub(crate) enum What {
    /// Bytes of the ring.
    Output { from: Offset, len: usize },
    /// A piece of a snapshot.
    Piece(Piece),
}

impl Session {
    /// What is due next, one channel after the other; events that come before it are put into the outbox.
    pub(crate) fn due(&mut self, marks: &Marks, outbox: &mut Outbox) -> Option<Due> {
        let (kept, exit, served) = (self.ring.kept(), self.exit, self.served);
        let after = (Bound::Excluded(served), Bound::Unbounded);
        let order: [(Bound<Channel>, Bound<Channel>); 2] = [after, (Bound::Unbounded, Bound::Included(served))];
        for range in order {
            for (channel, viewing) in self.viewings.range_mut(range) {
                let channel = *channel;
                let next = loop {
                    match viewing.next(kept, exit, marks, outbox) {
                        Next::Said => {}
                        next => break next,
                    }
                };
                let (header, what) = match next {
                    Next::Output { from, len } => {
                        (Header::new(Kind::Output, channel, from).ok()?, What::Output { from, len })
                    }
                    Next::Piece(piece) => {
                        let last = if piece.is_last() { Flags::LAST } else { Flags::NONE };
                        let flags = if piece.snapshot.is_skip { last.with(Flags::SKIP) } else { last };
                        let at = piece.snapshot.at;
                        (Header::with_flags(Kind::Snapshot, flags, channel, at).ok()?, What::Piece(piece))
                    }
                    Next::Rest | Next::Said => continue,
                };
                return Some(Due { channel, header, what });
            }
        }
        None
    }

    /// What was due has been sent.
    pub(crate) fn sent(&mut self, due: &Due) {
        self.served = due.channel;
        let Some(viewing) = self.viewings.get_mut(&due.channel) else { return };
        match &due.what {
            What::Output { len, .. } => viewing.viewer.sent(micros(), *len),
            What::Piece(piece) => viewing.sent_piece(piece),
        }
    }

    /// A viewer is to get a snapshot. An error is the link's.
    pub(crate) fn send_snapshot(&mut self, asked: SendSnapshot, outbox: &mut Outbox) -> Result<(), Refusal> {
        if self.channels.place(asked.channel)? == Place::Closed {
            return Ok(());
        }
        match self.viewings.get_mut(&asked.channel) {
            Some(viewing) if viewing.has_screen() => viewing.want(asked.history),
            _ => {
                let reason = Refusal::new(Code::UnexpectedFrame, "snapshot: this viewer takes bytes");
                self.detach(asked.channel, reason, outbox);
            }
        }
        Ok(())
    }

    /// A viewer is gone. One that needs every byte and did not mean to go is waited for.
    pub(super) fn left(&mut self, viewing: &Viewing, lost: bool) {
        if let Some(writer) = viewing.writer {
            self.ledger.release(writer);
        }
        if viewing.need().is_none() {
            self.memory.seen(Instant::now());
        }
        if let Some(need) = viewing.need().filter(|_| lost || self.is_piped()) {
            self.reserve.left(need);
        }
    }

    /// Where the output begins that must not be overwritten, and until when (microseconds).
    pub(crate) fn needed(&self) -> Option<(Offset, u64)> {
        let start = self.ring.kept().start;
        let here = self.viewings.values().filter_map(Viewing::need);
        let (from, until) = self.reserve.needed(micros(), here)?;
        Some((from.max(start), until))
    }

    /// Notes who has everything, before more is read: from now on they are waited for.
    pub(crate) fn note_needs(&mut self) {
        let (now, end) = (micros(), self.ring.kept().end);
        self.viewings.values_mut().for_each(|viewing| viewing.note_need(now, end));
    }

    /// So many channels share the connection behind this one. An error is the link's.
    pub(crate) fn share(&mut self, share: Share) -> Result<(), Refusal> {
        if self.channels.place(share.channel)? == Place::Open
            && let Some(viewing) = self.viewings.get_mut(&share.channel)
        {
            viewing.viewer.share(share.of);
        }
        Ok(())
    }

    /// What is to be made for viewers.
    pub(crate) fn wishes(&mut self) -> impl Iterator<Item = Wish> {
        let now = micros();
        self.viewings.values_mut().filter_map(move |viewing| viewing.wish(now))
    }

    /// When a viewer has a wish, if nothing happens before.
    pub(crate) fn skip_deadline(&self) -> Option<u64> {
        self.viewings.values().filter_map(Viewing::deadline).min()
    }

    /// Where those stand who are behind.
    pub(crate) fn behind(&self) -> impl Iterator<Item = Offset> {
        let end = self.ring.kept().end;
        self.viewings.values().flat_map(move |viewing| viewing.behind(end))
    }

    /// A snapshot for everyone who waits for it.
    pub(crate) fn offer(&mut self, snapshot: &Shared) {
        self.viewings.values_mut().for_each(|viewing| viewing.offer(snapshot));
    }
}
