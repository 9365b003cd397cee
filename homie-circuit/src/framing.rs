//! What stands before a frame on each carrier, and the WebSocket's own small frames.
//!
//! A client's frames are masked, as the WebSocket wants, with zeros: a mask keeps what a page sends from being read as
//! something else on its way, and our programs' way is all in TLS. So their payloads too go from where they lie.

use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::stream::preamble;

/// A WebSocket header: two bytes, up to eight of length, and a client's mask.
const WEBSOCKET_MAX: usize = 14;

/// In the second byte: a mask follows the length.
const MASKED: u8 = 0x80;

/// A client's mask, which changes nothing.
const MASK: [u8; 4] = [0; 4];

/// One whole binary message.
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

/// Bytes of text in a close frame: 125, less two of the code.
const CLOSE_TEXT_MAX: usize = 123;

/// How frames are told apart on the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Four bytes of length before each.
    Prefixed,
    /// One binary message is one frame; this side is the server.
    WebSocket,
    /// The same; this side is the client.
    Masked,
}

/// Everything of a frame before its payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    bytes: [u8; WEBSOCKET_MAX + HEADER_LEN],
    len: usize,
}

impl Head {
    pub(crate) fn of(framing: Framing, header: Header, payload_len: usize) -> Self {
        let mut head = Self { bytes: [0; WEBSOCKET_MAX + HEADER_LEN], len: 0 };
        match framing {
            Framing::Prefixed => head.push(&preamble(header, payload_len)),
            Framing::WebSocket | Framing::Masked => {
                head.start(framing, BINARY, HEADER_LEN + payload_len);
                head.push(&header.to_bytes());
            }
        }
        head
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn start(&mut self, framing: Framing, opcode: u8, len: usize) {
        let masked = if framing == Framing::Masked { MASKED } else { 0 };
        match (u8::try_from(len), u16::try_from(len)) {
            (Ok(short @ ..=125), _) => self.push(&[opcode, masked | short]),
            (_, Ok(middle)) => {
                self.push(&[opcode, masked | 0x7e]);
                self.push(&middle.to_be_bytes());
            }
            _ => {
                self.push(&[opcode, masked | 0x7f]);
                self.push(&(len as u64).to_be_bytes());
            }
        }
        if framing == Framing::Masked {
            self.push(&MASK);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(bytes);
            self.len = end;
        }
    }
}

/// The WebSocket's own pong. A ping has at most 125 bytes, or it was refused.
pub(crate) fn websocket_pong(framing: Framing, payload: &[u8]) -> Vec<u8> {
    small(framing, PONG, &[payload])
}

/// The WebSocket's own farewell; other carriers have none.
pub(crate) fn websocket_close(framing: Framing, code: u16, text: &str) -> Vec<u8> {
    if framing == Framing::Prefixed {
        return Vec::new();
    }
    let end = text.floor_char_boundary(CLOSE_TEXT_MAX);
    small(framing, CLOSE, &[&code.to_be_bytes(), text.get(..end).unwrap_or_default().as_bytes()])
}

fn small(framing: Framing, opcode: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut head = Head { bytes: [0; WEBSOCKET_MAX + HEADER_LEN], len: 0 };
    head.start(framing, opcode, len);
    [&[head.bytes()], parts].concat().concat()
}

#[cfg(test)]
mod tests {
    use homie_protocol::frame::Kind;
    use homie_protocol::id::{Channel, Offset};

    use super::*;

    fn websocket_head(framing: Framing, payload_len: usize) -> Vec<u8> {
        let header = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
        let head = Head::of(framing, header, payload_len);
        let (start, rest) = head.bytes().split_at(head.bytes().len() - HEADER_LEN);
        assert_eq!(rest, header.to_bytes());
        start.to_vec()
    }

    #[test]
    fn the_three_lengths_of_a_websocket_frame() {
        let head = |len| websocket_head(Framing::WebSocket, len);
        assert_eq!(head(109), [0x82, 125]);
        assert_eq!(head(110), [0x82, 126, 0, 126]);
        assert_eq!(head(65_519), [0x82, 126, 255, 255]);
        assert_eq!(head(65_520), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_client_masks_with_zeros() {
        let head = |len| websocket_head(Framing::Masked, len);
        assert_eq!(head(109), [0x82, 0xfd, 0, 0, 0, 0]);
        assert_eq!(head(110), [0x82, 0xfe, 0, 126, 0, 0, 0, 0]);
        assert_eq!(head(65_520), [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(websocket_pong(Framing::Masked, b"x"), [0x8a, 0x81, 0, 0, 0, 0, b'x']);
    }

    #[test]
    fn a_long_farewell_is_cut_between_characters() {
        let close = websocket_close(Framing::WebSocket, 4301, &"ü".repeat(100));
        assert_eq!(close[..4], [0x88, 124, 0x10, 0xcd]);
        assert_eq!(std::str::from_utf8(&close[4..]).unwrap(), "ü".repeat(61));
    }
}
