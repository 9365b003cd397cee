//! `dial-out.json`: what a gateway that dials out tells the other processes of this machine: where its connections lie.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::json_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "start the gateway again: it writes it anew";

/// Where connections lie. A gateway that starts takes away what one before it has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialOutFile {
    /// The machines at which they lie, or should.
    pub machines: Vec<KeptAt>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptAt {
    /// What it is called.
    pub name: String,
    /// Whether one lies there.
    pub lies: bool,
    /// Why none does, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl DialOutFile {
    /// Tells it.
    pub fn write(&self, dir: &StateDir) -> Result<(), TrustError> {
        json_file::write(&dir.writing()?, &path(dir), self, REMEDY)
    }

    /// What the gateway that dialled out last has told; `None` if there was none, or it has stopped in order.
    pub fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        json_file::read(&path(dir), REMEDY)
    }

    /// Takes it back.
    pub fn remove(dir: &StateDir) -> Result<(), TrustError> {
        json_file::remove(dir, &path(dir))
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("dial-out.json")
}
