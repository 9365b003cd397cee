//! Frames on a socket that this thread waits for: as little harness as there can be between Homie and the clock.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::stream::{FrameDecoder, preamble};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use crate::pty::is_ready;

/// What happens with each frame.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Header, &[u8]) -> anyhow::Result<()>;

/// A circuit's socket, from the client's side.
pub(crate) enum Wire {
    Unix { socket: UnixStream, decoder: FrameDecoder, buffer: Vec<u8> },
    Web { socket: Box<WebSocket<TcpStream>>, patience: Duration },
}

impl Wire {
    pub(crate) fn unix(path: &Path) -> anyhow::Result<Self> {
        let socket = UnixStream::connect(path).with_context(|| path.display().to_string())?;
        Ok(Self::Unix { socket, decoder: FrameDecoder::default(), buffer: Vec::new() })
    }

    /// A WebSocket to this address of a gateway.
    pub(crate) fn web(host: &str, path: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{host}{path}").into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", "homie.v1".parse()?);
        request.headers_mut().insert("Origin", format!("http://{host}").parse()?);
        let (socket, _) = client(request, stream).map_err(|error| anyhow::anyhow!("the handshake failed: {error}"))?;
        Ok(Self::Web { socket: Box::new(socket), patience: Duration::ZERO })
    }

    pub(crate) fn send(&mut self, header: Header, payload: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Unix { socket, .. } => {
                let head = preamble(header, payload.len());
                let mut slices = [IoSlice::new(&head), IoSlice::new(payload)];
                let mut slices = slices.as_mut_slice();
                while !slices.is_empty() {
                    let written = socket.write_vectored(slices)?;
                    IoSlice::advance_slices(&mut slices, written);
                }
            }
            Self::Web { socket, .. } => {
                let frame = [&header.to_bytes(), payload].concat();
                socket.send(Message::Binary(frame.into()))?;
            }
        }
        Ok(())
    }

    /// Reads once, waiting no longer than this, and hands on the whole frames that are there. On a WebSocket that is one.
    pub(crate) fn read(&mut self, within: Duration, most: usize, take: Take<'_>) -> anyhow::Result<()> {
        match self {
            Self::Unix { socket, decoder, buffer } => {
                // A thread that waits in a read is woken whenever the other side reads, too.
                if !is_ready(socket, within)? {
                    return Ok(());
                }
                buffer.resize(most, 0);
                let len = match socket.read(buffer) {
                    Ok(0) => bail!("the node has hung up"),
                    Ok(len) => len,
                    Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
                    Err(error) => return Err(error.into()),
                };
                decoder.feed(buffer.get(..len).unwrap_or_default());
                while let Some((header, payload)) = decoder.next_frame()? {
                    take(header, payload)?;
                }
                Ok(())
            }
            Self::Web { socket, patience } => {
                // A socket without a limit waits for ever.
                let within = within.max(Duration::from_millis(1));
                if *patience != within {
                    socket.get_ref().set_read_timeout(Some(within))?;
                    *patience = within;
                }
                match socket.read() {
                    Ok(Message::Binary(frame)) => {
                        let (header, _) = Header::parse(&frame)?;
                        take(header, frame.get(HEADER_LEN..).unwrap_or_default())
                    }
                    Ok(_) => Ok(()),
                    Err(Error::Io(error)) if is_late(&error) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
