//! What a program is joined to the holder by: a terminal, or pipes.

use std::os::fd::{AsFd, BorrowedFd};

use homie_protocol::frame::Flags;
use homie_protocol::methods::session::Size;

use crate::pipes::Pipes;
use crate::pty::{Pty, Read, Write};

pub(crate) enum Streams {
    Terminal(Pty),
    Pipes(Pipes),
}

impl Streams {
    pub(crate) fn read(&self, space: &mut [u8]) -> Read {
        match self {
            Self::Terminal(pty) => pty.read(space),
            Self::Pipes(pipes) => pipes.read(space),
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Write {
        match self {
            Self::Terminal(pty) => pty.write(bytes),
            Self::Pipes(pipes) => pipes.write(bytes),
        }
    }

    /// Whether it echoes and edits lines now. Pipes never do.
    pub(crate) fn modes(&self) -> Flags {
        match self {
            Self::Terminal(pty) => pty.modes(),
            Self::Pipes(_) => Flags::NONE,
        }
    }

    /// Whether it has another size now. Pipes have none.
    pub(crate) fn resize(&self, size: Size) -> bool {
        match self {
            Self::Terminal(pty) => pty.resize(size).is_ok(),
            Self::Pipes(_) => false,
        }
    }

    /// Where output is read.
    pub(crate) fn output(&self) -> BorrowedFd<'_> {
        match self {
            Self::Terminal(pty) => pty.as_fd(),
            Self::Pipes(pipes) => pipes.output(),
        }
    }

    /// Where input is written, while there is any.
    pub(crate) fn input(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Terminal(pty) => Some(pty.as_fd()),
            Self::Pipes(pipes) => pipes.input(),
        }
    }

    /// Where errors are read, if they come apart.
    pub(crate) fn errors(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Terminal(_) => None,
            Self::Pipes(pipes) => pipes.errors(),
        }
    }
}
