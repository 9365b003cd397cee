//! The session joined to its terminal: reading, writing, resizing, and the end.

use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::id::Incarnation;
use homie_protocol::limits::RING;
use homie_protocol::methods::session::{ExitStatus, Size};
use rustix::process::Signal;

use crate::child::Child;
use crate::folder::Folder;
use crate::pty::{Pty, Read, Write};
use crate::record::ExitRecord;
use crate::session::Session;

/// Bytes read before viewers and input have their turn: what a socket takes at once.
const GATHER: usize = 64 * 1024;

/// A read that brings less than this has emptied the terminal: what it brought goes out before we look again.
const SMALL_READ: usize = 512;

pub(crate) struct Held {
    pub(crate) session: Session,
    /// `None` once the program has ended.
    pub(crate) pty: Option<Pty>,
    pub(crate) child: Child,
    /// Whether the terminal took less than was offered; then it says when it takes more.
    pub(crate) full: bool,
    /// Whether the terminal said that nothing more comes while the program lives. Waiting for it would not wait then; the
    /// pump looks every now and then.
    pub(crate) silent: bool,
    folder: Folder,
    incarnation: Incarnation,
    recorded: bool,
}

impl Held {
    pub(crate) fn new(session: Session, pty: Pty, child: Child, folder: Folder, incarnation: Incarnation) -> Self {
        Self { session, pty: Some(pty), child, full: false, silent: false, folder, incarnation, recorded: false }
    }

    /// Reads what the program has printed, a bounded part of it.
    pub(crate) fn gather(&mut self) {
        self.drain(GATHER, SMALL_READ);
    }

    /// Reads at most about `most` bytes, and stops after a read that brings less than `small`.
    fn drain(&mut self, most: usize, small: usize) {
        let Some(pty) = &self.pty else { return };
        let mut gathered = 0;
        while gathered < most {
            let len = match pty.read(self.session.ring.space()) {
                Read::Bytes(len) => len,
                Read::Empty => 0,
                Read::Over => {
                    self.silent = true;
                    return;
                }
            };
            self.silent = false;
            self.session.ring.advance(len);
            gathered += len;
            if len < small {
                return;
            }
        }
    }

    /// Writes waiting input until the terminal is full.
    pub(crate) fn write(&mut self) {
        let Some(pty) = &self.pty else { return };
        while let Some((_, bytes)) = self.session.input.front() {
            let modes = pty.modes();
            match pty.write(bytes) {
                Write::Bytes(len) => self.session.typed(len, modes),
                Write::Full => {
                    self.full = true;
                    return;
                }
                Write::Over => self.session.input.clear(),
            }
        }
        self.full = false;
    }

    /// Sets the size. What was printed before is read first, so that the new size has its place behind it.
    pub(crate) fn resize(&mut self, size: Size) {
        if size == self.session.size() {
            return;
        }
        self.gather();
        // A terminal that cannot be resized has ended; viewers hear of that.
        if self.pty.as_ref().is_some_and(|pty| pty.resize(size).is_ok()) {
            self.session.resized(size);
        }
    }

    /// If the program has ended: reads the rest, writes down how, and only then lets anybody know.
    pub(crate) fn look_for_end(&mut self) {
        if self.session.exit().is_some() {
            return;
        }
        let Some(status) = self.child.wait() else { return };
        // A process left in the background may go on printing for ever; a ring full of it is enough.
        self.drain(RING, 1);
        self.write_down(status);
        self.session.exited(status);
        self.pty = None;
    }

    /// Asks the program to end, as a terminal does that is closed.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
        self.signal(Signal::CONT);
    }

    /// Ends the program.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// The holder ends. A record that could not be written when the program ended is tried once more.
    pub(crate) fn leave(&mut self) {
        if let Some(status) = self.session.exit().filter(|_| !self.recorded) {
            self.write_down(status);
        }
        self.folder.leave().unwrap_or_default();
    }

    fn signal(&self, signal: Signal) {
        let Some(pty) = &self.pty else { return };
        pty.signal_foreground(signal);
        self.child.signal(signal);
    }

    fn write_down(&mut self, status: ExitStatus) {
        let ended_at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let exit = ExitRecord {
            incarnation: self.incarnation,
            status,
            end: self.session.ring.kept().end,
            ended_at: u64::try_from(ended_at).unwrap_or(u64::MAX),
        };
        // On a full disk the holder itself remains to tell how it ended.
        self.recorded = self.folder.exit(&exit).is_ok();
    }
}
