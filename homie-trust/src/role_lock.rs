//! One node and one gateway per state directory.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

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
    /// Takes the role, or says which process has it.
    pub fn lock(&self, role: LockRole) -> Result<RoleLock, TrustError> {
        let path = self.path().join(format!("{role}.lock"));
        let mut file = private_file::open_or_create(&path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(TrustError::Taken { role, pid: pid_in(&mut file), path: self.path().to_owned() });
            }
            Err(errno) => return Err(TrustError::file("lock", &path)(errno.into())),
        }
        file.set_len(0).map_err(TrustError::file("write", &path))?;
        writeln!(file, "{}", std::process::id()).map_err(TrustError::file("write", &path))?;
        Ok(RoleLock { file })
    }
}

/// For the error's words only: the lock is the kernel's, not the number's.
fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
