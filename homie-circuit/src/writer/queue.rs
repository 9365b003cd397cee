//! What waits for a socket that is full: a frame half written, then urgent ones, then bulk. Pure: it is given the
//! function that writes.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};

use homie_protocol::frame::{Header, Kind};
use homie_protocol::limits::WRITE_QUEUE;

/// What a frame that waits costs besides its bytes, so that a million tiny ones are not free.
const FRAME_COST: usize = 64;

/// Frames written with one call.
const BATCH: usize = 16;

/// Bytes written with one call, one frame more or less: senders wait for no longer than this takes.
const BATCH_BYTES: usize = 256 * 1024;

/// Which frames overtake which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// Overtakes bulk that has not been started.
    Urgent,
    /// Stays in order with all other bulk.
    Bulk,
}

impl Rank {
    /// Control on a session's channel (a gap, a new size, the exit) has its place in the output, so it goes with it.
    pub(crate) const fn of(header: Header) -> Self {
        match header.kind() {
            Kind::Control if !header.channel().is_circuit() => Self::Bulk,
            Kind::Control | Kind::Input | Kind::Ack | Kind::Ping | Kind::Pong => Self::Urgent,
            Kind::Output | Kind::Snapshot | Kind::Chunk => Self::Bulk,
        }
    }
}

/// A frame where it lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) rank: Rank,
    pub(crate) head: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// Why a frame was not taken.
#[derive(Debug)]
pub(crate) enum SendError {
    /// More waits than the bound allows.
    Full,
    /// The socket is broken.
    Socket(io::Error),
}

/// How far a write has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing waits any more.
    Empty,
    /// Something was written and something waits.
    More,
    /// The socket is full.
    Blocked,
}

/// Bytes that wait, at most `limits::WRITE_QUEUE`.
#[derive(Debug, Default)]
pub(crate) struct WriteQueue {
    /// The rest of a frame whose beginning the socket has: nothing may come between.
    started: Option<Started>,
    urgent: VecDeque<Vec<u8>>,
    bulk: VecDeque<Vec<u8>>,
    cost: usize,
}

#[derive(Debug)]
struct Started {
    bytes: Vec<u8>,
    written: usize,
}

impl Started {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }
}

impl WriteQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.started.is_none() && self.urgent.is_empty() && self.bulk.is_empty()
    }

    /// Hands frames to the socket where they lie, with one call; only what the socket does not take is copied and waits.
    pub(crate) fn send<const N: usize>(
        &mut self,
        frames: [Parts<'_>; N],
        write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> Result<(), SendError> {
        let mut taken = 0;
        if self.is_empty() {
            let slices = frames.map(|Parts { head, payload, .. }| [IoSlice::new(head), IoSlice::new(payload)]);
            taken = once(write, slices.as_flattened()).map_err(SendError::Socket)?.unwrap_or(0);
        }
        for Parts { rank, head, payload } in frames {
            let len = head.len() + payload.len();
            let written = taken.min(len);
            taken -= written;
            if written == len {
                continue;
            }
            if self.cost + len + FRAME_COST > WRITE_QUEUE {
                return Err(SendError::Full);
            }
            self.keep(rank, [head, payload].concat(), written);
        }
        Ok(())
    }

    /// Lets bytes wait that are whole in themselves.
    pub(crate) fn push_urgent(&mut self, bytes: Vec<u8>) -> Result<(), SendError> {
        if self.cost + bytes.len() + FRAME_COST > WRITE_QUEUE {
            return Err(SendError::Full);
        }
        self.keep(Rank::Urgent, bytes, 0);
        Ok(())
    }

    /// Lets the last bytes of all wait, behind everything and beyond the bound: they are small, and nothing follows.
    pub(crate) fn push_last(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        self.keep(Rank::Bulk, bytes, 0);
    }

    /// Writes once what waits, in its order.
    pub(crate) fn drain(&mut self, write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<Progress> {
        if self.is_empty() {
            return Ok(Progress::Empty);
        }
        let Some(taken) = once(write, &self.batch())? else { return Ok(Progress::Blocked) };
        self.advance(taken);
        Ok(if self.is_empty() { Progress::Empty } else { Progress::More })
    }

    /// Gives up the bulk that has not been started.
    pub(crate) fn drop_bulk(&mut self) {
        self.cost -= self.bulk.drain(..).map(|bytes| bytes.len() + FRAME_COST).sum::<usize>();
    }

    /// Gives up everything that has not been started.
    pub(crate) fn drop_waiting(&mut self) {
        self.drop_bulk();
        self.cost -= self.urgent.drain(..).map(|bytes| bytes.len() + FRAME_COST).sum::<usize>();
    }

    fn keep(&mut self, rank: Rank, bytes: Vec<u8>, written: usize) {
        self.cost += bytes.len() + FRAME_COST;
        if written > 0 {
            self.started = Some(Started { bytes, written });
            return;
        }
        match rank {
            Rank::Urgent => self.urgent.push_back(bytes),
            Rank::Bulk => self.bulk.push_back(bytes),
        }
    }

    fn batch(&self) -> Vec<IoSlice<'_>> {
        let started = self.started.iter().map(Started::rest);
        let waiting = self.urgent.iter().chain(&self.bulk).map(Vec::as_slice);
        let mut bytes = 0;
        started
            .chain(waiting)
            .take(BATCH)
            .take_while(|next| {
                let fits = bytes < BATCH_BYTES;
                bytes += next.len();
                fits
            })
            .map(IoSlice::new)
            .collect()
    }

    fn advance(&mut self, mut taken: usize) {
        while taken > 0 {
            let Some(mut first) = self.pop() else { return };
            let rest = first.rest().len();
            if taken < rest {
                first.written += taken;
                self.started = Some(first);
                return;
            }
            taken -= rest;
            self.cost -= first.bytes.len() + FRAME_COST;
        }
    }

    fn pop(&mut self) -> Option<Started> {
        if self.started.is_some() {
            return self.started.take();
        }
        let bytes = self.urgent.pop_front().or_else(|| self.bulk.pop_front())?;
        Some(Started { bytes, written: 0 })
    }
}

/// One write; `None` means that the socket is full.
fn once(
    mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    slices: &[IoSlice<'_>],
) -> io::Result<Option<usize>> {
    loop {
        return match write(slices) {
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            Ok(taken) => Ok(Some(taken)),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        };
    }
}

#[cfg(test)]
mod tests;
