//! The two sockets a circuit can run over, behind one face: reads and writes that never wait.
//!
//! A unix socket is waited for in the directions that are needed alone. Linux says that it can be written to each time its
//! peer reads, and a runtime that listens for that is woken for each frame it has sent, in the middle of a key's way.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdUnixStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{Shutdown, shutdown};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::{TcpStream, UnixStream};

/// The limit of a wait that is none.
const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

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

    /// Reads what is there. Where less than the room came, the socket is empty, and is not asked once more.
    pub(crate) fn try_read(&self, room: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Carrier::Unix(stream) => {
                let mut taken = 0;
                let tried = stream.try_io(Interest::READABLE, |mut stream| {
                    taken = stream.read(room)?;
                    if taken < room.len() && taken > 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
                });
                if taken > 0 { Ok(taken) } else { tried }
            }
            Carrier::Tcp(stream) => stream.try_read(room),
            Carrier::Broken(kind) => Err((*kind).into()),
        }
    }

    /// Waits for bytes and reads them: 0 at the end. Nothing is lost if the future is dropped before it is ready.
    pub async fn read(&self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.try_read(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable().await?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Waits until some of these bytes are taken; says how many.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.try_write_vectored(&[IoSlice::new(bytes)]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable().await?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                written => return written,
            }
        }
    }

    /// Whether the peer is gone for good, whatever it has said before that is not read yet: nothing can be written to it
    /// any more.
    pub fn has_hung_up(&self) -> bool {
        let socket = match &self.0 {
            Carrier::Unix(stream) => stream.get_ref().as_fd(),
            Carrier::Tcp(stream) => stream.as_fd(),
            Carrier::Broken(_) => return true,
        };
        // Asked for nothing, the kernel says this alone.
        poll(&mut [PollFd::from_borrowed_fd(socket, PollFlags::empty())], Some(&NOW)).is_ok_and(|told| told > 0)
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
    pub fn end_writing(&self) {
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
