//! `owner.json`: whose machine this is, as the person who started it has said once. Nothing about it is ever guessed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::json_file;
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
        Ok(json_file::read(&path(dir), REMEDY)?.unwrap_or_default())
    }

    /// Writes it down.
    pub fn write(&self, dir: &StateDir) -> Result<(), TrustError> {
        json_file::write(&dir.writing()?, &path(dir), self, REMEDY)
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("owner.json")
}
