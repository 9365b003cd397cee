//! The program: whether it has ended and how, and how to end it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use homie_protocol::methods::session::ExitStatus;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process_group, pidfd_open, waitpid};

/// A child of ours that is not waited for yet, so its process id cannot be somebody else's.
pub(crate) struct Child {
    pid: Pid,
    /// Readable when it has ended. Without it (a kernel before 5.3) the pump looks every now and then.
    ended: Option<OwnedFd>,
}

impl Child {
    pub(crate) fn new(pid: Pid) -> Self {
        Self { pid, ended: pidfd_open(pid, PidfdFlags::empty()).ok() }
    }

    pub(crate) fn ended_fd(&self) -> Option<BorrowedFd<'_>> {
        self.ended.as_ref().map(AsFd::as_fd)
    }

    /// How it ended, if it has. Says it once: the child is gone then.
    pub(crate) fn wait(&self) -> Option<ExitStatus> {
        match waitpid(Some(self.pid), WaitOptions::NOHANG) {
            Ok(Some((_, status))) if status.exited() || status.signaled() => {
                Some(ExitStatus { code: status.exit_status(), signal: status.terminating_signal() })
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => None,
            // Somebody else has waited for it: it has ended, and nobody can say how.
            Err(_) => Some(ExitStatus { code: None, signal: None }),
        }
    }

    /// Sends a signal to the program's own process group. It may have ended meanwhile; then there is nothing to do.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process_group(self.pid, signal).unwrap_or_default();
    }
}
