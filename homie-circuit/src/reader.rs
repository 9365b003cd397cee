//! The receiving half of a circuit: whole, checked frames, whatever the carrier.

use std::time::Duration;

use homie_protocol::code::Refusal;
use tokio::time::timeout;

use crate::frame::Frame;

mod buffer;
mod prefixed;
mod websocket;

pub(crate) use prefixed::PrefixedReader;
pub(crate) use websocket::WebSocketReader;

/// How long a peer that was told goodbye may go on sending. Closing a socket with unread bytes could destroy our last
/// words on their way.
const LINGER: Duration = Duration::from_secs(1);

/// Receives frames.
#[derive(Debug)]
pub struct FrameReader {
    carrier: Carrier,
}

#[derive(Debug)]
enum Carrier {
    Prefixed(PrefixedReader),
    WebSocket(Box<WebSocketReader>),
}

impl From<PrefixedReader> for FrameReader {
    fn from(reader: PrefixedReader) -> Self {
        Self { carrier: Carrier::Prefixed(reader) }
    }
}

impl From<WebSocketReader> for FrameReader {
    fn from(reader: WebSocketReader) -> Self {
        Self { carrier: Carrier::WebSocket(Box::new(reader)) }
    }
}

impl FrameReader {
    /// The next frame; `None` when the peer has ended the circuit, in the middle of a frame or not. After a refusal the
    /// circuit is to be ended with it. Nothing is lost if the future is dropped before it is ready.
    pub async fn next(&mut self) -> Result<Option<Frame>, Refusal> {
        match &mut self.carrier {
            Carrier::Prefixed(reader) => reader.next().await,
            Carrier::WebSocket(reader) => reader.next().await,
        }
    }

    /// The next frame, if it has come with the last one: nothing is waited for, nor asked of the socket.
    pub fn come_already(&mut self) -> Result<Option<Frame>, Refusal> {
        match &mut self.carrier {
            Carrier::Prefixed(reader) => reader.come_already(),
            // What tungstenite has read it does not tell.
            Carrier::WebSocket(_) => Ok(None),
        }
    }

    /// Reads on until the peer has ended too, for a second at most, and throws away what comes.
    pub async fn linger(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.next().await {} };
        if timeout(LINGER, rest).await.is_err() {
            tracing::debug!("the peer went on after the end");
        }
    }
}
