//! `dial-out.json`: what a gateway that dials out tells the other processes of this machine: where its connections lie.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "start the gateway again: it writes it anew";

/// Where connections lie, as the gateway that started last has told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialOutFile {
    /// The gateway's process.
    pub pid: u32,
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
        let path = path(dir);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))?;
        private_file::replace(&dir.writing()?, &path, &bytes)
    }

    /// What the gateway that dialled out last has told; `None` if there was none, or it has stopped in order.
    pub fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        let path = path(dir);
        let Some(bytes) = private_file::read(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))
    }

    /// Takes it back.
    pub fn remove(dir: &StateDir) -> Result<(), TrustError> {
        let _writing = dir.writing()?;
        private_file::remove(&path(dir)).map(drop)
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("dial-out.json")
}
