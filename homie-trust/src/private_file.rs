//! Files that only we may read: opened with care, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::error::TrustError;
use crate::ownership::{self, Found, Kind};
use crate::peer::own_uid;
use crate::state_dir::Writing;

/// Bytes of the longest file read here: a roster has no more.
const LONGEST: u64 = 1024 * 1024;

/// The content of a file that is ours alone; `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, TrustError> {
    // Without waiting: a pipe in the file's place would otherwise hold us for ever.
    let opened = OpenOptions::new().read(true).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK)).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unopened(path, error)),
    };
    check(path, &file)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(TrustError::file("read", path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(TrustError::corrupt(path, "it is longer than 1 MiB", "put back a copy that works"));
    }
    Ok(Some(bytes))
}

/// Tells one content of a file from another without reading it: files here are replaced, never written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

/// The file's stamp; `None` if there is no such file.
pub(crate) fn stamp(path: &Path) -> Result<Option<Stamp>, TrustError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) => {
            Ok(Some(Stamp { inode: found.ino(), length: found.len(), changed: (found.ctime(), found.ctime_nsec()) }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TrustError::file("examine", path)(error)),
    }
}

/// Makes a file that was not there, readable and writable by us alone.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<File, TrustError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(flags(OFlags::NOFOLLOW));
    let mut file = options.open(path).map_err(TrustError::file("create", path))?;
    let private = PermissionsExt::from_mode(0o600);
    // The mode again, because the umask may have taken from it.
    file.set_permissions(private).map_err(TrustError::file("protect", path))?;
    file.write_all(bytes).map_err(TrustError::file("write", path))?;
    Ok(file)
}

/// Puts these bytes in the place of whatever was there: after a crash the old content stands there, or the new.
pub(crate) fn replace(writing: &Writing, path: &Path, bytes: &[u8]) -> Result<(), TrustError> {
    // One name for all, because only one process writes at a time; what a crash has left of it goes first.
    let new = path.with_extension("new");
    remove(&new)?;
    let file = create(&new, bytes)?;
    file.sync_all().map_err(TrustError::file("write", &new))?;
    std::fs::rename(&new, path).map_err(TrustError::file("replace", path))?;
    writing.sync()
}

/// Opens a file to lock it, and makes it if need be.
pub(crate) fn open_or_create(path: &Path) -> Result<File, TrustError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK));
    let file = options.open(path).map_err(|error| unopened(path, error))?;
    check(path, &file)?;
    Ok(file)
}

/// Removes a file; `false` if there was none.
pub(crate) fn remove(path: &Path) -> Result<bool, TrustError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(TrustError::file("remove", path)(error)),
    }
}

fn check(path: &Path, file: &File) -> Result<(), TrustError> {
    let metadata = file.metadata().map_err(TrustError::file("examine", path))?;
    ownership::check(path, Kind::File, Found::from(&metadata), own_uid())
}

/// A symbolic link or a socket cannot be opened; the words then are those of the check.
fn unopened(path: &Path, error: io::Error) -> TrustError {
    let foreign = [Errno::LOOP, Errno::NXIO].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()));
    let metadata = std::fs::symlink_metadata(path).ok().filter(|_| foreign);
    let checked = metadata.map(|metadata| ownership::check(path, Kind::File, Found::from(&metadata), own_uid()));
    if let Some(Err(complaint)) = checked {
        return complaint;
    }
    TrustError::file("open", path)(error)
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}
