//! What is done without asking: it concerns nobody but this user, and takes rights away, never gives any.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use homie_trust::own_uid;
use rustix::fs::{Mode, OFlags, open};

use super::finding::{Finding, Remedy};
use crate::outcome::error;
use crate::service;

/// Mends it, or says why it could not; `None` where only a person should.
pub(super) fn mend(finding: &Finding) -> Option<Result<(), String>> {
    let done = match finding.remedy.as_ref()? {
        Remedy::Mode { path, mode } => protect(path, *mode),
        Remedy::Linger => service::stay().map_err(|failure| error(failure).to_string()),
    };
    Some(done)
}

/// Holds what stands there now, whatever its rights: it must still be ours, and no symbolic link, which would lead elsewhere. Its
/// rights are taken where it is held, so that nothing can take its place meanwhile.
fn protect(path: &Path, mode: u32) -> Result<(), String> {
    let words = |error: io::Error| format!("{}: {error}", path.display());
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = File::from(open(path, flags, Mode::empty()).map_err(|error| words(error.into()))?);
    let found = held.metadata().map_err(words)?;
    if found.is_symlink() || found.uid() != own_uid() {
        return Err(format!("{} is not ours any more", path.display()));
    }
    let place = format!("/proc/self/fd/{}", held.as_raw_fd());
    fs::set_permissions(place, Permissions::from_mode(found.mode() & mode)).map_err(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn rights_are_only_ever_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, "").unwrap();
        for (before, after) in [(0o644, 0o600), (0o666, 0o600), (0o444, 0o400), (0o600, 0o600), (0o044, 0)] {
            fs::set_permissions(&file, Permissions::from_mode(before)).unwrap();
            protect(&file, 0o600).unwrap();
            assert_eq!(mode(&file), after, "{before:o}");
        }
    }

    /// None of them can be opened as a file is.
    #[test]
    fn sockets_and_folders_are_protected_too() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, inner) = (folder.path().join("sock"), folder.path().join("inner"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        fs::create_dir(&inner).unwrap();
        for (path, wanted) in [(&socket, 0o600), (&inner, 0o700)] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
            protect(path, wanted).unwrap();
            assert_eq!(mode(path), 0o755 & wanted);
        }
    }

    #[test]
    fn a_link_that_stands_there_by_now_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (theirs, link) = (folder.path().join("theirs"), folder.path().join("link"));
        fs::write(&theirs, "").unwrap();
        fs::set_permissions(&theirs, Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&theirs, &link).unwrap();
        assert!(protect(&link, 0o600).is_err());
        assert_eq!(mode(&theirs), 0o644);
    }
}
