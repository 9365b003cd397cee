//! One socket to a node: bytes in, frames out, never waiting.

use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::scan;
use homie_protocol::frame::{Header, Kind};
use homie_protocol::holder::{FromHolder, ToHolder};
use homie_protocol::limits::Budget;
use homie_protocol::stream::FrameDecoder;

use crate::outbox::{Offer, Outbox};
use crate::screen::Marks;
use crate::session::{Session, What, tell};

pub(crate) struct Link {
    socket: UnixStream,
    pub(crate) decoder: FrameDecoder,
    pub(crate) outbox: Outbox,
    /// Whether the socket took less than was offered; then it says when it takes more.
    pub(crate) full: bool,
    /// Bytes that have come.
    pub(crate) heard: usize,
}

impl Link {
    pub(crate) fn new(socket: UnixStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket, decoder: FrameDecoder::default(), outbox: Outbox::default(), full: false, heard: 0 })
    }

    /// Reads once; `false` means that the other end is gone.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> bool {
        match (&self.socket).read(buffer) {
            Ok(0) => false,
            Ok(len) => {
                self.heard = self.heard.saturating_add(len);
                self.decoder.feed(buffer.get(..len).unwrap_or_default());
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Writes what the session has for this link until the socket is full or nothing is due.
    pub(crate) fn serve(&mut self, session: &mut Session, marks: &Marks) -> io::Result<()> {
        loop {
            if self.outbox.is_empty()
                && let Some(seen) = session.asked.next_seen()
            {
                tell(&seen, &mut self.outbox);
            }
            let due = session.due(marks, &mut self.outbox);
            // What precedes the output is in the outbox now, and goes with it.
            session.overtake(due.is_some(), &mut self.outbox);
            let Some(due) = due else {
                if self.flush()? && session.asked.has_seen() {
                    continue;
                }
                return Ok(());
            };
            let payload = match &due.what {
                What::Output { from, len } => session.ring.read(*from, *len),
                What::Piece(piece) => [piece.bytes(), &[]],
            };
            match self.outbox.offer(&self.socket, due.header, payload)? {
                Offer::Taken => session.sent(&due),
                Offer::Full => {
                    self.full = true;
                    return Ok(());
                }
            }
        }
    }

    /// Says why and closes. If the socket is full the reason is lost, which is what the peer asked for.
    pub(crate) fn refuse(mut self, refusal: Refusal) {
        tell(&FromHolder::Refused(refusal), &mut self.outbox);
        self.flush().unwrap_or_default();
        self.socket.shutdown(Shutdown::Both).unwrap_or_default();
    }

    fn flush(&mut self) -> io::Result<bool> {
        let done = self.outbox.flush(&self.socket)?;
        self.full = !done;
        Ok(done)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Reads a message on channel 0.
pub(crate) fn message(header: Header, payload: &[u8], budget: Budget) -> Result<ToHolder, Refusal> {
    if header.kind() != Kind::Control {
        return Err(Refusal::new(Code::UnexpectedFrame, "channel 0 carries messages, pings and pongs"));
    }
    Ok(ToHolder::decode(scan(payload, budget)?)?)
}
