//! A connection to a D-Bus peer that waits no longer than until a moment.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use rustix::process::geteuid;

use super::wire::{Answer, HEAD, answer, len};

/// Bytes of an answer: a path or a sentence. A longer one is none.
const ANSWER: usize = 64 * 1024;

/// Bytes of a line of the greeting.
const LINE: usize = 1024;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoBus {
    /// Nobody answers, or not in time.
    #[error("the user manager cannot be reached: {0}")]
    Silent(#[from] io::Error),
    /// What came is not D-Bus.
    #[error("the user manager speaks no D-Bus")]
    Nonsense,
    /// It does not want to.
    #[error("the user manager refused: {name}: {text}")]
    Refused {
        /// The error's name.
        name: String,
        /// What it says.
        text: String,
    },
}

pub(super) struct Bus {
    socket: UnixStream,
    until: Instant,
    serial: u32,
}

impl Bus {
    /// Connects and says who we are.
    pub(super) fn open(path: &Path, until: Instant) -> Result<Self, NoBus> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(io::Error::from)?;
        // A full door is shut: it would not open before the manager goes on.
        connect(&socket, &SocketAddrUnix::new(path).map_err(io::Error::from)?).map_err(io::Error::from)?;
        let socket = UnixStream::from(socket);
        socket.set_nonblocking(false)?;
        let mut bus = Self { socket, until, serial: 0 };
        bus.greet()?;
        Ok(bus)
    }

    /// Sends a call, written for its number, and waits for its answer.
    pub(super) fn call(&mut self, write: impl FnOnce(u32) -> Vec<u8>) -> Result<(), NoBus> {
        self.serial += 1;
        self.send(&write(self.serial))?;
        loop {
            let mut head = [0; HEAD];
            self.fill(&mut head)?;
            let len = len(&head).filter(|len| (HEAD..=ANSWER).contains(len)).ok_or(NoBus::Nonsense)?;
            let mut message = vec![0; len];
            let (begin, rest) = message.split_at_mut(HEAD);
            begin.copy_from_slice(&head);
            self.fill(rest)?;
            match answer(&message).ok_or(NoBus::Nonsense)? {
                Answer::Done(to) if to == self.serial => return Ok(()),
                Answer::Refused { to, name, text } if to == self.serial => return Err(NoBus::Refused { name, text }),
                Answer::Done(_) | Answer::Refused { .. } | Answer::Other => {}
            }
        }
    }

    /// The kernel says who we are; the number only has to agree with it.
    fn greet(&mut self) -> Result<(), NoBus> {
        let uid = geteuid().as_raw().to_string();
        let hex = uid.bytes().map(|digit| format!("{digit:02x}")).collect::<Vec<_>>().concat();
        self.send(format!("\0AUTH EXTERNAL {hex}\r\n").as_bytes())?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.fill(&mut byte)?;
            line.extend_from_slice(&byte);
            if line.len() > LINE {
                return Err(NoBus::Nonsense);
            }
        }
        if !line.starts_with(b"OK ") {
            return Err(NoBus::Nonsense);
        }
        self.send(b"BEGIN\r\n")
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), NoBus> {
        self.socket.set_write_timeout(Some(self.rest()?))?;
        Ok((&self.socket).write_all(bytes)?)
    }

    fn fill(&mut self, mut bytes: &mut [u8]) -> Result<(), NoBus> {
        while !bytes.is_empty() {
            self.socket.set_read_timeout(Some(self.rest()?))?;
            match (&self.socket).read(bytes) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(len) => bytes = bytes.get_mut(len..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn rest(&self) -> io::Result<Duration> {
        let rest = self.until.saturating_duration_since(Instant::now());
        if rest.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(rest) }
    }
}
