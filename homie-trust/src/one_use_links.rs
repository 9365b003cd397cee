//! One-use links: made by whoever may write here, redeemed by the first who brings the secret, within a minute.

use std::path::{Path, PathBuf};

use homie_protocol::id::LinkSecret;
use homie_protocol::limits::LINKS;

use crate::boot_clock::{BootClock, BootTime};
use crate::error::TrustError;
use crate::link_file::{self, LinkFile, paths};
use crate::private_file;
use crate::random::{Random, random_bytes};
use crate::state_dir::StateDir;

/// The links of a state directory.
#[derive(Debug, Clone)]
pub struct OneUseLinks {
    dir: StateDir,
}

impl OneUseLinks {
    /// The links of this state directory.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone() }
    }

    /// Makes a link. Of 16 that are alive the oldest goes.
    pub fn make(&self, clock: &dyn BootClock, random: &dyn Random) -> Result<LinkSecret, TrustError> {
        let folder = self.folder()?;
        let secret = LinkSecret::from_bytes(random_bytes(random)?);
        let path = folder.join(link_file::name(&secret));
        let _writing = self.dir.writing()?;
        let now = clock.now()?;
        make_room(&folder, &now)?;
        let bytes =
            serde_json::to_vec(&LinkFile::made_at(now)).map_err(|error| TrustError::corrupt(&path, &error, ""))?;
        // Not awaited on disk: after a crash of the machine no link counts any more.
        private_file::create(&path, &bytes)?;
        Ok(secret)
    }

    /// Spends the link. Of any number who come at once one gets `Ok`; a link that is too old is spent as well.
    pub fn redeem(&self, secret: &LinkSecret, clock: &dyn BootClock) -> Result<(), TrustError> {
        let path = self.folder()?.join(link_file::name(secret));
        let now = clock.now()?;
        let bytes = private_file::read(&path)?.ok_or(TrustError::LinkInvalid)?;
        // The content of a link never changes, and removing it is what only one can do.
        if !private_file::remove(&path)? {
            return Err(TrustError::LinkInvalid);
        }
        let alive = LinkFile::decode(&bytes).is_some_and(|link| link.alive(&now));
        if alive { Ok(()) } else { Err(TrustError::LinkInvalid) }
    }

    fn folder(&self) -> Result<PathBuf, TrustError> {
        self.dir.create_below("links")
    }
}

/// Removes what is not alive, then the oldest, until one more fits.
fn make_room(folder: &Path, now: &BootTime) -> Result<(), TrustError> {
    let mut alive = Vec::new();
    for path in paths(folder)? {
        // One that was redeemed in this moment is gone: so much the better.
        let Some(bytes) = private_file::read(&path)? else { continue };
        match LinkFile::decode(&bytes).filter(|link| link.alive(now)) {
            Some(link) => alive.push((link.boottime_ms(), path)),
            None => drop(private_file::remove(&path)?),
        }
    }
    alive.sort();
    let too_many = (alive.len() + 1).saturating_sub(LINKS);
    for (_, path) in alive.iter().take(too_many) {
        private_file::remove(path)?;
    }
    Ok(())
}
