//! One-use links: made by whoever may write here, redeemed by the first who brings the secret. Those of the desk are for a browser of
//! this machine and live a minute; those of the door to the internet live ten, and say what who opens them becomes. Each door
//! takes its own alone.

use std::path::{Path, PathBuf};

use homie_protocol::hello::Role;
use homie_protocol::id::LinkSecret;
use homie_protocol::limits::{LINK_MS, LINKS};

use crate::audit::{Actor, Audit};
use crate::boot_clock::{BootClock, BootTime};
use crate::error::TrustError;
use crate::link_file::{self, LinkFile, paths};
use crate::private_file;
use crate::random::{Random, random_bytes};
use crate::state_dir::StateDir;

/// Milliseconds of boot clock that a link for the door to the internet lives: it has to be carried to another device.
pub const PUBLIC_LINK_MS: u64 = 600_000;

/// The links of a state directory, for one door.
#[derive(Debug, Clone)]
pub struct OneUseLinks {
    dir: StateDir,
    door: Door,
}

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Desk,
    Public,
}

impl OneUseLinks {
    /// The links for browsers of this machine.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), door: Door::Desk }
    }

    /// Those for the door to the internet.
    pub fn public(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), door: Door::Public }
    }

    /// Makes a link for an owner. Of 16 that are alive the oldest goes.
    pub fn make(&self, clock: &dyn BootClock, random: &dyn Random) -> Result<LinkSecret, TrustError> {
        self.make_for(Role::Owner, clock, random)
    }

    /// The same for somebody who is to have this role. One for the internet is written down first.
    pub fn make_for(&self, role: Role, clock: &dyn BootClock, random: &dyn Random) -> Result<LinkSecret, TrustError> {
        let folder = self.folder()?;
        let secret = LinkSecret::from_bytes(random_bytes(random)?);
        let path = folder.join(link_file::name(&secret));
        let writing = self.dir.writing()?;
        let now = clock.now()?;
        self.make_room(&folder, &now)?;
        let bytes = serde_json::to_vec(&LinkFile::made_at(now).with_role(role))
            .map_err(|error| TrustError::corrupt(&path, &error, ""))?;
        if self.door == Door::Public {
            let detail = format!("as {}, for ten minutes", role.name());
            Audit::of(&self.dir).write(&writing, Actor::local("homie pair --public").does("invite", &"", detail))?;
        }
        // Not awaited on disk: after a crash of the machine no link counts any more.
        private_file::create(&path, &bytes)?;
        Ok(secret)
    }

    /// Spends the link, and gives what who has brought it becomes. Of any number who come at once one gets it; a link that is
    /// too old is spent as well.
    pub fn redeem(&self, secret: &LinkSecret, clock: &dyn BootClock) -> Result<Role, TrustError> {
        let path = self.folder()?.join(link_file::name(secret));
        let now = clock.now()?;
        let bytes = private_file::read(&path)?.ok_or(TrustError::LinkInvalid)?;
        // The content of a link never changes, and removing it is what only one can do.
        if !private_file::remove(&path)? {
            return Err(TrustError::LinkInvalid);
        }
        let link = LinkFile::decode(&bytes).filter(|link| self.is_alive(link, &now));
        link.and_then(|link| link.role()).ok_or(TrustError::LinkInvalid)
    }

    /// Whether any could be redeemed now.
    pub fn is_open(&self, clock: &dyn BootClock) -> bool {
        let look = || {
            let now = clock.now()?;
            let read = paths(&self.folder()?)?.into_iter().filter_map(|path| private_file::read(&path).ok()?);
            let mut links = read.filter_map(|bytes| LinkFile::decode(&bytes));
            Ok::<_, TrustError>(links.any(|link| self.is_alive(&link, &now)))
        };
        look().unwrap_or(false)
    }

    fn folder(&self) -> Result<PathBuf, TrustError> {
        self.dir.create_below(match self.door {
            Door::Desk => "links",
            Door::Public => "public-links",
        })
    }

    fn is_alive(&self, link: &LinkFile, now: &BootTime) -> bool {
        let most = match self.door {
            Door::Desk => LINK_MS,
            Door::Public => PUBLIC_LINK_MS,
        };
        link.is_young(now, most)
    }

    /// Removes what is not alive, then the oldest, until one more fits.
    fn make_room(&self, folder: &Path, now: &BootTime) -> Result<(), TrustError> {
        let mut alive = Vec::new();
        for path in paths(folder)? {
            // One that was redeemed in this moment is gone: so much the better.
            let Some(bytes) = private_file::read(&path)? else { continue };
            match LinkFile::decode(&bytes).filter(|link| self.is_alive(link, now)) {
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
}
