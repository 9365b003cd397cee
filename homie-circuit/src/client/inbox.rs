//! What has arrived for one attachment and was not taken yet. Pure.
//!
//! Bounds: the server may have one window unacknowledged, and an attachment attaches again only while at most a window
//! waits here; so more than two windows, or a flood of events, is a server out of its mind, and its circuit is ended.

use std::collections::VecDeque;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::OUTPUT_WINDOW;

use super::attachment::Viewed;

/// Events between bytes of output. A person who resizes a window by hand makes a hundred.
const EVENTS: usize = 1024;

/// Items in order.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    items: VecDeque<Viewed>,
    bytes: u64,
    events: usize,
    /// How many of the items belong to an earlier incarnation, whose offsets mean nothing any more.
    earlier: usize,
}

impl Inbox {
    /// Takes an item in.
    pub(super) fn push(&mut self, item: Viewed) -> Result<(), Refusal> {
        if let Viewed::Output { bytes, .. } = &item {
            if self.bytes + bytes.len() as u64 > 2 * OUTPUT_WINDOW {
                return Err(Refusal::new(Code::Offset, "output: more than the window came unacknowledged"));
            }
            self.bytes += bytes.len() as u64;
        } else {
            if self.events >= EVENTS {
                return Err(Refusal::new(Code::Busy, "events: more came than were taken"));
            }
            self.events += 1;
        }
        self.items.push_back(item);
        Ok(())
    }

    /// Takes in what must not be lost, whatever waits: the end, and what a person has typed. Both are rare.
    pub(super) fn push_anyway(&mut self, item: Viewed) {
        self.events += 1;
        self.items.push_back(item);
    }

    /// Another incarnation begins.
    pub(super) fn turn(&mut self) {
        self.earlier = self.items.len();
    }

    /// Gives the oldest item, and whether it belongs to the present incarnation.
    pub(super) fn pop(&mut self) -> Option<(Viewed, bool)> {
        let item = self.items.pop_front()?;
        let is_present = self.earlier == 0;
        self.earlier = self.earlier.saturating_sub(1);
        match &item {
            Viewed::Output { bytes, .. } => self.bytes -= bytes.len() as u64,
            _ => self.events -= 1,
        }
        Some((item, is_present))
    }

    /// Whether so much waits that no more is asked for.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > OUTPUT_WINDOW || self.events > EVENTS / 2
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
        inbox.push(output(PAYLOAD_MAX)).unwrap();
        assert!(inbox.is_full());
        assert!(inbox.push(output(1)).is_err());
        inbox.pop();
        inbox.push(output(1)).unwrap();
    }

    #[test]
    fn items_of_an_earlier_birth_are_known_as_such() {
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
