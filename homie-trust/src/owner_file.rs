//! `owner.json`: whose machine this is, as the person who started it has said once. Nothing about it is ever guessed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "say it again: homie up --owner LOGIN";

/// What was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerFile {
    /// The owner's login in the tailnet.
    pub owner: Option<String>,
    /// Whether who is calling is enough, without a device key.
    #[serde(default)]
    pub trust_tailnet: bool,
    /// Whether a person has been asked, so that nobody is asked twice who wants nobody to come in.
    #[serde(default)]
    pub was_asked: bool,
}

impl OwnerFile {
    /// What was said last; nothing if nobody has said anything.
    pub fn read(dir: &StateDir) -> Result<Self, TrustError> {
        let path = path(dir);
        let Some(bytes) = private_file::read(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))
    }

    /// Writes it down.
    pub fn write(&self, dir: &StateDir) -> Result<(), TrustError> {
        let path = path(dir);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))?;
        private_file::replace(&dir.writing()?, &path, &bytes)
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("owner.json")
}
