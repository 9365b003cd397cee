//! A connected socket becomes the two halves of a circuit. Must be called within a tokio runtime.

use std::sync::Arc;

use tokio::net::UnixStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::framing::Framing;
use crate::reader::{FrameReader, PrefixedReader, WebSocketReader};
use crate::socket::Socket;
use crate::writer::FrameWriter;

/// A circuit over a unix socket: each frame behind its length. Both sides of the socket do the same.
pub fn unix(stream: UnixStream) -> (FrameReader, FrameWriter) {
    let socket = Arc::new(Socket::from(stream));
    let writer = FrameWriter::start(Arc::clone(&socket), Framing::Prefixed);
    (PrefixedReader::new(socket).into(), writer)
}

/// A server's circuit over a WebSocket whose handshake is done. `prior` is what was read behind the handshake already.
pub fn websocket(socket: impl Into<Socket>, prior: &[u8]) -> (FrameReader, FrameWriter) {
    let socket = Arc::new(socket.into());
    let writer = FrameWriter::start(Arc::clone(&socket), Framing::WebSocket);
    (WebSocketReader::new(Role::Server, socket, prior, writer.clone()).into(), writer)
}

/// The same on the client's side.
pub(crate) fn websocket_of_client(socket: impl Into<Socket>, prior: &[u8]) -> (FrameReader, FrameWriter) {
    let socket = Arc::new(socket.into());
    let writer = FrameWriter::start(Arc::clone(&socket), Framing::Masked);
    (WebSocketReader::new(Role::Client, socket, prior, writer.clone()).into(), writer)
}
