//! What is done without asking: it concerns nobody but this user, and takes rights away, never gives any.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use homie_trust::own_uid;

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

/// Looks again right before: what stands there now must still be ours, and no symbolic link, which would lead elsewhere.
fn protect(path: &Path, mode: u32) -> Result<(), String> {
    let words = |error| format!("{}: {error}", path.display());
    let found = fs::symlink_metadata(path).map_err(words)?;
    if found.is_symlink() || found.uid() != own_uid() {
        return Err(format!("{} is not ours any more", path.display()));
    }
    fs::set_permissions(path, Permissions::from_mode(found.mode() & mode)).map_err(words)
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
        for (before, after) in [(0o644, 0o600), (0o666, 0o600), (0o444, 0o400), (0o600, 0o600)] {
            fs::set_permissions(&file, Permissions::from_mode(before)).unwrap();
            protect(&file, 0o600).unwrap();
            assert_eq!(mode(&file), after, "{before:o}");
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
