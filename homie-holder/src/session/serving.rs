//! What is due on the channels: output of the ring and pieces of snapshots, one channel after the other.

use std::ops::Bound;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{SendSnapshot, Share};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::machine::channels::Place;

use super::Session;
use crate::clock::micros;
use crate::outbox::Outbox;
use crate::screen::Shared;
use crate::viewing::Next;
use crate::viewing::showing::Piece;

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
    pub(crate) fn due(&mut self, outbox: &mut Outbox) -> Option<Due> {
        let (kept, exit, served) = (self.ring.kept(), self.exit, self.served);
        let after = (Bound::Excluded(served), Bound::Unbounded);
        let order: [(Bound<Channel>, Bound<Channel>); 2] = [after, (Bound::Unbounded, Bound::Included(served))];
        for range in order {
            for (channel, viewing) in self.viewings.range_mut(range) {
                let channel = *channel;
                let next = loop {
                    match viewing.next(kept, exit, outbox) {
                        Next::Said => {}
                        next => break next,
                    }
                };
                let (header, what) = match next {
                    Next::Output { from, len } => {
                        (Header::new(Kind::Output, channel, from).ok()?, What::Output { from, len })
                    }
                    Next::Piece(piece) => {
                        let flags = if piece.is_last() { Flags::LAST } else { Flags::NONE };
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
            Some(viewing) if viewing.has_screen() => viewing.showing.want(asked.history),
            _ => {
                let reason = Refusal::new(Code::UnexpectedFrame, "snapshot: this viewer takes bytes");
                self.detach(asked.channel, reason, outbox);
            }
        }
        Ok(())
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

    /// The lines of history of the snapshots that viewers wait for.
    pub(crate) fn wishes(&self) -> impl Iterator<Item = u32> {
        self.viewings.values().filter_map(|viewing| viewing.showing.wish())
    }

    /// A snapshot for everyone who waits for it.
    pub(crate) fn offer(&mut self, snapshot: &Shared) {
        self.viewings.values_mut().for_each(|viewing| viewing.offer(snapshot));
    }
}
