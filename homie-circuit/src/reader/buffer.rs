//! What was read, and the room behind it, in one piece of memory. It is zeroed once, when it is made: a read of a few bytes
//! touches a few bytes.

use bytes::BytesMut;

/// Room made at once.
const ROOM: usize = 16 * 1024;

/// Room that is too little to read into. Whoever keeps a frame keeps the room it came in, so that small frames must share
/// it: 64 Ki frames of one byte are a window that nobody takes, and must not cost a gigabyte.
const LITTLE: usize = 2 * 1024;

/// Bytes, and room for more.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// What was read.
    pub(super) bytes: BytesMut,
    room: BytesMut,
}

impl Buffer {
    /// Where the next bytes go: so many, or more.
    pub(super) fn room(&mut self, missing: usize) -> &mut [u8] {
        if self.room.len() < missing.max(LITTLE) {
            self.make_room(missing.max(ROOM));
        }
        &mut self.room
    }

    /// The first `len` bytes of the room were read.
    pub(super) fn advance(&mut self, len: usize) {
        // One lies behind the other, so nothing is copied.
        self.bytes.unsplit(self.room.split_to(len));
    }

    fn make_room(&mut self, len: usize) {
        let mut bytes = BytesMut::zeroed(self.bytes.len() + len);
        self.room = bytes.split_off(self.bytes.len());
        bytes.copy_from_slice(&self.bytes);
        self.bytes = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(buffer: &mut Buffer, bytes: &[u8]) {
        buffer.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        buffer.advance(bytes.len());
    }

    #[test]
    fn what_was_read_stays_in_one_piece_where_it_lies() {
        let mut buffer = Buffer::default();
        read(&mut buffer, b"abc");
        let place = buffer.bytes.as_ptr();
        read(&mut buffer, b"def");
        assert_eq!((&buffer.bytes[..], buffer.bytes.as_ptr()), (&b"abcdef"[..], place));
        let frame = buffer.bytes.split_to(4);
        read(&mut buffer, &[b'g'; ROOM]);
        assert_eq!(buffer.bytes.len(), 2 + ROOM);
        assert!(buffer.bytes.starts_with(b"efg") && &frame[..] == b"abcd");
    }

    #[test]
    fn small_frames_share_their_room() {
        let mut buffer = Buffer::default();
        let mut rooms = std::collections::HashSet::new();
        let frames: Vec<BytesMut> = (0..ROOM)
            .map(|_| {
                read(&mut buffer, b"x");
                rooms.insert(buffer.room.as_ptr().wrapping_add(buffer.room.len()));
                buffer.bytes.split()
            })
            .collect();
        assert_eq!((frames.len(), rooms.len()), (ROOM, 2));
    }
}
