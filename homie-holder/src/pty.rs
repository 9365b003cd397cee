//! The terminal: every read and write of it is here.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use homie_protocol::frame::Flags;
use homie_protocol::methods::session::Size;
use portable_pty::{CommandBuilder, PtySize, SlavePty, native_pty_system};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcgetpgrp, tcsetwinsize};

use crate::error::HoldError;

pub(crate) struct Pty {
    master: OwnedFd,
    /// Kept open, so that a program that closes its terminal and opens it again later does not look like an end.
    slave: Box<dyn SlavePty + Send>,
}

/// What a read brought.
pub(crate) enum Read {
    /// So many bytes.
    Bytes(usize),
    /// Nothing now.
    Empty,
    /// Nothing any more.
    Over,
}

/// What a write did.
pub(crate) enum Write {
    /// So many bytes were taken.
    Bytes(usize),
    /// The program does not read; come back later.
    Full,
    /// Nobody will ever read.
    Over,
}

impl Pty {
    pub(crate) fn open(size: Size) -> Result<Self, HoldError> {
        let size = PtySize { rows: size.rows(), cols: size.cols(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|error| HoldError::Terminal(error.to_string()))?;
        let raw = pair.master.as_raw_fd().ok_or_else(|| HoldError::Program("the terminal has no descriptor".into()))?;
        // SAFETY: `pair.master` owns this descriptor and lives to the end of this function.
        let master = unsafe { BorrowedFd::borrow_raw(raw) }.try_clone_to_owned().map_err(HoldError::at("terminal"))?;
        rustix::io::ioctl_fionbio(&master, true).map_err(HoldError::at("terminal"))?;
        Ok(Self { master, slave: pair.slave })
    }

    /// Starts the program with this as its controlling terminal.
    pub(crate) fn spawn(&self, command: CommandBuilder) -> Result<Pid, HoldError> {
        let child = self.slave.spawn_command(command).map_err(|error| HoldError::Program(format!("{error:#}")))?;
        let pid = child.process_id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        pid.ok_or_else(|| HoldError::Program("it has no process id".into()))
    }

    pub(crate) fn read(&self, space: &mut [u8]) -> Read {
        match rustix::io::read(&self.master, space) {
            Ok(0) => Read::Over,
            Ok(len) => Read::Bytes(len),
            Err(Errno::AGAIN | Errno::INTR) => Read::Empty,
            Err(_) => Read::Over,
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Write {
        match rustix::io::write(&self.master, bytes) {
            Ok(0) | Err(Errno::AGAIN | Errno::INTR) => Write::Full,
            Ok(len) => Write::Bytes(len),
            Err(_) => Write::Over,
        }
    }

    pub(crate) fn resize(&self, size: Size) -> io::Result<()> {
        let winsize = Winsize { ws_row: size.rows(), ws_col: size.cols(), ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(&self.master, winsize)?)
    }

    /// Whether the terminal echoes and edits lines now.
    pub(crate) fn modes(&self) -> Flags {
        let Ok(termios) = tcgetattr(&self.master) else { return Flags::NONE };
        let echo = if termios.local_modes.contains(LocalModes::ECHO) { Flags::ECHO } else { Flags::NONE };
        let icanon = if termios.local_modes.contains(LocalModes::ICANON) { Flags::ICANON } else { Flags::NONE };
        echo.with(icanon)
    }

    /// Sends a signal to whoever the terminal listens to now.
    pub(crate) fn signal_foreground(&self, signal: Signal) -> rustix::io::Result<()> {
        tcgetpgrp(&self.master).and_then(|group| kill_process_group(group, signal))
    }

    /// Sends SIGINT, SIGQUIT or SIGTSTP as their keys do. Unlike a key it needs no room in the queue of input.
    pub(crate) fn press(&self, signal: Signal) -> io::Result<()> {
        // SAFETY: TIOCSIG takes the signal's number itself and touches no memory of ours.
        let done = unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSIG, signal.as_raw()) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}
