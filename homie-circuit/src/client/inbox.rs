//! What has arrived for one attachment and was not taken yet. Pure.
//!
//! Bounds: the server may have one window unacknowledged, which grows with the link, and an attachment attaches again only
//! while little waits here; so more than both, or a flood of events or snapshots, is a server out of its
//! mind, and its circuit is ended.

use std::collections::VecDeque;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::WINDOW_MAX;

use super::attachment::Viewed;

/// Bytes that may wait when it is attached again.
const FEW: u64 = 64 * 1024;

/// Bytes of snapshots. A server sends the next when the one before is shown; two full ones fit.
const SNAPSHOTS: u64 = 64 * 1024 * 1024;

/// Events between bytes of output. A person who resizes a window by hand makes a hundred.
const EVENTS: usize = 1024;

/// Items in order.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    items: VecDeque<Viewed>,
    bytes: u64,
    snapshots: u64,
    events: usize,
    /// How many of the items came over an earlier channel, which nobody acknowledges any more.
    earlier: usize,
}

impl Inbox {
    /// Takes an item in.
    pub(super) fn push(&mut self, item: Viewed) -> Result<(), Refusal> {
        match &item {
            Viewed::Output { bytes, .. } if self.bytes + bytes.len() as u64 > FEW + WINDOW_MAX => {
                return Err(Refusal::new(Code::Offset, "output: more than the window came unacknowledged"));
            }
            Viewed::Snapshot { bytes, .. } if self.snapshots + bytes.len() as u64 > SNAPSHOTS => {
                return Err(Refusal::new(Code::Busy, "snapshot: more came than were taken"));
            }
            Viewed::Output { bytes, .. } => self.bytes += bytes.len() as u64,
            Viewed::Snapshot { bytes, .. } => self.snapshots += bytes.len() as u64,
            _ if self.events >= EVENTS => return Err(Refusal::new(Code::Busy, "events: more came than were taken")),
            _ => self.events += 1,
        }
        self.items.push_back(item);
        Ok(())
    }

    /// Takes in what must not be lost, whatever waits: the end, and what a person has typed. Both are rare.
    pub(super) fn push_anyway(&mut self, item: Viewed) {
        self.events += 1;
        self.items.push_back(item);
    }

    /// Another channel begins.
    pub(super) fn turn(&mut self) {
        self.earlier = self.items.len();
    }

    /// Gives the oldest item, and whether it came over the present channel.
    pub(super) fn pop(&mut self) -> Option<(Viewed, bool)> {
        let item = self.items.pop_front()?;
        let is_present = self.earlier == 0;
        self.earlier = self.earlier.saturating_sub(1);
        match &item {
            Viewed::Output { bytes, .. } => self.bytes -= bytes.len() as u64,
            Viewed::Snapshot { bytes, .. } => self.snapshots -= bytes.len() as u64,
            _ => self.events -= 1,
        }
        Some((item, is_present))
    }

    /// Whether so much waits that no more is asked for.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > FEW || self.events > EVENTS / 2 || self.snapshots > SNAPSHOTS / 2
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use homie_protocol::id::Offset;
    use homie_protocol::limits::PAYLOAD_MAX;
    use homie_protocol::methods::session::Size;

    use super::*;

    fn output(len: usize) -> Viewed {
        Viewed::Output { offset: Offset::ZERO, bytes: Bytes::from(vec![0; len]) }
    }

    #[test]
    fn two_windows_and_not_a_byte_more() {
        let mut inbox = Inbox::default();
        inbox.push(output(PAYLOAD_MAX)).unwrap();
        assert!(!inbox.is_full());
        for _ in 0..WINDOW_MAX / PAYLOAD_MAX as u64 {
            inbox.push(output(PAYLOAD_MAX)).unwrap();
            assert!(inbox.is_full());
        }
        assert!(inbox.push(output(1)).is_err());
        inbox.pop();
        inbox.push(output(1)).unwrap();
    }

    #[test]
    fn snapshots_have_a_bound_of_their_own() {
        let mut inbox = Inbox::default();
        let snapshot =
            |len: usize| Viewed::Snapshot { offset: Offset::ZERO, is_skip: false, bytes: Bytes::from(vec![0; len]) };
        let half = usize::try_from(SNAPSHOTS / 2).unwrap();
        inbox.push(snapshot(half)).unwrap();
        assert!(!inbox.is_full());
        inbox.push(snapshot(half)).unwrap();
        assert!(inbox.is_full());
        assert_eq!(inbox.push(snapshot(1)).unwrap_err().code, Code::Busy);
        inbox.push(output(1)).unwrap();
        inbox.pop();
        assert!(!inbox.is_full());
    }

    #[test]
    fn items_of_an_earlier_channel_are_known_as_such() {
        let mut inbox = Inbox::default();
        inbox.push(output(1)).unwrap();
        inbox.push(output(2)).unwrap();
        inbox.turn();
        inbox.push(output(3)).unwrap();
        let present: Vec<bool> = std::iter::from_fn(|| inbox.pop().map(|(_, is_present)| is_present)).collect();
        assert_eq!(present, [false, false, true]);
    }

    #[test]
    fn a_flood_of_events_is_refused_and_the_last_word_is_not() {
        let mut inbox = Inbox::default();
        let event = || Viewed::Resized { at: Offset::ZERO, size: Size::default() };
        while inbox.push(event()).is_ok() {}
        assert!(inbox.is_full());
        inbox.push_anyway(event());
        let items = std::iter::from_fn(|| inbox.pop()).count();
        assert_eq!(items, EVENTS + 1);
        inbox.push(event()).unwrap();
    }
}
