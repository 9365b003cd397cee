//! The two sockets a circuit can run over, behind one face: reads and writes that never wait.
//!
//! A unix socket is waited for in the directions that are needed alone. Linux says that it can be written to each time its
//! peer reads, and a runtime that listens for that is woken for each frame it has sent, in the middle of a key's way.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::os::unix::net::UnixStream as StdUnixStream;

use bytes::BytesMut;
use rustix::net::{Shutdown, shutdown};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::{TcpStream, UnixStream};

/// A connected socket, shared by the reader and the writer of a circuit.
#[derive(Debug)]
pub struct Socket(Carrier);

#[derive(Debug)]
enum Carrier {
    Unix(AsyncFd<StdUnixStream>),
    Tcp(TcpStream),
    /// It cannot be waited for: that is said to whoever reads or writes.
    Broken(ErrorKind),
}

impl From<UnixStream> for Socket {
    fn from(stream: UnixStream) -> Self {
        let alone = stream.into_std().and_then(|stream| waited_for(stream, Interest::READABLE));
        Self(alone.map_or_else(|error| Carrier::Broken(error.kind()), Carrier::Unix))
    }
}

impl From<TcpStream> for Socket {
    /// Switches off the delay that gathers small writes: a key must not wait for the next one.
    fn from(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone already");
        }
        Self(Carrier::Tcp(stream))
    }
}

impl Socket {
    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &self.0 {
            Carrier::Unix(stream) => stream.get_ref().write_vectored(slices),
            Carrier::Tcp(stream) => stream.try_write_vectored(slices),
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    pub(crate) fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Carrier::Unix(stream) => stream.try_io(Interest::READABLE, |mut stream| stream.read(bytes)),
            Carrier::Tcp(stream) => stream.try_read(bytes),
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    /// Reads into the room there is.
    pub(crate) fn try_read_buf(&self, bytes: &mut BytesMut) -> io::Result<usize> {
        match &self.0 {
            Carrier::Unix(stream) => stream.try_io(Interest::READABLE, |mut stream| {
                let start = bytes.len();
                // What is not written to must be zero first, which costs less than a copy of what was read.
                bytes.resize(bytes.capacity().max(start + 1), 0);
                let read = stream.read(bytes.get_mut(start..).unwrap_or_default());
                bytes.truncate(start + read.as_ref().map_or(0, |len| *len));
                read
            }),
            Carrier::Tcp(stream) => stream.try_read_buf(bytes),
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        match &self.0 {
            Carrier::Unix(stream) => stream.readable().await.map(drop),
            Carrier::Tcp(stream) => stream.readable().await,
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    /// Waits until it takes more; only called when it did not.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        match &self.0 {
            Carrier::Unix(stream) => {
                let once = waited_for(stream.get_ref().try_clone()?, Interest::WRITABLE)?;
                once.writable().await.map(drop)
            }
            Carrier::Tcp(stream) => stream.writable().await,
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    /// Tells the peer that nothing more will come. A peer that has gone knows already.
    pub(crate) fn end_writing(&self) {
        let ended = match &self.0 {
            Carrier::Unix(stream) => shutdown(stream.get_ref(), Shutdown::Write),
            Carrier::Tcp(stream) => shutdown(stream, Shutdown::Write),
            Carrier::Broken(_) => Ok(()),
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "the peer was gone before the end was said");
        }
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe; what this one does not check, a UnixStream keeps: its descriptor is its own"
)]
fn waited_for(stream: StdUnixStream, interest: Interest) -> io::Result<AsyncFd<StdUnixStream>> {
    AsyncFd::with_interest(stream, interest)
}
