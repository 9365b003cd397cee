//! Frames behind a length of four bytes.

use std::sync::Arc;

use bytes::{Buf, BytesMut};
use homie_protocol::code::Refusal;
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::stream::{PREFIX_LEN, frame_len};
use tokio::task::coop::consume_budget;

use super::buffer::Buffer;
use crate::frame::Frame;
use crate::socket::Socket;

/// Reads into one buffer; payloads are cut out of it without a copy.
#[derive(Debug)]
pub(crate) struct PrefixedReader {
    socket: Arc<Socket>,
    buffer: Buffer,
}

impl PrefixedReader {
    pub(crate) fn new(socket: Arc<Socket>) -> Self {
        Self { socket, buffer: Buffer::default() }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Refusal> {
        // A peer that sends without end takes its turn like everybody else.
        consume_budget().await;
        loop {
            let missing = match cut(&mut self.buffer.bytes)? {
                Cut::Frame(frame) => return Ok(Some(frame)),
                Cut::Missing(missing) => missing,
            };
            if !self.fill(missing).await {
                return Ok(None);
            }
        }
    }

    pub(crate) fn come_already(&mut self) -> Result<Option<Frame>, Refusal> {
        match cut(&mut self.buffer.bytes)? {
            Cut::Frame(frame) => Ok(Some(frame)),
            Cut::Missing(_) => Ok(None),
        }
    }

    /// Waits for bytes; `false` at the end.
    async fn fill(&mut self, missing: usize) -> bool {
        match self.socket.read(self.buffer.room(missing)).await {
            Ok(len) => {
                self.buffer.advance(len);
                len > 0
            }
            Err(error) => {
                tracing::debug!(%error, "the socket broke");
                false
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
