//! One key where it lies. An entry of the keyring is named by the key and its public half: two state directories never share
//! one, and a new key has its own before the old one goes.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER;
use homie_protocol::hello::MachineKey;

use super::record::{self, Record};
use super::{DEVICE, KeyStore};
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::os_keyring::{self, GLANCE, PATIENCE, Refused};
use crate::private_file;
use crate::state_dir::{StateDir, Writing};

/// Keys that the keyring has given to this process. What runs goes on when the keyring is locked.
static GIVEN: Mutex<Vec<KeyPair>> = Mutex::new(Vec::new());

/// How many of them: a process has two, and one more after a recovery.
const KEPT: usize = 8;

/// A key that is, or is to be, in the store of this directory.
pub(crate) struct Place<'a> {
    dir: &'a StateDir,
    name: &'a str,
    record: Record,
}

impl<'a> Place<'a> {
    /// Where the key of this name lies now.
    pub(crate) fn of(dir: &'a StateDir, name: &'a str) -> Result<Self, TrustError> {
        Ok(Self { dir, name, record: Record::of(dir)? })
    }

    /// The same in another store.
    pub(super) fn in_store(dir: &'a StateDir, name: &'a str, store: KeyStore) -> Self {
        Self { dir, name, record: Record::of_store(store) }
    }

    /// The key; `None` if it was not made yet.
    pub(crate) fn load(&self, limit: Duration) -> Result<Option<KeyPair>, TrustError> {
        match self.record.store {
            KeyStore::File => {
                let bytes = private_file::read(&self.file())?;
                bytes.map(|bytes| KeyPair::from_pkcs8(&self.file(), &bytes)).transpose()
            }
            KeyStore::Keyring => {
                let public = self.record.public(self.dir, self.name)?;
                public.map(|public| self.given(&public, limit)).transpose()
            }
        }
    }

    /// Its public half, for which no keyring is asked; `None` if it was not made yet.
    pub(crate) fn public(&self) -> Result<Option<MachineKey>, TrustError> {
        match self.record.store {
            KeyStore::File => Ok(self.load(GLANCE)?.map(|key| key.machine_key())),
            KeyStore::Keyring => self.record.public(self.dir, self.name),
        }
    }

    /// What takes long of keeping a key: before it counts, and before others are kept from writing.
    pub(crate) fn prepare(&self, key: &KeyPair) -> Result<(), TrustError> {
        if self.record.store == KeyStore::File {
            return Ok(());
        }
        let account = account(self.name, &key.machine_key());
        os_keyring::write(account, key.to_pkcs8()?, PATIENCE).map_err(|refused| self.refusal(refused))
    }

    /// From now on this is the key of this name, if the store is still the one that was prepared.
    pub(crate) fn settle(&self, writing: &Writing, key: &KeyPair) -> Result<(), TrustError> {
        let mut record = Record::of(self.dir)?;
        if record.store != self.record.store {
            let problem = "the keys were moved meanwhile, and nothing was changed".to_owned();
            return Err(TrustError::KeyStore { problem, remedy: "say it again".to_owned() });
        }
        match record.store {
            KeyStore::File => private_file::replace(writing, &self.file(), &key.to_pkcs8()?),
            KeyStore::Keyring => {
                record.set_public(self.name, &key.machine_key());
                record.write(writing, self.dir)
            }
        }
    }

    /// Takes a key out of the keyring that counts no more. Says whether it is gone; it is no harm but a secret that lies about.
    pub(crate) fn forget(&self, public: &MachineKey) -> bool {
        self.record.store == KeyStore::File || os_keyring::remove(account(self.name, public), GLANCE).is_ok()
    }

    /// The file of the key, where it is a file.
    pub(super) fn file(&self) -> PathBuf {
        self.dir.path().join(self.name)
    }

    fn given(&self, public: &MachineKey, limit: Duration) -> Result<KeyPair, TrustError> {
        let mut kept = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.iter().find(|key| key.machine_key() == *public) {
            return Ok(key.again());
        }
        drop(kept);
        let account = account(self.name, public);
        let bytes = os_keyring::read(account, limit).map_err(|refused| self.refusal(refused))?;
        let key = KeyPair::from_pkcs8(&self.file(), &bytes).ok().filter(|key| key.machine_key() == *public);
        let key = key.ok_or_else(|| self.lost("what the keyring has in the place of it is another key"))?;
        kept = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.insert(0, key.again());
        Ok(key)
    }

    fn refusal(&self, refused: Refused) -> TrustError {
        match refused {
            Refused::Absent => self.lost("the keyring has it no more"),
            Refused::Closed(problem) => TrustError::KeyStore {
                problem: format!("{} of this machine is in the keyring of the system, and {problem}", self.name),
                remedy:
                    "unlock the keyring where you are logged in to the desktop; there `homie keys move file` puts the \
                         keys where no login is needed"
                        .to_owned(),
            },
        }
    }

    fn lost(&self, problem: &str) -> TrustError {
        let remedy = if self.name == DEVICE {
            "put it back from a copy of the keyring, or make another with the recovery words: homie recover".to_owned()
        } else {
            let record = record::path(self.dir);
            format!(
                "put it back from a copy of the keyring, or move {} away to be a new machine to all who know this one",
                record.display()
            )
        };
        TrustError::KeyStore { problem: format!("{} of this machine is lost: {problem}", self.name), remedy }
    }
}

fn account(name: &str, public: &MachineKey) -> String {
    format!("{name} {}", HEXLOWER.encode(&public.0))
}
