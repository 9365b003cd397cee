//! Input that waits until the terminal takes it, in the order it came.
//!
//! The ledger bounds what waits of one writer. All writers together may have [`INPUT_TOTAL`] waiting; the channel whose
//! frame goes beyond is closed.

use std::collections::VecDeque;

use homie_protocol::id::WriterId;
use homie_protocol::limits::PAYLOAD_MAX;

/// Bytes that may wait for a terminal that does not read: sixteen writers with a full window each.
pub(crate) const INPUT_TOTAL: usize = 1024 * 1024;

/// Bytes of writers, oldest first.
#[derive(Default)]
pub(crate) struct InputQueue {
    pieces: VecDeque<Piece>,
    waiting: usize,
}

struct Piece {
    writer: WriterId,
    bytes: Vec<u8>,
    written: usize,
}

impl InputQueue {
    /// Whether so many bytes more may wait.
    pub(crate) fn has_room(&self, len: usize) -> bool {
        self.waiting + len <= INPUT_TOTAL
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, writer: WriterId, bytes: &[u8]) {
        self.waiting += bytes.len();
        match self.pieces.back_mut() {
            Some(last) if last.writer == writer && last.bytes.len() + bytes.len() <= PAYLOAD_MAX => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.pieces.push_back(Piece { writer, bytes: bytes.to_vec(), written: 0 }),
        }
    }

    /// The bytes to write next, and whose they are.
    pub(crate) fn front(&self) -> Option<(WriterId, &[u8])> {
        let piece = self.pieces.front()?;
        Some((piece.writer, piece.bytes.get(piece.written..).unwrap_or_default()))
    }

    /// The first `len` bytes of the front have been written.
    pub(crate) fn wrote(&mut self, len: usize) {
        let Some(piece) = self.pieces.front_mut() else { return };
        piece.written += len;
        self.waiting = self.waiting.saturating_sub(len);
        if piece.written >= piece.bytes.len() {
            self.pieces.pop_front();
        }
    }

    /// Drops what waits of one writer.
    pub(crate) fn forget(&mut self, writer: WriterId) {
        self.pieces.retain(|piece| piece.writer != writer);
        self.waiting = self.pieces.iter().map(|piece| piece.bytes.len() - piece.written).sum();
    }

    /// Drops everything: there is no terminal any more.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: WriterId = WriterId::from_bytes([1; 8]);
    const TWO: WriterId = WriterId::from_bytes([2; 8]);

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
        queue.forget(ONE);
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
    }
}
