//! Where the state directory is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::TrustError;

/// The directory that `HOMIE_HOME` names, else the platform's. An empty `HOMIE_HOME` counts as none.
pub fn locate(home_override: Option<&OsStr>, platform: Option<&Path>) -> Result<PathBuf, TrustError> {
    let Some(home) = home_override.filter(|home| !home.is_empty()) else {
        return platform
            .map(Path::to_owned)
            .ok_or(TrustError::Home("this system names no state directory; set HOMIE_HOME to a path of your own"));
    };
    let home = Path::new(home);
    if home.is_relative() {
        // A relative path would be another directory for each process that Homie starts.
        return Err(TrustError::Home("HOMIE_HOME must be an absolute path: it has to begin with /"));
    }
    Ok(home.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(home: Option<&str>, platform: Option<&str>) -> Option<PathBuf> {
        locate(home.map(OsStr::new), platform.map(Path::new)).ok()
    }

    #[test]
    fn the_override_wins_and_must_be_absolute() {
        assert_eq!(located(Some("/a"), Some("/b")), Some("/a".into()));
        assert_eq!(located(None, Some("/b")), Some("/b".into()));
        assert_eq!(located(Some(""), Some("/b")), Some("/b".into()));
        assert_eq!(located(Some("a"), Some("/b")), None);
        assert_eq!(located(None, None), None);
    }
}
