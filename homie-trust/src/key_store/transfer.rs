//! All keys from one store into the other, because a person says so. At every moment the store that is written down has them.

use super::place::Place;
use super::record::Record;
use super::{DEVICE, KeyStore, MACHINE};
use crate::audit::{Actor, Audit};
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::os_keyring::PATIENCE;
use crate::private_file;
use crate::state_dir::{StateDir, Writing};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// They were there already.
    Already,
    /// They are there, and nowhere else.
    Whole,
    /// They are there, but the keyring did not let go of its own.
    KeptInKeyring,
}

impl KeyStore {
    /// Moves this machine's keys into this store. What runs notices nothing.
    pub fn move_here(self, dir: &StateDir, actor: &Actor) -> Result<Moved, TrustError> {
        let before = Record::of(dir)?;
        if before.store == self {
            self.tidy(dir)?;
            return Ok(Moved::Already);
        }
        let mut keys = Vec::new();
        for name in [MACHINE, DEVICE] {
            let place = Place::in_store(dir, name, self);
            if let Some(key) = Place::of(dir, name)?.load(PATIENCE)? {
                place.prepare(&key)?;
                keys.push((name, key));
            }
        }
        let writing = dir.writing()?;
        if Record::of(dir)? != before || !are_still(dir, &keys)? {
            let problem = "the keys were changed meanwhile, and nothing was moved".to_owned();
            return Err(TrustError::KeyStore { problem, remedy: "say it again".to_owned() });
        }
        Audit::of(dir).write(&writing, actor.does("keys", &self.name(), format!("from {}", before.store.name())))?;
        self.take(dir, &writing, &keys)?;
        drop(writing);
        self.tidy(dir)?;
        let from = |name| Place::in_store(dir, name, before.store);
        let are_gone = keys.iter().all(|(name, key)| from(name).forget(&key.machine_key()));
        Ok(if are_gone { Moved::Whole } else { Moved::KeptInKeyring })
    }

    fn take(self, dir: &StateDir, writing: &Writing, keys: &[(&str, KeyPair)]) -> Result<(), TrustError> {
        let mut record = Record::of_store(self);
        for (name, key) in keys {
            match self {
                Self::File => private_file::replace(writing, &dir.path().join(name), &key.to_pkcs8()?)?,
                Self::Keyring => record.set_public(name, &key.machine_key()),
            }
        }
        record.write(writing, dir)
    }

    /// Files of keys that are in the keyring are removed; a move that a crash has cut short left them.
    fn tidy(self, dir: &StateDir) -> Result<(), TrustError> {
        if self == Self::File {
            return Ok(());
        }
        let writing = dir.writing()?;
        for name in [MACHINE, DEVICE] {
            private_file::remove(&dir.path().join(name))?;
        }
        writing.sync()
    }
}

/// Whether these are the keys that count. Nothing is asked of the keyring for it: of its keys the public halves are written down.
fn are_still(dir: &StateDir, keys: &[(&str, KeyPair)]) -> Result<bool, TrustError> {
    for (name, key) in keys {
        let now = Place::of(dir, name)?.public()?;
        if now != Some(key.machine_key()) {
            return Ok(false);
        }
    }
    Ok(true)
}
