//! What was sent to a viewer and is not acknowledged: frames of output and snapshots, in the order they left.
//!
//! A plain ack counts for output up to its offset, but never past a snapshot: it was said before that was shown, and the
//! offsets before a snapshot and behind it have nothing to do with each other. "The snapshot at S is shown" counts for all
//! that was sent up to it.

use std::collections::VecDeque;

use crate::code::{Code, Refusal};
use crate::id::Offset;

/// Frames that are told apart. Beyond it the newest counts as one with the frame before it: a viewer that acknowledges
/// nothing costs 40 KiB, however small the frames are.
const ITEMS: usize = 1024;

/// What was sent and not acknowledged.
#[derive(Debug, Clone, Default)]
pub struct SentLog {
    items: VecDeque<Item>,
    in_flight: u64,
    /// The viewer has parsed up to here.
    acked: Offset,
    /// The last snapshot that is known to be shown.
    shown: Option<Offset>,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    what: What,
    bytes: u64,
    at: u64,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// Output up to this offset.
    Output(Offset),
    /// The snapshot of this offset.
    Snapshot(Offset),
}

/// What an ack has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// So many bytes are no longer in flight.
    pub bytes: u64,
    /// When the newest frame was sent that is wholly acknowledged by it.
    pub sent_at: Option<u64>,
}

impl SentLog {
    /// A viewer that has everything up to here.
    pub fn new(acked: Offset) -> Self {
        Self { acked, ..Self::default() }
    }

    /// The viewer has parsed all output before this, or was told that it is lost.
    pub fn acked(&self) -> Offset {
        self.acked
    }

    /// Bytes that were sent and not acknowledged.
    pub fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Snapshots that were sent and not acknowledged.
    pub fn snapshots(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.what, What::Snapshot(_))).count()
    }

    /// The viewer has come to `to` with `len` bytes of output; with none, what precedes it was declared lost.
    pub fn output(&mut self, now: u64, to: Offset, len: u64) {
        self.in_flight += len;
        let is_full = self.items.len() >= ITEMS;
        match self.items.back_mut() {
            Some(Item { what: What::Output(end), bytes, at }) if is_full => {
                (*end, *at) = (to, now);
                *bytes += len;
            }
            _ => self.items.push_back(Item { what: What::Output(to), bytes: len, at: now }),
        }
    }

    /// The last piece of the snapshot at `at` has been sent; it had so many bytes.
    pub fn snapshot(&mut self, now: u64, at: Offset, bytes: u64) {
        self.in_flight += bytes;
        self.items.push_back(Item { what: What::Snapshot(at), bytes, at: now });
    }

    /// The viewer has parsed output up to here. What goes back counts for nothing, what was never sent is refused.
    pub fn acknowledge(&mut self, to: Offset) -> Result<Settled, Refusal> {
        let sent = self.items.iter().map(Item::end).chain([self.acked]).max().unwrap_or_default();
        if to > sent {
            return Err(Refusal::new(Code::Offset, format!("ack: {to} is beyond what was sent, {sent}")));
        }
        let mut settled = Settled::default();
        while let Some(item) = self.items.front_mut() {
            let What::Output(end) = item.what else { break };
            if end > to {
                // Of a frame that was parsed in part the rest is in flight.
                let done = item.bytes.saturating_sub(end.since(to));
                item.bytes -= done;
                settled.bytes += done;
                self.acked = self.acked.max(to);
                break;
            }
            settled.take(*item);
            self.acked = self.acked.max(end);
            self.items.pop_front();
        }
        self.in_flight -= settled.bytes;
        Ok(settled)
    }

    /// The snapshot at this offset is shown. Said twice it counts once; one that was never sent is refused.
    pub fn show(&mut self, at: Offset) -> Result<Settled, Refusal> {
        let place = self.items.iter().position(|item| matches!(item.what, What::Snapshot(of) if of == at));
        let Some(place) = place else {
            let again = self.shown == Some(at);
            let refusal = || Refusal::new(Code::Offset, format!("ack: no snapshot of {at} was sent"));
            return if again { Ok(Settled::default()) } else { Err(refusal()) };
        };
        let mut settled = Settled::default();
        self.items.drain(..=place).for_each(|item| settled.take(item));
        self.in_flight -= settled.bytes;
        (self.acked, self.shown) = (at, Some(at));
        Ok(settled)
    }
}

impl Item {
    fn end(&self) -> Offset {
        match self.what {
            What::Output(to) => to,
            What::Snapshot(at) => at,
        }
    }
}

impl Settled {
    fn take(&mut self, item: Item) {
        self.bytes += item.bytes;
        self.sent_at = Some(item.at);
    }
}

#[cfg(test)]
mod tests;
