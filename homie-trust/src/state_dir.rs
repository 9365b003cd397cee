//! The state directory: ours alone, and where everything lies in it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use homie_protocol::id::SessionId;
use rustix::fs::{FlockOperation, OFlags};

use crate::error::TrustError;
use crate::ownership::{self, Found, Kind};
use crate::peer::own_uid;
use crate::private_file;

/// Bytes of the longest socket path: the system ends at 108, macOS at 104.
const SOCKET_PATH: usize = 99;

/// Bytes of `/holders/<26 characters>/sock`, the longest path of a socket below the directory.
const BELOW: usize = "/holders/".len() + 26 + "/sock".len();

/// The state directory, checked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StateDir {
    path: Arc<Path>,
}

impl StateDir {
    /// Opens the directory, and makes it with mode 0700 if it is not there.
    pub fn open(path: &Path) -> Result<Self, TrustError> {
        // Without a slash at the end, behind which a symbolic link would hide.
        let path: PathBuf = path.components().collect();
        let length = path.as_os_str().as_bytes().len();
        if length > SOCKET_PATH - BELOW {
            return Err(TrustError::PathTooLong { path, length, most: SOCKET_PATH - BELOW });
        }
        create(&path)?;
        Ok(Self { path: path.into() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The node's socket for programs of the same user.
    pub fn local_sock(&self) -> PathBuf {
        self.path.join("local.sock")
    }

    /// The node's socket for the gateway.
    pub fn mesh_sock(&self) -> PathBuf {
        self.path.join("mesh.sock")
    }

    /// The gateway's socket for programs of the same user.
    pub fn gateway_sock(&self) -> PathBuf {
        self.path.join("gateway.sock")
    }

    /// Where the holders' directories are.
    pub fn holders(&self) -> PathBuf {
        self.path.join("holders")
    }

    /// The directory of this session's holder.
    pub fn holder(&self, session: &SessionId) -> PathBuf {
        self.holders().join(session.to_string())
    }

    /// Makes the directory of this session's holder.
    pub fn create_holder(&self, session: &SessionId) -> Result<PathBuf, TrustError> {
        create(&self.holders())?;
        let holder = self.holder(session);
        create(&holder)?;
        Ok(holder)
    }

    /// The node's database: a file that is ours alone, made empty if it is not there.
    pub fn node_db(&self) -> Result<PathBuf, TrustError> {
        let path = self.path.join("node.db");
        private_file::open_or_create(&path)?;
        Ok(path)
    }

    /// The directory of recordings, made if it is not there.
    pub fn create_recordings(&self) -> Result<PathBuf, TrustError> {
        self.create_below("recordings")
    }

    /// A directory below, made with mode 0700 if it is not there.
    pub(crate) fn create_below(&self, name: &str) -> Result<PathBuf, TrustError> {
        let path = self.path.join(name);
        create(&path)?;
        Ok(path)
    }

    /// Waits until nobody else writes here, thread or process. Each write takes milliseconds.
    pub(crate) fn writing(&self) -> Result<Writing, TrustError> {
        let directory = open_directory(&self.path).map_err(TrustError::file("open", &self.path))?;
        rustix::io::retry_on_intr(|| rustix::fs::flock(&directory, FlockOperation::LockExclusive))
            .map_err(|errno| TrustError::file("lock", &self.path)(errno.into()))?;
        Ok(Writing { directory, path: self.path.clone() })
    }
}

/// The right to write in the state directory; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Writing {
    directory: File,
    path: Arc<Path>,
}

impl Writing {
    /// Waits until the names in the directory are on disk.
    pub(crate) fn sync(&self) -> Result<(), TrustError> {
        self.directory.sync_all().map_err(TrustError::file("write", &self.path))
    }
}

/// Makes the directory if it is not there, and refuses one that is not ours alone.
fn create(path: &Path) -> Result<(), TrustError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
        .map_err(TrustError::file("create", path))?;
    let found = std::fs::symlink_metadata(path).map_err(TrustError::file("examine", path))?;
    ownership::check(path, Kind::Directory, Found::from(&found), own_uid())
}

fn open_directory(path: &Path) -> io::Result<File> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}
