//! The holder's folder: its socket, and what it leaves for those who look later.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::HoldError;
use crate::record::{EXIT, ExitRecord, RECORD, Record, SCREEN, SOCKET};

/// Bytes of a socket's path: the smallest address any of our systems has is 104, its final zero included.
const PATH_MAX: usize = 100;

pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Takes the folder, which must be ours alone, and listens there. Another holder that lives there is left alone.
    pub(crate) fn take(path: &Path) -> Result<(Self, UnixListener), HoldError> {
        let socket = path.join(SOCKET);
        if socket.as_os_str().as_bytes().len() >= PATH_MAX {
            return Err(HoldError::PathTooLong(socket));
        }
        make(path)?;
        clear(&socket)?;
        // What an earlier birth has left says nothing about this one.
        remove(&path.join(EXIT)).map_err(HoldError::at("exit.json"))?;
        remove(&path.join(SCREEN)).map_err(HoldError::at("screen"))?;
        let listener = UnixListener::bind(&socket).map_err(HoldError::at("socket"))?;
        let folder = Self { path: path.to_owned() };
        fs::set_permissions(&socket, Permissions::from_mode(0o600)).map_err(HoldError::at("socket"))?;
        listener.set_nonblocking(true).map_err(HoldError::at("socket"))?;
        Ok((folder, listener))
    }

    /// Writes down what was started.
    pub(crate) fn record(&self, record: &Record) -> io::Result<()> {
        self.write(RECORD, record)
    }

    /// Writes down how it ended.
    pub(crate) fn exit(&self, exit: &ExitRecord) -> io::Result<()> {
        self.write(EXIT, exit)
    }

    /// The holder ends: nobody is to knock here any more.
    pub(crate) fn leave(&self) -> io::Result<()> {
        remove(&self.path.join(SOCKET))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        put(&self.path, name, &serde_json::to_vec(value)?)
    }
}

/// Writes a file of a folder, whole or not at all, also over a power cut.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    remove(&temporary)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Makes the folder, or checks the one that is there.
fn make(path: &Path) -> Result<(), HoldError> {
    let refuse = |why| Err(HoldError::Folder(path.to_owned(), why));
    if !path.is_absolute() {
        return refuse("the path must be absolute");
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(HoldError::System("holder's folder", error)),
    }
    let found = fs::symlink_metadata(path).map_err(HoldError::at("holder's folder"))?;
    if !found.is_dir() {
        return refuse("this is not a folder");
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refuse("this folder belongs to somebody else");
    }
    if found.mode() & 0o077 != 0 {
        return refuse("others can enter this folder: chmod 700 it");
    }
    Ok(())
}

/// Removes the socket of a holder that is no more.
fn clear(socket: &Path) -> Result<(), HoldError> {
    let found = match fs::symlink_metadata(socket) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(HoldError::System("socket", error)),
    };
    if !found.file_type().is_socket() {
        return Err(HoldError::Folder(socket.to_owned(), "something that is not a socket is in its place"));
    }
    match UnixStream::connect(socket) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => remove(socket).map_err(HoldError::at("socket")),
        // It answers, or is too busy to: it lives.
        Ok(_) | Err(_) => Err(HoldError::Occupied(socket.to_owned())),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
