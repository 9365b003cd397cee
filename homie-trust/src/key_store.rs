//! Where the secret keys of this machine lie: in checked files, or in the keyring of the system. Chosen once, before the first
//! key is made, and written down; then nobody but a person who says so changes it.
//!
//! In reading order: `record` (what is written down), here (the choice), `place` (one key, written and read), `transfer` (all
//! of them, moved).

mod place;
mod record;
mod transfer;

use serde::{Deserialize, Serialize};

pub(crate) use place::Place;
pub use transfer::Moved;

use crate::error::TrustError;
use crate::os_keyring::{self, GLANCE, PATIENCE, Refused};
use crate::state_dir::StateDir;
use record::Record;

/// The machine's own key.
pub(crate) const MACHINE: &str = "machine.key";

/// The key of this machine's own device: an owner's, with which the command and this machine's servers sign.
pub(crate) const DEVICE: &str = "device.key";

/// Where the secret keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStore {
    /// In the state directory, in files of mode 0600 that are checked whenever they are opened.
    File,
    /// In the keyring of the system. The state directory has the public halves alone.
    Keyring,
}

impl KeyStore {
    /// The one that was chosen; none where nobody has chosen and there are no keys yet.
    pub fn chosen(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        let written = Record::read(dir)?.map(|record| record.store);
        Ok(written.or_else(|| has_files(dir).then_some(Self::File)))
    }

    /// Chooses, unless that was done: what a person wants, else the keyring where a person sits and it works within two
    /// seconds, else files. Says whether this was the choice.
    pub fn choose(dir: &StateDir, wanted: Option<Self>, has_person: bool) -> Result<(Self, bool), TrustError> {
        if let Some(chosen) = Self::chosen(dir)? {
            return chosen.agree(wanted).map(|store| (store, false));
        }
        let chosen = match wanted {
            Some(Self::Keyring) => os_keyring::try_out(PATIENCE).map(|()| Self::Keyring).map_err(unusable)?,
            None if has_person && os_keyring::try_out(GLANCE).is_ok() => Self::Keyring,
            Some(Self::File) | None => Self::File,
        };
        let writing = dir.writing()?;
        // Somebody else may have come first.
        if let Some(chosen) = Self::chosen(dir)? {
            return chosen.agree(wanted).map(|store| (store, false));
        }
        Record::of_store(chosen).write(&writing, dir)?;
        Ok((chosen, true))
    }

    /// What it is called in arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
        }
    }

    fn agree(self, wanted: Option<Self>) -> Result<Self, TrustError> {
        match wanted.filter(|wanted| *wanted != self) {
            None => Ok(self),
            Some(wanted) => Err(TrustError::KeyStore {
                problem: format!(
                    "this machine's keys are in the key store \"{}\", which was chosen before",
                    self.name()
                ),
                remedy: format!("to move them: homie keys move {}", wanted.name()),
            }),
        }
    }
}

/// Keys of before there was a choice.
fn has_files(dir: &StateDir) -> bool {
    [MACHINE, DEVICE].iter().any(|name| dir.path().join(name).symlink_metadata().is_ok())
}

fn unusable(refused: Refused) -> TrustError {
    let problem = match refused {
        Refused::Closed(problem) => problem,
        Refused::Absent => "the keyring does not keep what it is given".to_owned(),
    };
    TrustError::KeyStore { problem, remedy: "unlock it, or say --key-store file; nothing was chosen".to_owned() }
}
