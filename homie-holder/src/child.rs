//! The program and the orphans it leaves: whether they have ended and how, and how to signal the program.

use homie_protocol::methods::session::ExitStatus;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};

/// The program: a child of ours. Until [`Child::reap`] has said how it ended, its process id cannot be somebody else's.
pub(crate) struct Child {
    pid: Pid,
}

impl Child {
    pub(crate) fn new(pid: Pid) -> Self {
        Self { pid }
    }

    /// Waits for all children that have ended, so that none is left as a zombie. How the program ended, if it is one of
    /// them: that is said once.
    pub(crate) fn reap(&self) -> Option<ExitStatus> {
        let mut ended = None;
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.pid => {
                    ended = Some(ExitStatus { code: status.exit_status(), signal: status.terminating_signal() });
                }
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return ended,
                // No child is left. If nobody has heard of the program's end, nobody can say how it ended.
                Err(_) => return ended.or(Some(ExitStatus { code: None, signal: None })),
            }
        }
    }

    /// Sends a signal to the program's own process group. It may have ended meanwhile; then there is nothing to do.
    pub(crate) fn signal(&self, signal: Signal) -> rustix::io::Result<()> {
        kill_process_group(self.pid, signal)
    }
}
