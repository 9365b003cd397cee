//! Frames in WebSocket messages. Tungstenite reads; whatever it would like to write is thrown away, for our writer
//! answers pings and closes itself.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::limits::FRAME_MAX;
use tokio::task::{coop::consume_budget, yield_now};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use crate::frame::Frame;
use crate::socket::Socket;
use crate::writer::FrameWriter;

/// Bytes read at once, and kept for each circuit from the start.
const READ: usize = 16 * 1024;

/// Reads in one turn: a frame of input and more. A message may go on for ever, in empty fragments for instance, and whoever
/// sends it must not keep everybody else waiting.
const READS: usize = 5;

/// One side of a WebSocket.
#[derive(Debug)]
pub(crate) struct WebSocketReader {
    websocket: WebSocket<ReadOnly>,
    writer: FrameWriter,
    /// The peer has broken the rules: what comes from now on is thrown away, for tungstenite is not to be asked once more.
    is_broken: bool,
}

impl WebSocketReader {
    /// `prior` is what was read of the socket behind the upgrade.
    pub(crate) fn new(role: Role, socket: Arc<Socket>, prior: &[u8], writer: FrameWriter) -> Self {
        let websocket =
            WebSocket::from_partially_read(ReadOnly { socket, left: READS }, prior.to_vec(), role, Some(config()));
        Self { websocket, writer, is_broken: false }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Refusal> {
        if self.is_broken {
            self.throw_away().await;
            return Ok(None);
        }
        loop {
            consume_budget().await;
            self.websocket.get_mut().left = READS;
            match self.websocket.read() {
                Ok(Message::Binary(bytes)) => return frame(bytes).map(Some),
                Ok(Message::Ping(payload)) => self.writer.websocket_pong(&payload),
                Ok(Message::Pong(_) | Message::Frame(_)) => {}
                Ok(Message::Text(_)) => {
                    return Err(Refusal::new(Code::UnexpectedFrame, "text messages are refused, send binary ones"));
                }
                Ok(Message::Close(_)) => {
                    self.writer.close();
                    return Ok(None);
                }
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    if self.websocket.get_ref().left == 0 {
                        yield_now().await;
                    } else if self.websocket.get_ref().socket.readable().await.is_err() {
                        return Ok(None);
                    }
                }
                Err(error) => {
                    let end = end(&error);
                    self.is_broken = end.is_err();
                    return end;
                }
            }
        }
    }

    /// Reads until the peer has ended.
    async fn throw_away(&self) {
        let (socket, mut bytes) = (&self.websocket.get_ref().socket, vec![0; READ]);
        while socket.readable().await.is_ok() {
            match socket.try_read(&mut bytes) {
                Ok(0) => return,
                Err(error) if error.kind() != ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => consume_budget().await,
            }
        }
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ)
        .max_message_size(Some(FRAME_MAX))
        .max_frame_size(Some(FRAME_MAX))
        .accept_unmasked_frames(false)
}

fn frame(mut bytes: Bytes) -> Result<Frame, Refusal> {
    let (header, _) = Header::parse(&bytes)?;
    bytes.advance(HEADER_LEN);
    Ok(Frame { header, payload: bytes })
}

/// A link that breaks is an end; a peer that breaks the rules is told so.
fn end(error: &Error) -> Result<Option<Frame>, Refusal> {
    use tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(ResetWithoutClosingHandshake) => Ok(None),
        Error::Io(error) => {
            tracing::debug!(%error, "the socket broke");
            Ok(None)
        }
        Error::Capacity(error) => Err(Refusal::new(Code::TooLarge, error.to_string())),
        other => Err(Refusal::new(Code::Malformed, other.to_string())),
    }
}

/// A socket that is read from; what is written to it goes nowhere.
#[derive(Debug)]
struct ReadOnly {
    socket: Arc<Socket>,
    /// Reads left in this turn.
    left: usize,
}

impl Read for ReadOnly {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(1).ok_or(ErrorKind::WouldBlock)?;
        self.socket.try_read(bytes)
    }
}

impl Write for ReadOnly {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
