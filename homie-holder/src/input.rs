//! Input that waits until the terminal takes it, in the order it came.
//!
//! The ledger bounds what waits of one writer. All together may have [`INPUT_TOTAL`] waiting, in [`PIECES`]; the channel
//! whose frame goes beyond is closed, the wish refused.

use std::collections::VecDeque;

use homie_protocol::id::WriterId;
use homie_protocol::limits::PAYLOAD_MAX;

/// Bytes that may wait for a terminal that does not read: sixteen writers with a full window each.
pub(crate) const INPUT_TOTAL: usize = 1024 * 1024;

/// Bytes that may wait when an answer to a query comes: keys must not stand behind a megabyte of answers.
const ANSWERS: usize = 64 * 1024;

/// Changes of who types that may wait: more are a peer's, not people's.
const PIECES: usize = 4096;

/// Who has typed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typist {
    /// A writer, on its channel.
    Writer(WriterId),
    /// A wish of the node, all of whose bytes these are.
    Ask(u32),
    /// A wish of a node that is gone.
    Nobody,
}

/// Bytes of typists, oldest first.
#[derive(Default)]
pub(crate) struct InputQueue {
    pieces: VecDeque<Piece>,
    waiting: usize,
}

struct Piece {
    typist: Typist,
    bytes: Vec<u8>,
    written: usize,
}

impl InputQueue {
    /// Whether so many bytes more may wait.
    pub(crate) fn has_room(&self, len: usize) -> bool {
        self.waiting + len <= INPUT_TOTAL && self.pieces.len() < PIECES
    }

    /// Whether so many bytes more of an answer may wait: a program that asks and does not read gets no further ones.
    pub(crate) fn has_room_for_answer(&self, len: usize) -> bool {
        self.waiting + len <= ANSWERS && self.pieces.len() < PIECES
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, typist: Typist, bytes: &[u8]) {
        self.waiting += bytes.len();
        let is_writer = matches!(typist, Typist::Writer(_));
        match self.pieces.back_mut() {
            Some(last) if is_writer && last.typist == typist && last.bytes.len() + bytes.len() <= PAYLOAD_MAX => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.pieces.push_back(Piece { typist, bytes: bytes.to_vec(), written: 0 }),
        }
    }

    /// The bytes to write next, and whose they are.
    pub(crate) fn front(&self) -> Option<(Typist, &[u8])> {
        let piece = self.pieces.front()?;
        Some((piece.typist, piece.bytes.get(piece.written..).unwrap_or_default()))
    }

    /// The first `len` bytes of the front have been written. Whether that was the rest of them.
    pub(crate) fn wrote(&mut self, len: usize) -> bool {
        let Some(piece) = self.pieces.front_mut() else { return false };
        piece.written += len;
        self.waiting = self.waiting.saturating_sub(len);
        let is_done = piece.written >= piece.bytes.len();
        if is_done {
            self.pieces.pop_front();
        }
        is_done
    }

    /// Drops what waits of one writer.
    pub(crate) fn forget(&mut self, writer: WriterId) {
        self.pieces.retain(|piece| piece.typist != Typist::Writer(writer));
        self.waiting = self.pieces.iter().map(|piece| piece.bytes.len() - piece.written).sum();
    }

    /// The node is gone: what it wished for is typed all the same, and nobody hears of it.
    pub(crate) fn disown(&mut self) {
        for piece in self.pieces.iter_mut().filter(|piece| matches!(piece.typist, Typist::Ask(_))) {
            piece.typist = Typist::Nobody;
        }
    }

    /// Drops everything: there is no terminal any more. Gives the wishes that were not fulfilled.
    pub(crate) fn clear(&mut self) -> Vec<u32> {
        let pieces = std::mem::take(self).pieces.into_iter();
        pieces.filter_map(|piece| if let Typist::Ask(ask) = piece.typist { Some(ask) } else { None }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: WriterId = WriterId::from_bytes([1; 8]);
    const ONE: Typist = Typist::Writer(FIRST);
    const TWO: Typist = Typist::Writer(WriterId::from_bytes([2; 8]));

    #[test]
    fn order_is_kept_over_partial_writes_and_a_forgotten_writer() {
        let mut queue = InputQueue::default();
        queue.push(ONE, b"ab");
        queue.push(ONE, b"cd");
        queue.push(TWO, b"xyz");
        queue.push(ONE, b"e");
        assert_eq!(queue.front(), Some((ONE, &b"abcd"[..])));
        queue.wrote(3);
        assert_eq!(queue.front(), Some((ONE, &b"d"[..])));
        queue.forget(FIRST);
        assert_eq!(queue.front(), Some((TWO, &b"xyz"[..])));
        queue.wrote(3);
        assert_eq!(queue.front(), None);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut queue = InputQueue::default();
        queue.push(ONE, &vec![0; INPUT_TOTAL - 1]);
        assert!(queue.has_room(1));
        assert!(!queue.has_room(2));
        queue.wrote(10);
        assert!(queue.has_room(11));
        queue.clear();
        assert!(queue.has_room(INPUT_TOTAL));
        for ask in 0..PIECES {
            assert!(queue.has_room(1));
            queue.push(Typist::Ask(u32::try_from(ask).unwrap()), b"x");
        }
        assert!(!queue.has_room(1));
    }

    #[test]
    fn a_wish_is_told_when_all_of_it_is_written_and_when_none_will_be() {
        let mut queue = InputQueue::default();
        queue.push(Typist::Ask(7), b"ab");
        queue.push(Typist::Ask(7), b"c");
        assert!(!queue.wrote(1));
        assert!(queue.wrote(1));
        assert_eq!(queue.front(), Some((Typist::Ask(7), &b"c"[..])));
        queue.disown();
        queue.push(Typist::Ask(8), b"d");
        assert_eq!(queue.front(), Some((Typist::Nobody, &b"c"[..])));
        assert_eq!(queue.clear(), [8]);
    }
}
