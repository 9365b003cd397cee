//! Pipes instead of a terminal, for programs that speak with programs: what they are given and say is bytes, nothing else.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::Pid;

use crate::error::HoldError;
use crate::pty::{Read, Write};

/// Bytes kept of what the program says on its error stream: the last ones tell why it ended.
pub(crate) const ERRORS: usize = 64 * 1024;

pub(crate) struct Pipes {
    output: OwnedFd,
    /// `None` once no more input follows.
    input: Option<OwnedFd>,
    input_ends: bool,
    /// `None` once nobody writes there.
    errors: Option<OwnedFd>,
    tail: Tail,
}

impl Pipes {
    /// Starts the program in a process group of its own. `joined`: errors go where its output goes, and it has nothing to read.
    pub(crate) fn spawn(mut command: Command, joined: bool) -> Result<(Self, Pid), HoldError> {
        let both = if joined { Some(join(&mut command)?) } else { None };
        if both.is_none() {
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        command.process_group(0);
        // SAFETY: `signal` may be called between fork and exec; it touches no memory of ours.
        unsafe {
            command.pre_exec(|| {
                // What the holder ignores would be ignored by the program too.
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGPIPE] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                Ok(())
            });
        }
        let mut child = command.spawn().map_err(|error| HoldError::Program(error.to_string()))?;
        // While we could write there too, nobody would learn that the output has ended.
        drop(command);
        let pid = Pid::from_child(&child);
        let Some(output) = both.or_else(|| child.stdout.take().map(OwnedFd::from)) else {
            return Err(HoldError::Program("it has no pipes".to_owned()));
        };
        let (input, errors) = (child.stdin.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from));
        for pipe in [Some(&output), input.as_ref(), errors.as_ref()].into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true).map_err(HoldError::at("pipes"))?;
        }
        Ok((Self { output, input, input_ends: false, errors, tail: Tail::default() }, pid))
    }

    pub(crate) fn read(&self, space: &mut [u8]) -> Read {
        read(&self.output, space)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Write {
        let Some(input) = &self.input else { return Write::Over };
        match rustix::io::write(input, bytes) {
            Ok(0) | Err(Errno::AGAIN | Errno::INTR) => Write::Full,
            Ok(len) => Write::Bytes(len),
            Err(_) => Write::Over,
        }
    }

    /// No more input follows what waits.
    pub(crate) fn end_input(&mut self) {
        self.input_ends = true;
    }

    /// Nothing waits: if no more follows the program is told so. Whether it was.
    pub(crate) fn close_input(&mut self) -> bool {
        if self.input_ends {
            self.input = None;
        }
        self.input_ends
    }

    /// Takes what was said on the error stream.
    pub(crate) fn hear_errors(&mut self, buffer: &mut [u8]) {
        let Some(errors) = &self.errors else { return };
        match read(errors, buffer) {
            Read::Bytes(len) => self.tail.push(buffer.get(..len).unwrap_or_default()),
            Read::Empty => {}
            Read::Over => self.errors = None,
        }
    }

    /// The last that was said there.
    pub(crate) fn errors_text(&self) -> String {
        self.tail.text()
    }

    pub(crate) fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    pub(crate) fn input(&self) -> Option<BorrowedFd<'_>> {
        self.input.as_ref().map(OwnedFd::as_fd)
    }

    pub(crate) fn errors(&self) -> Option<BorrowedFd<'_>> {
        self.errors.as_ref().map(OwnedFd::as_fd)
    }
}

/// Has output and errors come by one pipe, in the order in which they were said, and gives its end.
fn join(command: &mut Command) -> Result<OwnedFd, HoldError> {
    let pipe = std::io::pipe().and_then(|(reader, writer)| Ok((reader, writer.try_clone()?, writer)));
    let (reader, output, errors) = pipe.map_err(HoldError::at("pipes"))?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    Ok(reader.into())
}

fn read(pipe: &OwnedFd, space: &mut [u8]) -> Read {
    match rustix::io::read(pipe, space) {
        Ok(0) => Read::Over,
        Ok(len) => Read::Bytes(len),
        Err(Errno::AGAIN | Errno::INTR) => Read::Empty,
        Err(_) => Read::Over,
    }
}

/// The last bytes of a stream.
#[derive(Default)]
struct Tail(VecDeque<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let beyond = self.0.len().saturating_sub(ERRORS);
        self.0.drain(..beyond);
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_errors_the_last_are_kept() {
        let mut tail = Tail::default();
        for number in 0..100_000 {
            tail.push(format!("error {number}\n").as_bytes());
            assert!(tail.0.len() <= ERRORS);
        }
        assert!(tail.text().ends_with("error 99998\nerror 99999\n"));
        tail.push(&vec![0xFF; 2 * ERRORS]);
        assert_eq!(tail.text().chars().count(), ERRORS);
    }
}
