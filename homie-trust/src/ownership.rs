//! Whether a file or directory is ours alone. Pure: whoever has opened it passes what the system said of it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::FileType;

use crate::error::TrustError;

/// What it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Mode 0600.
    File,
    /// Mode 0700.
    Directory,
}

/// What it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    kind: FileType,
    permissions: u32,
    uid: u32,
}

impl From<&Metadata> for Found {
    fn from(metadata: &Metadata) -> Self {
        let mode = metadata.mode();
        Self { kind: FileType::from_raw_mode(mode), permissions: mode & 0o7777, uid: metadata.uid() }
    }
}

/// Refuses what is not of this kind, not ours, or open to others. Nothing is repaired: whoever could read it has had the
/// time to, and a person should know.
pub(crate) fn check(path: &Path, kind: Kind, found: Found, own_uid: u32) -> Result<(), TrustError> {
    let refused = |problem, remedy: String| Err(TrustError::Unsafe { path: path.to_owned(), problem, remedy });
    let (wanted, not_it) = match kind {
        Kind::File => (FileType::RegularFile, "is not a regular file"),
        Kind::Directory => (FileType::Directory, "is not a directory"),
    };
    if found.kind == FileType::Symlink {
        return refused("is a symbolic link", "put what it points to in its place".to_owned());
    }
    if found.kind != wanted {
        return refused(not_it, "move it away".to_owned());
    }
    if found.uid != own_uid {
        return refused("belongs to another user", "choose a HOMIE_HOME of your own".to_owned());
    }
    let permissions = match kind {
        Kind::File => 0o600,
        Kind::Directory => 0o700,
    };
    if found.permissions != permissions {
        let remedy = format!("if nobody else has touched it: chmod {permissions:o} '{}'", path.display());
        return refused("must be readable and writable by you alone", remedy);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(kind: Kind, found: FileType, permissions: u32, uid: u32) -> Option<String> {
        let found = Found { kind: found, permissions, uid };
        check(Path::new("/h/x"), kind, found, 1000).err().map(|error| error.to_string())
    }

    #[test]
    fn only_ours_alone_passes() {
        assert_eq!(complaint(Kind::File, FileType::RegularFile, 0o600, 1000), None);
        assert_eq!(complaint(Kind::Directory, FileType::Directory, 0o700, 1000), None);
    }

    #[test]
    fn each_fault_has_its_words() {
        let cases = [
            (Kind::File, FileType::Symlink, 0o777, 1000, "is a symbolic link"),
            (Kind::File, FileType::Fifo, 0o600, 1000, "is not a regular file"),
            (Kind::Directory, FileType::RegularFile, 0o700, 1000, "is not a directory"),
            (Kind::File, FileType::RegularFile, 0o600, 0, "belongs to another user"),
            (Kind::Directory, FileType::Directory, 0o700, 1001, "belongs to another user"),
            (Kind::File, FileType::RegularFile, 0o644, 1000, "chmod 600 '/h/x'"),
            (Kind::File, FileType::RegularFile, 0o640, 1000, "chmod 600 '/h/x'"),
            (Kind::File, FileType::RegularFile, 0o4600, 1000, "chmod 600 '/h/x'"),
            (Kind::Directory, FileType::Directory, 0o755, 1000, "chmod 700 '/h/x'"),
            (Kind::Directory, FileType::Directory, 0o1777, 1000, "chmod 700 '/h/x'"),
        ];
        for (kind, found, permissions, uid, words) in cases {
            let said = complaint(kind, found, permissions, uid).unwrap_or_default();
            assert!(said.contains(words), "{found:?} {permissions:o} {uid}: {said:?}");
        }
    }
}
