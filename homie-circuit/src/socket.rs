//! The two sockets a circuit can run over, behind one face: reads and writes that never wait.

use std::io::{self, IoSlice};

use bytes::BytesMut;
use rustix::net::{Shutdown, shutdown};
use tokio::net::{TcpStream, UnixStream};

/// A connected socket, shared by the reader and the writer of a circuit.
#[derive(Debug)]
pub enum Socket {
    /// A unix socket.
    Unix(UnixStream),
    /// A TCP connection.
    Tcp(TcpStream),
}

impl From<UnixStream> for Socket {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl From<TcpStream> for Socket {
    /// Switches off the delay that gathers small writes: a key must not wait for the next one.
    fn from(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone already");
        }
        Self::Tcp(stream)
    }
}

impl Socket {
    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.try_write_vectored(slices),
            Self::Tcp(stream) => stream.try_write_vectored(slices),
        }
    }

    pub(crate) fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.try_read(bytes),
            Self::Tcp(stream) => stream.try_read(bytes),
        }
    }

    pub(crate) fn try_read_buf(&self, bytes: &mut BytesMut) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.try_read_buf(bytes),
            Self::Tcp(stream) => stream.try_read_buf(bytes),
        }
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.readable().await,
            Self::Tcp(stream) => stream.readable().await,
        }
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.writable().await,
            Self::Tcp(stream) => stream.writable().await,
        }
    }

    /// Tells the peer that nothing more will come. A peer that has gone knows already.
    pub(crate) fn end_writing(&self) {
        let ended = match self {
            Self::Unix(stream) => shutdown(stream, Shutdown::Write),
            Self::Tcp(stream) => shutdown(stream, Shutdown::Write),
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "the peer was gone before the end was said");
        }
    }
}
