//! What stands in the file of a one-use link, how long that counts, and which files of a folder are links'.

use std::path::{Path, PathBuf};
use std::{fs, io};

use homie_protocol::hello::Role;
use homie_protocol::id::{LinkSecret, base32, from_base32};
use serde::{Deserialize, Serialize};

use crate::boot_clock::BootTime;
use crate::error::TrustError;
use crate::sha256::sha256;

/// When a link was made, or something else of this boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkFile {
    boot_id: String,
    boottime_ms: u64,
    /// What who opens it becomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

impl LinkFile {
    pub(crate) fn made_at(now: BootTime) -> Self {
        Self { boot_id: now.boot_id, boottime_ms: now.ms, role: None }
    }

    pub(crate) fn with_role(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.role
    }

    /// `None` for what no version of ours has written.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether it was made so many milliseconds ago at most. One from the future was made in another life of the machine.
    pub(crate) fn is_young(&self, now: &BootTime, most: u64) -> bool {
        self.boot_id == now.boot_id && now.ms.checked_sub(self.boottime_ms).is_some_and(|age| age <= most)
    }

    pub(crate) fn boottime_ms(&self) -> u64 {
        self.boottime_ms
    }
}

/// The name of a link's file: whoever reads the directory learns nothing to redeem.
pub(crate) fn name(secret: &LinkSecret) -> String {
    base32(&sha256(secret.as_bytes()))
}

/// Whether a file of this name is a link's.
pub(crate) fn is_name(name: &str) -> bool {
    from_base32(name).is_some_and(|hash| hash.len() == 32)
}

/// The files of links in a folder; what else lies there is not ours to touch.
pub(crate) fn paths(folder: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let read =
        || -> io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect() };
    let mut paths = read().map_err(TrustError::file("list", folder))?;
    paths.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_name));
    Ok(paths)
}
