//! The session joined to its terminal: reading, writing, resizing, and the end.

mod piped;
mod screened;

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::RING;
use homie_protocol::methods::session::{ExitStatus, SessionSignal, Size, Theme};
use rustix::process::Signal;

use crate::child::Child;
use crate::clock::millis;
use crate::ending::{Asker, Ending, Step};
use crate::folder::Folder;
use crate::pty::{Pty, Read, Write};
use crate::record::{ExitRecord, Record};
use crate::saving::Saving;
use crate::screen::Screening;
use crate::session::{Session, over};
use crate::streams::Streams;
use crate::tree::{Process, below_us};

use screened::colours;

/// Bytes read before viewers and input have their turn: what a socket takes at once.
const GATHER: usize = 64 * 1024;

/// A read that brings less than this has emptied the terminal: what it brought goes out before we look again.
const SMALL_READ: usize = 512;

pub(crate) struct Held {
    pub(crate) session: Session,
    /// `None` once the program has ended.
    pub(crate) streams: Option<Streams>,
    /// What a program with pipes, that has ended, said of errors at last.
    errors: String,
    pub(crate) child: Child,
    pub(crate) screening: Screening,
    pub(crate) saving: Saving,
    /// Whether the terminal took less than was offered; then it says when it takes more.
    pub(crate) full: bool,
    /// Whether the terminal said that nothing more comes while the program lives. Waiting for it would not wait then; the
    /// pump looks every now and then.
    pub(crate) silent: bool,
    /// How the program has ended, and how much of what it printed may still be read.
    ended: Option<(ExitStatus, usize)>,
    /// Everything that runs is to end.
    pub(crate) ending: Option<Ending>,
    folder: Folder,
    record: Record,
    /// Where the processes of the session's scope are listed, if it has one.
    scope: Option<PathBuf>,
    recorded: bool,
}

impl Held {
    pub(crate) fn new(
        session: Session,
        streams: Streams,
        child: Child,
        folder: Folder,
        record: Record,
        scope: Option<PathBuf>,
    ) -> Self {
        let screening = if session.is_piped() {
            Screening::none(Instant::now())
        } else {
            Screening::new(session.size(), Instant::now())
        };
        let saving = Saving::new(folder.path().to_owned(), record.incarnation);
        Self {
            session,
            streams: Some(streams),
            errors: String::new(),
            child,
            screening,
            saving,
            full: false,
            silent: false,
            ended: None,
            ending: None,
            folder,
            record,
            recorded: false,
            scope,
        }
    }

    /// Reads what the program has printed, a bounded part of it.
    pub(crate) fn gather(&mut self) {
        self.drain(GATHER, SMALL_READ);
    }

    /// Reads at most about `most` bytes, and stops after a read that brings less than `small`. What the screen has not
    /// seen yet, and what a viewer needs, is never overwritten.
    fn drain(&mut self, most: usize, small: usize) {
        self.session.note_needs();
        let most = most.min(self.room());
        let Some(streams) = &self.streams else { return };
        let mut gathered = 0;
        while gathered < most {
            let len = match streams.read(self.session.ring.space()) {
                Read::Bytes(len) => len,
                Read::Empty => 0,
                Read::Over => {
                    self.silent = true;
                    return;
                }
            };
            self.silent = false;
            self.session.ring.advance(len);
            if len > 0 {
                self.session.stirred();
                if !self.session.is_piped() {
                    self.screening.printed(Instant::now());
                }
            }
            gathered += len;
            if len < small {
                return;
            }
        }
    }

    /// Writes waiting input until the terminal is full.
    pub(crate) fn write(&mut self) {
        let Some(streams) = &self.streams else { return };
        while let Some((_, bytes)) = self.session.input.front() {
            let modes = streams.modes();
            match streams.write(bytes) {
                Write::Bytes(len) => self.session.typed(len, modes),
                Write::Full => {
                    self.full = true;
                    return;
                }
                Write::Over => self.session.hung_up(),
            }
        }
        self.full = false;
        self.close_input();
    }

    /// Sets the size, and the colours of whoever drives it. What was printed before is read first, so that the new size
    /// has its place behind it.
    pub(crate) fn resize(&mut self, size: Size, theme: Option<Theme>) {
        if let Some(theme) = theme.filter(|_| !self.is_piped()) {
            self.screening.theme(self.session.ring.kept().end, colours(theme));
        }
        if size == self.session.size() {
            return;
        }
        self.gather();
        // A terminal that cannot be resized has ended; viewers hear of that.
        if self.streams.as_ref().is_some_and(|streams| streams.resize(size)) {
            self.session.resized(size);
            self.screening.resize(self.session.ring.kept().end, size, self.session.resizes());
        }
    }

    /// If the program has ended: reads the rest, writes down how, and only then lets anybody know.
    /// Children are asked about only when one `has_ended`.
    pub(crate) fn look_for_end(&mut self, has_ended: bool) {
        let reaped = if has_ended { self.child.reap() } else { None };
        if self.session.exit().is_some() {
            return;
        }
        // A process left in the background may go on printing for ever; a ring full of it is enough.
        self.ended = self.ended.or(reaped.map(|status| (status, RING)));
        let Some((status, most)) = self.ended else { return };
        let before = self.session.ring.kept().end;
        self.drain(most, 1);
        let most = most.saturating_sub(usize::try_from(self.session.ring.kept().end.since(before)).unwrap_or(most));
        if most > 0 && self.room() == 0 && self.ending.is_none() {
            // Somebody needs what the rest would overwrite, and is waited for as while it ran.
            self.ended = Some((status, most));
            return;
        }
        self.keep_errors();
        self.write_down(status);
        self.session.exited(status);
        self.saving.at_once(self.session.ring.kept().end);
        self.streams = None;
    }

    /// Sends a signal to what runs in the foreground.
    pub(crate) fn signal(&self, signal: SessionSignal) -> Result<(), Refusal> {
        let sent = match self.streams.as_ref().ok_or_else(over)? {
            Streams::Terminal(pty) => self.signal_in(pty, signal),
            Streams::Pipes(_) => self.child.signal(number(signal)).map_err(io::Error::from),
        };
        sent.map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                Refusal::new(Code::Forbidden, "session: what runs there belongs to another user")
            }
            _ => Refusal::new(Code::Internal, format!("signal: {error}")),
        })
    }

    fn signal_in(&self, pty: &Pty, signal: SessionSignal) -> io::Result<()> {
        match signal {
            SessionSignal::Int | SessionSignal::Quit | SessionSignal::Tstp => pty.press(number(signal)),
            SessionSignal::Term
            | SessionSignal::Hup
            | SessionSignal::Cont
            | SessionSignal::Usr1
            | SessionSignal::Usr2
            | SessionSignal::Kill => self.send(pty, number(signal)),
        }
    }

    /// To the foreground, or to the program's own group where nobody is there.
    fn send(&self, pty: &Pty, signal: Signal) -> io::Result<()> {
        match pty.signal_foreground(signal) {
            Err(rustix::io::Errno::SRCH | rustix::io::Errno::INVAL | rustix::io::Errno::NOTTY) => {
                Ok(self.child.signal(signal)?)
            }
            sent => Ok(sent?),
        }
    }

    /// Writes down another name.
    pub(crate) fn rename(&mut self, name: String) -> Result<(), Refusal> {
        let record = Record { name, ..self.record.clone() };
        let written = self.folder.record(&record);
        written
            .map_err(|error| Refusal::new(Code::Internal, format!("name: it could not be written down: {error}")))?;
        self.record = record;
        Ok(())
    }

    /// Asks everything that runs to end, as a terminal does that is closed.
    pub(crate) fn end(&mut self, by: Asker, now: Instant) {
        if self.ending.is_some() {
            return;
        }
        self.ending = Some(Ending::new(by, now));
        self.saving.at_once(self.session.ring.kept().end);
        for process in self.tree() {
            process.signal(Signal::HUP);
            process.signal(Signal::CONT);
        }
    }

    /// Everything that runs in the session.
    fn tree(&self) -> Vec<Process> {
        below_us(self.scope.as_deref())
    }

    /// Looks what is left of what was asked to end. Whether that is over now.
    pub(crate) fn look_for_rest(&mut self, now: Instant) -> bool {
        let Some(ending) = &mut self.ending else { return false };
        let step = ending.step(now);
        if step == Step::Wait {
            return false;
        }
        let left = self.tree();
        let outcome = if left.is_empty() && self.session.exit().is_some() {
            Ok(())
        } else if step == Step::GiveUp {
            Err(cannot_end(&left))
        } else {
            if step == Step::Kill {
                for process in left {
                    process.signal(Signal::KILL);
                }
            }
            return false;
        };
        self.ending = None;
        self.session.asked.ended(&outcome);
        true
    }

    /// The holder ends. A record that could not be written when the program ended is tried once more.
    pub(crate) fn leave(&mut self) {
        if let Some(status) = self.session.exit().filter(|_| !self.recorded) {
            self.write_down(status);
        }
        self.save_last();
        self.folder.leave().unwrap_or_default();
    }

    fn write_down(&mut self, status: ExitStatus) {
        let (incarnation, end) = (self.record.incarnation, self.session.ring.kept().end);
        let by_system = self.ending.is_some_and(Ending::is_by_system);
        let exit = ExitRecord { incarnation, status, end, ended_at: millis(), by_system };
        // On a full disk the holder itself remains to tell how it ended.
        self.recorded = self.folder.exit(&exit).is_ok();
    }
}

fn number(signal: SessionSignal) -> Signal {
    match signal {
        SessionSignal::Int => Signal::INT,
        SessionSignal::Quit => Signal::QUIT,
        SessionSignal::Tstp => Signal::TSTP,
        SessionSignal::Term => Signal::TERM,
        SessionSignal::Hup => Signal::HUP,
        SessionSignal::Cont => Signal::CONT,
        SessionSignal::Usr1 => Signal::USR1,
        SessionSignal::Usr2 => Signal::USR2,
        SessionSignal::Kill => Signal::KILL,
    }
}

fn cannot_end(left: &[Process]) -> Refusal {
    let pids: Vec<String> = left.iter().map(|process| process.pid().to_string()).collect();
    Refusal::new(Code::Internal, format!("session: these processes could not be ended: {}", pids.join(", ")))
}
