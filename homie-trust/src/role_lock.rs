//! One node and one gateway per state directory.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

/// How long the child of a process that was killed may take to become another program: until then it has the lock, as
/// it has all files of its parent.
const FORKED: Duration = Duration::from_secs(2);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// What a process is in a state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockRole {
    /// The node.
    Node,
    /// The gateway.
    Gateway,
}

impl fmt::Display for LockRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Node => "node",
            Self::Gateway => "gateway",
        })
    }
}

/// The role is ours until this is dropped; the kernel drops it when the process dies.
#[derive(Debug)]
#[must_use = "the role is given back when the lock is dropped"]
pub struct RoleLock {
    file: File,
}

impl Drop for RoleLock {
    /// A child that is just being started still has the open file, and the lock with it; unlocking takes it from both.
    fn drop(&mut self) {
        // Where this fails, closing the file has to do.
        let _closed = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl StateDir {
    /// Takes the role, or says which process has it. It waits for a child that a dead process has left, which nobody may do on a
    /// runtime's own threads.
    pub fn lock(&self, role: LockRole) -> Result<RoleLock, TrustError> {
        let begun = Instant::now();
        self.lock_waiting(role, || {
            sleep(LOOK);
            begun.elapsed() < FORKED
        })
    }

    /// The same; `wait` lets a moment pass, and says whether it is worth another try.
    fn lock_waiting(&self, role: LockRole, mut wait: impl FnMut() -> bool) -> Result<RoleLock, TrustError> {
        let path = self.path().join(format!("{role}.lock"));
        let mut file = private_file::open_or_create(&path)?;
        loop {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {}
                Err(errno) => return Err(TrustError::file("lock", &path)(errno.into())),
            }
            let pid = pid_in(&file);
            if pid.is_none_or(is_alive) || !wait() {
                return Err(TrustError::Taken { role, pid, path: self.path().to_owned() });
            }
        }
        file.set_len(0).map_err(TrustError::file("write", &path))?;
        writeln!(file, "{}", std::process::id()).map_err(TrustError::file("write", &path))?;
        Ok(RoleLock { file })
    }
}

/// For the error's words, and for how long to wait: the lock is the kernel's, not the number's.
fn pid_in(file: &File) -> Option<u32> {
    let mut text = [0; 32];
    let len = file.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(text.get(..len)?).ok()?.trim().parse().ok()
}

/// Whether there is such a process. Of another user's nothing but that is told.
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that no process has.
    const DEAD: &str = "4194304999\n";

    /// A state directory whose last node is dead, and the lock that a child of it still has.
    fn left() -> (tempfile::TempDir, StateDir, File) {
        let folder = tempfile::tempdir().unwrap();
        let dir = StateDir::open(&folder.path().join("home")).unwrap();
        let mut file = private_file::open_or_create(&dir.path().join("node.lock")).unwrap();
        file.write_all(DEAD.as_bytes()).unwrap();
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
        (folder, dir, file)
    }

    /// A process that is killed while it starts another one: the child has its lock until it is that other program.
    #[test]
    fn the_child_of_a_dead_process_is_waited_for() {
        let (_folder, dir, child) = left();
        let mut child = Some(child);
        let _node = dir.lock_waiting(LockRole::Node, || child.take().is_some()).unwrap();
        assert!(child.is_none(), "not before it was waited for");
    }

    #[test]
    fn and_not_for_ever() {
        let (_folder, dir, _child) = left();
        assert!(matches!(dir.lock_waiting(LockRole::Node, || false), Err(TrustError::Taken { .. })));
    }

    #[test]
    fn a_process_that_is_alive_is_not_waited_for() {
        let (_folder, dir, _other) = left();
        std::fs::write(dir.path().join("node.lock"), std::process::id().to_string()).unwrap();
        assert!(matches!(dir.lock_waiting(LockRole::Node, || panic!("waited")), Err(TrustError::Taken { .. })));
    }
}
