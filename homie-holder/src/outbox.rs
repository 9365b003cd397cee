//! What waits to be written to one link: the rest of a half-written frame, and control frames.
//!
//! Output is never queued: it goes from the ring to the socket, and of a frame that the socket took in part only the rest
//! is kept. More than [`QUEUE`] bytes waiting means that the node asks and does not read: the link is closed.

use std::io::{self, ErrorKind, IoSlice, Write};

use homie_protocol::frame::Header;
use homie_protocol::stream::preamble;

/// Bytes that may wait: a thousand answers, or one frame of output and nearly as many.
const QUEUE: usize = 256 * 1024;

/// What became of a frame that was offered to the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// The socket has it, or the beginning of it and the outbox the rest.
    Taken,
    /// The socket is full; nothing of the frame was written.
    Full,
}

#[derive(Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
}

impl Outbox {
    /// Adds a control frame, an ack or a pong, behind the frame that is half written.
    pub(crate) fn push(&mut self, header: Header, payload: &[u8]) {
        if self.is_over_the_bound() {
            return;
        }
        self.bytes.extend_from_slice(&preamble(header, payload.len()));
        self.bytes.extend_from_slice(payload);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// Whether the link must be closed, because its peer does not read.
    pub(crate) fn is_over_the_bound(&self) -> bool {
        self.bytes.len() - self.written > QUEUE
    }

    /// Writes what waits; `false` if the socket is full before the end.
    pub(crate) fn flush(&mut self, mut socket: impl Write) -> io::Result<bool> {
        while !self.is_empty() {
            let rest = self.bytes.get(self.written..).unwrap_or_default();
            let Some(len) = unless_full(socket.write(rest))? else {
                self.forget_written();
                return Ok(false);
            };
            self.written += len;
        }
        self.forget_written();
        Ok(true)
    }

    /// Writes a frame behind what waits, in one call, without copying what the socket takes of it.
    pub(crate) fn offer(&mut self, mut socket: impl Write, header: Header, payload: [&[u8]; 2]) -> io::Result<Offer> {
        let [first, second] = payload;
        let preamble = preamble(header, first.len() + second.len());
        let frame = [&preamble[..], first, second];
        let before = self.bytes.get(self.written..).unwrap_or_default();
        let pieces = [before, &preamble[..], first, second].map(IoSlice::new);
        let Some(len) = unless_full(socket.write_vectored(&pieces))? else { return Ok(Offer::Full) };
        let before = before.len();
        self.written += len.min(before);
        self.forget_written();
        if len <= before {
            return Ok(Offer::Full);
        }
        let mut taken = len - before;
        for piece in frame {
            self.bytes.extend_from_slice(piece.get(taken..).unwrap_or_default());
            taken = taken.saturating_sub(piece.len());
        }
        Ok(Offer::Taken)
    }

    fn forget_written(&mut self) {
        self.bytes.drain(..self.written);
        self.written = 0;
    }
}

fn unless_full(written: io::Result<usize>) -> io::Result<Option<usize>> {
    match written {
        Ok(0) => Err(ErrorKind::WriteZero.into()),
        Ok(len) => Ok(Some(len)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        // Nothing was written; the caller comes back when the socket can take something.
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::frame::Kind;
    use homie_protocol::id::{Channel, Offset};

    use super::*;

    /// A socket that takes so many bytes, then is full.
    struct Socket {
        room: usize,
        seen: Vec<u8>,
    }

    impl Write for &mut Socket {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let len = bytes.len().min(self.room);
            if len == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.room -= len;
            self.seen.extend_from_slice(&bytes[..len]);
            Ok(len)
        }

        fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
            let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
            self.write(&bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_cut_anywhere_arrives_whole_and_before_what_follows() {
        let output = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
        let mut expected = preamble(output, 6).to_vec();
        expected.extend_from_slice(b"abcdef");
        expected.extend_from_slice(&preamble(Header::CIRCUIT, 2));
        expected.extend_from_slice(b"xy");
        for cut in 0..expected.len() {
            let mut socket = Socket { room: cut, seen: Vec::new() };
            let mut outbox = Outbox::default();
            let offer = outbox.offer(&mut socket, output, [b"abc", b"def"]).unwrap();
            assert_eq!(offer == Offer::Full, cut == 0);
            if offer == Offer::Full {
                socket.room = 1000;
                assert_eq!(outbox.offer(&mut socket, output, [b"abc", b"def"]).unwrap(), Offer::Taken);
            }
            outbox.push(Header::CIRCUIT, b"xy");
            socket.room += 1;
            outbox.flush(&mut socket).unwrap();
            socket.room = 1000;
            assert!(outbox.flush(&mut socket).unwrap());
            assert_eq!(socket.seen, expected);
        }
    }

    #[test]
    fn what_waits_goes_before_a_frame_in_one_call() {
        let output = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
        let before = preamble(Header::CIRCUIT, 2).len() + 2;
        let whole = before + preamble(output, 3).len() + 3;
        for room in 0..=whole {
            let mut socket = Socket { room, seen: Vec::new() };
            let mut outbox = Outbox::default();
            outbox.push(Header::CIRCUIT, b"xy");
            let offer = outbox.offer(&mut socket, output, [b"abc", b""]).unwrap();
            assert_eq!(offer == Offer::Taken, room > before, "room for {room}");
            socket.room = 1000;
            if offer == Offer::Full {
                assert_eq!(outbox.offer(&mut socket, output, [b"abc", b""]).unwrap(), Offer::Taken);
            }
            assert!(outbox.flush(&mut socket).unwrap());
            assert_eq!(socket.seen.len(), whole);
            assert!(socket.seen.ends_with(b"abc"));
        }
    }

    #[test]
    fn a_peer_that_does_not_read_is_noticed() {
        let mut outbox = Outbox::default();
        for _ in 0..1000 {
            outbox.push(Header::CIRCUIT, &[0; 1000]);
        }
        assert!(outbox.is_over_the_bound());
        assert!(outbox.bytes.len() <= QUEUE + 2000);
    }
}
