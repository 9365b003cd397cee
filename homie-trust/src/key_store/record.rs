//! `key-store`: which store was chosen, and of keys that are in the keyring the public halves. So a key that is gone from
//! there is not taken for one that was never made, and another one in its place is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use homie_protocol::hello::MachineKey;
use serde::{Deserialize, Serialize};

use super::KeyStore;
use crate::error::TrustError;
use crate::json_file;
use crate::state_dir::{StateDir, Writing};

const REMEDY: &str = "put back a copy that works, or move it away to be a new machine to all who know this one";

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) store: KeyStore,
    /// By the key's name, in hexadecimal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    public: BTreeMap<String, String>,
}

impl Record {
    pub(super) const fn of_store(store: KeyStore) -> Self {
        Self { store, public: BTreeMap::new() }
    }

    /// What was written down; `None` if nobody has chosen.
    pub(super) fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        json_file::read(&path(dir), REMEDY)
    }

    /// The same, and files where nobody has chosen.
    pub(super) fn of(dir: &StateDir) -> Result<Self, TrustError> {
        Ok(Self::read(dir)?.unwrap_or(Self::of_store(KeyStore::File)))
    }

    pub(super) fn write(&self, writing: &Writing, dir: &StateDir) -> Result<(), TrustError> {
        json_file::write(writing, &path(dir), self, REMEDY)
    }

    /// The public half of a key in the keyring; `None` if it was not made.
    pub(super) fn public(&self, dir: &StateDir, name: &str) -> Result<Option<MachineKey>, TrustError> {
        let Some(written) = self.public.get(name) else { return Ok(None) };
        let bytes = HEXLOWER.decode(written.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.ok_or_else(|| TrustError::corrupt(&path(dir), "it has a public key that is none", REMEDY))?;
        Ok(Some(MachineKey(bytes)))
    }

    pub(super) fn set_public(&mut self, name: &str, public: &MachineKey) {
        self.public.insert(name.to_owned(), HEXLOWER.encode(&public.0));
    }
}

pub(super) fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("key-store")
}
