//! What stands before a frame on each carrier, and the WebSocket's own small frames. A server's frames are not masked.

use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::stream::preamble;

/// A WebSocket header of a server: two bytes, and up to eight of length.
const WEBSOCKET_MAX: usize = 10;

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
    /// One binary message is one frame.
    WebSocket,
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
            Framing::WebSocket => {
                head.start(BINARY, HEADER_LEN + payload_len);
                head.push(&header.to_bytes());
            }
        }
        head
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn start(&mut self, opcode: u8, len: usize) {
        match (u8::try_from(len), u16::try_from(len)) {
            (Ok(short @ ..=125), _) => self.push(&[opcode, short]),
            (_, Ok(middle)) => {
                self.push(&[opcode, 126]);
                self.push(&middle.to_be_bytes());
            }
            _ => {
                self.push(&[opcode, 127]);
                self.push(&(len as u64).to_be_bytes());
            }
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
pub(crate) fn websocket_pong(payload: &[u8]) -> Vec<u8> {
    small(PONG, &[payload])
}

/// The WebSocket's own farewell.
pub(crate) fn websocket_close(code: u16, text: &str) -> Vec<u8> {
    let end = text.floor_char_boundary(CLOSE_TEXT_MAX);
    small(CLOSE, &[&code.to_be_bytes(), text.get(..end).unwrap_or_default().as_bytes()])
}

fn small(opcode: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut head = Head { bytes: [0; WEBSOCKET_MAX + HEADER_LEN], len: 0 };
    head.start(opcode, len);
    [&[head.bytes()], parts].concat().concat()
}

#[cfg(test)]
mod tests {
    use homie_protocol::frame::Kind;
    use homie_protocol::id::{Channel, Offset};

    use super::*;

    fn websocket_head(payload_len: usize) -> Vec<u8> {
        let header = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
        let head = Head::of(Framing::WebSocket, header, payload_len);
        let (start, rest) = head.bytes().split_at(head.bytes().len() - HEADER_LEN);
        assert_eq!(rest, header.to_bytes());
        start.to_vec()
    }

    #[test]
    fn the_three_lengths_of_a_websocket_frame() {
        assert_eq!(websocket_head(109), [0x82, 125]);
        assert_eq!(websocket_head(110), [0x82, 126, 0, 126]);
        assert_eq!(websocket_head(65_519), [0x82, 126, 255, 255]);
        assert_eq!(websocket_head(65_520), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_long_farewell_is_cut_between_characters() {
        let close = websocket_close(4301, &"ü".repeat(100));
        assert_eq!(close[..4], [0x88, 124, 0x10, 0xcd]);
        assert_eq!(std::str::from_utf8(&close[4..]).unwrap(), "ü".repeat(61));
    }
}
