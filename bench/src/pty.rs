//! A terminal that this process looks at: a program on a PTY, read and written without waiting longer than asked.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::process;

/// Columns and rows of every terminal here.
pub(crate) const SIZE: (u16, u16) = (80, 24);

/// The program's terminal.
pub(crate) struct Pty {
    master: File,
    child: Child,
}

impl Pty {
    /// Starts a program with a terminal of its own.
    pub(crate) fn start(words: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let (master, slave) = pair()?;
        // It is util-linux's, on every Linux: the terminal becomes the controlling one, and the program takes its place.
        let mut command = Command::new("setsid");
        command.arg("--ctty").args(words).env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("TMUX");
        command.envs(env.iter().copied());
        let stdio = || -> anyhow::Result<Stdio> { Ok(Stdio::from(slave.try_clone()?)) };
        let child = command.stdin(stdio()?).stdout(stdio()?).stderr(stdio()?).spawn().context("setsid")?;
        Ok(Self { master: File::from(master), child })
    }

    /// A program that begins when [`Pty::go`] is called, so that what it took to get here is not measured: `there` are the
    /// words that lead to where it runs, if that is elsewhere.
    pub(crate) fn parked(there: &[&str], words: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let park = ["/bin/sh", "-c", "stty -echo; printf PARKED; read -r _; exec \"$@\"", "sh"];
        let parked = [there, &park, words].concat();
        let mut pty = Self::start(&parked, env)?;
        let mut seen = Vec::new();
        while !seen.ends_with(b"PARKED") {
            if pty.read(Duration::from_secs(10), &mut seen, 64)? == 0 {
                bail!("{words:?} did not start");
            }
        }
        Ok(pty)
    }

    /// Lets a parked program begin.
    pub(crate) fn go(&mut self) -> anyhow::Result<()> {
        self.send(b"\n")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.master.write_all(bytes)?)
    }

    /// Appends what comes, at most `most` bytes; 0 after so long without any.
    pub(crate) fn read(&mut self, within: Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize> {
        if !is_ready(&self.master, within)? {
            return Ok(0);
        }
        let start = shown.len();
        shown.resize(start + most, 0);
        let read = self.master.read(shown.get_mut(start..).unwrap_or_default());
        shown.truncate(start + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => bail!("the terminal has ended"),
            Ok(len) => Ok(len),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(error).context("the terminal has ended"),
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        process::end(&[self.child.id()]);
        // It is dead; this only takes notice.
        let _ = self.child.wait();
    }
}

fn pair() -> anyhow::Result<(OwnedFd, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).context("no terminal left")?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let path = Path::new(name.to_str()?);
    let slave = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let (ws_col, ws_row) = SIZE;
    tcsetwinsize(&slave, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok((master, slave))
}

/// Whether something can be read within this time.
pub(crate) fn is_ready(source: &impl AsFd, within: Duration) -> anyhow::Result<bool> {
    let mut fds = [PollFd::from_borrowed_fd(source.as_fd(), PollFlags::IN)];
    let limit = Timespec::try_from(within)?;
    match poll(&mut fds, Some(&limit)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
