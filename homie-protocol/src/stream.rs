//! Frames on a unix socket: a 4-byte length, then header and payload.

use crate::code::{Code, Refusal};
use crate::frame::{HEADER_LEN, Header};
use crate::limits::FRAME_MAX;

/// Bytes before header and payload: the length.
pub const PREFIX_LEN: usize = 4;

/// Prefix and header of a frame with a payload of this length: write these, then the payload where it is.
pub fn preamble(header: Header, payload_len: usize) -> [u8; PREFIX_LEN + HEADER_LEN] {
    let mut bytes = [0; PREFIX_LEN + HEADER_LEN];
    // A payload that a header allows fits into the prefix a thousand times.
    let len = u32::try_from(HEADER_LEN + payload_len).unwrap_or(u32::MAX);
    let (prefix, rest) = bytes.split_at_mut(PREFIX_LEN);
    prefix.copy_from_slice(&len.to_be_bytes());
    rest.copy_from_slice(&header.to_bytes());
    bytes
}

/// The length of the frame behind a prefix, checked before anything is kept for it.
pub fn frame_len(prefix: [u8; PREFIX_LEN]) -> Result<usize, Refusal> {
    let len = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
    if len < HEADER_LEN {
        return Err(Refusal::new(Code::FrameShort, "length: a frame has at least 16 bytes"));
    }
    if len > FRAME_MAX {
        return Err(Refusal::new(Code::TooLarge, format!("length: a frame has at most {FRAME_MAX} bytes")));
    }
    Ok(len)
}

/// Turns bytes as they arrive into frames. It holds at most one frame and what came with it.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    bytes: Vec<u8>,
    start: usize,
}

impl FrameDecoder {
    /// Takes what a read has brought.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` means not yet. After an error the link is over.
    pub fn next_frame(&mut self) -> Result<Option<(Header, &[u8])>, Refusal> {
        let waiting = self.bytes.get(self.start..).unwrap_or_default();
        let Some((prefix, rest)) = waiting.split_first_chunk::<PREFIX_LEN>() else { return Ok(None) };
        let len = frame_len(*prefix)?;
        let Some(frame) = rest.get(..len) else { return Ok(None) };
        self.start += PREFIX_LEN + len;
        Header::parse(frame).map(Some)
    }
}
