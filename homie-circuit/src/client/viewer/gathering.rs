//! Puts the pieces of a snapshot together. Pure.

use bytes::{Bytes, BytesMut};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Flags;
use homie_protocol::id::Offset;

use crate::frame::Frame;

/// Bytes of one snapshot: 10,000 lines of a full history, each with many colours. More is a server out of its mind.
const SNAPSHOT: usize = 32 * 1024 * 1024;

/// A snapshot that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) offset: Offset,
    pub(super) is_skip: bool,
    pub(super) bytes: Bytes,
}

/// The pieces so far.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    begun: Option<(Offset, bool)>,
    pieces: BytesMut,
}

impl Gathering {
    /// Takes a piece; gives the snapshot with its last one.
    pub(super) fn take(&mut self, frame: &Frame) -> Result<Option<Whole>, Refusal> {
        let (offset, flags) = (frame.header.offset(), frame.header.flags());
        let is_skip = flags.has(Flags::SKIP);
        if *self.begun.get_or_insert((offset, is_skip)) != (offset, is_skip) {
            return Err(Refusal::new(Code::Offset, "snapshot: a piece of another one came before its last"));
        }
        if self.pieces.len() + frame.payload.len() > SNAPSHOT {
            return Err(Refusal::new(Code::TooLarge, format!("snapshot: has more than {SNAPSHOT} bytes")));
        }
        // Most have one piece, which stays where it was read.
        if self.pieces.is_empty() && flags.has(Flags::LAST) {
            self.begun = None;
            return Ok(Some(Whole { offset, is_skip, bytes: frame.payload.clone() }));
        }
        self.pieces.extend_from_slice(&frame.payload);
        if !flags.has(Flags::LAST) {
            return Ok(None);
        }
        self.begun = None;
        Ok(Some(Whole { offset, is_skip, bytes: self.pieces.split().freeze() }))
    }

    /// Whether the last piece of one is still to come.
    pub(super) const fn is_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// What was begun will not be ended: its circuit is over.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::frame::{Header, Kind};
    use homie_protocol::id::Channel;

    use super::*;

    fn piece(offset: u64, flags: Flags, payload: &'static [u8]) -> Frame {
        let header = Header::with_flags(Kind::Snapshot, flags, Channel::new(1), Offset::new(offset).unwrap()).unwrap();
        Frame { header, payload: Bytes::from_static(payload) }
    }

    #[test]
    fn pieces_become_one() {
        let mut gathering = Gathering::default();
        assert_eq!(gathering.take(&piece(7, Flags::NONE, b"one ")), Ok(None));
        assert!(gathering.is_begun());
        assert_eq!(gathering.take(&piece(7, Flags::NONE, b"two ")), Ok(None));
        let whole = gathering.take(&piece(7, Flags::LAST, b"three")).unwrap().unwrap();
        assert_eq!((whole.offset.get(), whole.is_skip, &whole.bytes[..]), (7, false, &b"one two three"[..]));
        let skip = gathering.take(&piece(9, Flags::LAST.with(Flags::SKIP), b"")).unwrap().unwrap();
        assert_eq!((skip.offset.get(), skip.is_skip, skip.bytes.len()), (9, true, 0));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let mut gathering = Gathering::default();
        gathering.take(&piece(7, Flags::NONE, b"one")).unwrap();
        assert_eq!(gathering.take(&piece(8, Flags::LAST, b"two")).unwrap_err().code, Code::Offset);
        assert_eq!(gathering.take(&piece(7, Flags::SKIP, b"two")).unwrap_err().code, Code::Offset);
        gathering.forget();
        assert!(gathering.take(&piece(8, Flags::LAST, b"two")).unwrap().is_some());
    }

    #[test]
    fn one_that_never_ends_is_refused() {
        static MUCH: [u8; 64 * 1024] = [0; 64 * 1024];
        let mut gathering = Gathering::default();
        for _ in 0..SNAPSHOT / MUCH.len() {
            assert_eq!(gathering.take(&piece(7, Flags::NONE, &MUCH)), Ok(None));
        }
        assert_eq!(gathering.take(&piece(7, Flags::NONE, b"x")).unwrap_err().code, Code::TooLarge);
    }
}
