//! A program on a host, and what it says, line by line. It ends with its handle.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Far more than anything takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What may come on top of a promised time: a machine that is busy with other things does not fail a test.
pub const BUSY: Duration = Duration::from_secs(20);

/// A program that runs.
#[derive(Debug)]
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Program {
    /// Starts it. What it complains of goes into a file, behind what is there.
    pub fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().context("a pipe was asked for")?);
        let (line_tx, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // A test that listens no more must not fill the pipe.
                let _heard = line_tx.send(line);
            }
        });
        Ok(Self { child, stdin, lines })
    }

    /// Its next line; `None` if it says none until then.
    pub fn line_before(&self, end: Instant) -> anyhow::Result<Option<String>> {
        match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("it has ended"),
        }
    }

    /// Everything that it says up to a line with this in it.
    pub fn hear(&self, part: &str) -> anyhow::Result<Vec<String>> {
        let (mut said, end) = (Vec::new(), Instant::now() + PATIENCE);
        loop {
            let line = self.line_before(end).with_context(|| format!("{part:?} was not said, but {said:#?}"))?;
            let line = line.with_context(|| format!("{part:?} is not said, but {said:#?}"))?;
            let is_it = line.contains(part);
            said.push(line);
            if is_it {
                return Ok(said);
            }
        }
    }

    /// Tells it a line.
    pub fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.stdin.as_mut().context("it listens no more")?, "{line}")?)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("it has no number")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for its end.
    pub fn end(mut self) -> anyhow::Result<ExitStatus> {
        // Its output ends with it, so that the wait for it can have a limit.
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.line_before(end) {
            line.context("it does not end")?;
        }
        Ok(self.child.wait()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}
