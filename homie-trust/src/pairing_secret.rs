//! `pairing.secret`: what pre-approved devices know. 160 bits, drawn here and never chosen by anybody. It is read only where the
//! owner has switched it on; who wants another one removes the file and starts the gateway again.

use homie_protocol::hello::Role;
use homie_protocol::id::base32;

use crate::error::TrustError;
use crate::pairing::SharedSecret;
use crate::private_file;
use crate::random::{SystemRandom, random_bytes};
use crate::state_dir::StateDir;

const NAME: &str = "pairing.secret";

const REMEDY: &str = "remove it: another is drawn, and whoever knows the old one no longer gets in by it";

impl SharedSecret {
    /// The machine's, drawn if it is not there: it outlives restarts. An owner is never made without a person who says so.
    pub fn load_or_create(dir: &StateDir, role: Role) -> Result<Self, TrustError> {
        if let Some(known) = Self::load(dir, role)? {
            return Ok(known);
        }
        let writing = dir.writing()?;
        if let Some(known) = Self::load(dir, role)? {
            return Ok(known);
        }
        let secret = random_bytes(&SystemRandom)?;
        private_file::replace(&writing, &dir.path().join(NAME), &secret)?;
        Ok(Self { secret, role: role.min(Role::Operator) })
    }

    /// The machine's; `None` if none was drawn yet.
    pub fn load(dir: &StateDir, role: Role) -> Result<Option<Self>, TrustError> {
        let path = dir.path().join(NAME);
        let Some(bytes) = private_file::read(&path)? else { return Ok(None) };
        let secret = bytes.try_into().map_err(|_| TrustError::corrupt(&path, "it has not 20 bytes", REMEDY))?;
        Ok(Some(Self { secret, role: role.min(Role::Operator) }))
    }

    /// As it stands in the fragment of an address.
    pub fn in_words(&self) -> String {
        base32(&self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(folder: &tempfile::TempDir) -> StateDir {
        StateDir::open(&folder.path().join("home")).expect("a state directory")
    }

    #[test]
    fn it_is_drawn_once_and_makes_no_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = dir(&folder);
        assert!(SharedSecret::load(&dir, Role::Viewer).expect("none").is_none());
        let drawn = SharedSecret::load_or_create(&dir, Role::Owner).expect("drawn");
        assert_eq!((drawn.role, drawn.in_words().len()), (Role::Operator, 32));
        let again = SharedSecret::load_or_create(&dir, Role::Viewer).expect("known");
        assert_eq!((again.secret, again.role), (drawn.secret, Role::Viewer));
        std::fs::remove_file(dir.path().join(NAME)).expect("removed");
        assert_ne!(SharedSecret::load_or_create(&dir, Role::Viewer).expect("drawn").secret, drawn.secret);
    }

    #[test]
    fn a_damaged_one_is_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = dir(&folder);
        private_file::create(&dir.path().join(NAME), b"short").expect("a file");
        let words = SharedSecret::load(&dir, Role::Viewer).expect_err("damaged").to_string();
        assert!(words.contains("20 bytes") && words.contains("remove it"), "{words}");
    }
}
