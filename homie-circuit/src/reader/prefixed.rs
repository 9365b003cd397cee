//! Frames behind a length of four bytes.

use std::io::ErrorKind;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use homie_protocol::code::Refusal;
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::stream::{PREFIX_LEN, frame_len};
use tokio::task::coop::consume_budget;

use crate::frame::Frame;
use crate::socket::Socket;

/// Room made at once.
const ROOM: usize = 16 * 1024;

/// Room that is too little to read into. Whoever keeps a frame keeps the room it came in, so that small frames must share
/// it: 64 Ki frames of one byte are a window that nobody takes, and must not cost a gigabyte.
const LITTLE: usize = 2 * 1024;

/// Reads into one buffer; payloads are cut out of it without a copy.
#[derive(Debug)]
pub(crate) struct PrefixedReader {
    socket: Arc<Socket>,
    bytes: BytesMut,
}

impl PrefixedReader {
    pub(crate) fn new(socket: Arc<Socket>) -> Self {
        Self { socket, bytes: BytesMut::new() }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Refusal> {
        // A peer that sends without end takes its turn like everybody else.
        consume_budget().await;
        loop {
            let missing = match cut(&mut self.bytes)? {
                Cut::Frame(frame) => return Ok(Some(frame)),
                Cut::Missing(missing) => missing,
            };
            if self.bytes.capacity() - self.bytes.len() < missing.max(LITTLE) {
                self.bytes.reserve(missing.max(ROOM));
            }
            if !self.fill().await {
                return Ok(None);
            }
        }
    }

    /// Waits for bytes; `false` at the end.
    async fn fill(&mut self) -> bool {
        loop {
            match self.socket.try_read_buf(&mut self.bytes) {
                Ok(count) => return count > 0,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if self.socket.readable().await.is_err() {
                        return false;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the socket broke");
                    return false;
                }
            }
        }
    }
}

/// What the buffer held.
#[derive(Debug)]
enum Cut {
    /// A whole frame.
    Frame(Frame),
    /// Not yet: at least so many bytes are missing.
    Missing(usize),
}

fn cut(bytes: &mut BytesMut) -> Result<Cut, Refusal> {
    let Some(prefix) = bytes.first_chunk::<PREFIX_LEN>() else { return Ok(Cut::Missing(PREFIX_LEN)) };
    let len = frame_len(*prefix)?;
    let whole = PREFIX_LEN + len;
    if bytes.len() < whole {
        return Ok(Cut::Missing(whole - bytes.len()));
    }
    let mut frame = bytes.split_to(whole).freeze();
    frame.advance(PREFIX_LEN);
    let (header, _) = Header::parse(&frame)?;
    frame.advance(HEADER_LEN);
    Ok(Cut::Frame(Frame { header, payload: frame }))
}
