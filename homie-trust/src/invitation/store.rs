//! The invitations that a machine has given: a file for each, which is removed by the one who uses it. Ten minutes of the boot
//! clock, and gone after five who did not know the secret.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use homie_protocol::hello::MachineKey;
use homie_protocol::id::{LinkSecret, NodeId};
use serde::{Deserialize, Serialize};

use super::Invitation;
use crate::audit::{Actor, Audit};
use crate::boot_clock::{BootClock, BootTime};
use crate::error::TrustError;
use crate::link_file::{self, LinkFile, paths};
use crate::private_file;
use crate::random::{Random, random_bytes};
use crate::state_dir::StateDir;

/// Milliseconds that one lives.
const LIVES: u64 = 600_000;

/// Alive at once; beyond it the oldest goes.
const MOST: usize = 4;

/// Wrong tries, of whomever, after which none counts any more.
const MISSES: u8 = 5;

/// Those of a state directory. Clones count wrong tries together.
#[derive(Debug, Clone)]
pub struct Invitations {
    dir: StateDir,
    misses: Arc<AtomicU8>,
}

/// What stands in the file of one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    made: LinkFile,
    secret: LinkSecret,
}

impl Given {
    /// One that is gone was used in this moment, and what makes no sense is none.
    fn read(path: &Path) -> Result<Option<Self>, TrustError> {
        Ok(private_file::read(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn is_alive(&self, now: &BootTime) -> bool {
        self.made.is_young(now, LIVES)
    }
}

impl Invitations {
    /// Those of this state directory.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), misses: Arc::default() }
    }

    /// Gives one, to the machine at these addresses, and writes that down.
    pub fn give(
        &self,
        (machine, root): (NodeId, MachineKey),
        at: Vec<(String, u16)>,
        clock: &dyn BootClock,
        random: &dyn Random,
    ) -> Result<Invitation, TrustError> {
        let (folder, now) = (self.folder()?, clock.now()?);
        let secret = LinkSecret::from_bytes(random_bytes(random)?);
        let invitation = Invitation { at, machine, root, secret };
        let path = folder.join(invitation.id());
        let writing = self.dir.writing()?;
        make_room(&folder, &now)?;
        let given = Given { made: LinkFile::made_at(now), secret };
        let bytes = serde_json::to_vec(&given).map_err(|error| TrustError::corrupt(&path, &error, ""))?;
        Audit::of(&self.dir).write(&writing, Actor::local("homie invite").does("invite", &"", "for ten minutes"))?;
        // Not awaited on disk: after a crash of the machine none counts any more.
        private_file::create(&path, &bytes)?;
        Ok(invitation)
    }

    /// Whether anybody is invited now.
    pub fn is_open(&self, clock: &dyn BootClock) -> bool {
        let look = || {
            let now = clock.now()?;
            let given = paths(&self.folder()?)?.into_iter().map(|path| Given::read(&path));
            Ok::<_, TrustError>(given.flatten().flatten().any(|given| given.is_alive(&now)))
        };
        look().unwrap_or(false)
    }

    /// Spends the invitation of this id, if whoever comes knows its secret. Of any number who come at once one gets it.
    pub fn redeem(
        &self,
        id: &str,
        clock: &dyn BootClock,
        knows: impl FnOnce(&LinkSecret) -> bool,
    ) -> Result<LinkSecret, TrustError> {
        let (folder, now) = (self.folder()?, clock.now()?);
        let path = folder.join(Some(id).filter(|id| link_file::is_name(id)).ok_or_else(|| self.missed(&folder))?);
        let given = Given::read(&path)?.filter(|given| knows(&given.secret)).ok_or_else(|| self.missed(&folder))?;
        // Removing it is what only one can do; one that is too old is spent as well.
        let is_ours = private_file::remove(&path)?;
        if !(is_ours && given.is_alive(&now)) {
            return Err(TrustError::NotInvited);
        }
        self.misses.store(0, Ordering::Relaxed);
        Ok(given.secret)
    }

    /// Somebody did not know the secret.
    fn missed(&self, folder: &Path) -> TrustError {
        let misses = self.misses.fetch_add(1, Ordering::Relaxed) + 1;
        if misses >= MISSES {
            self.misses.store(0, Ordering::Relaxed);
            tracing::warn!("five have come with a wrong invitation, so that none counts any more");
            let gone =
                paths(folder).and_then(|paths| paths.iter().try_for_each(|path| private_file::remove(path).map(drop)));
            if let Err(error) = gone {
                return error;
            }
        }
        TrustError::NotInvited
    }

    fn folder(&self) -> Result<PathBuf, TrustError> {
        self.dir.create_below("invitations")
    }
}

/// Removes what is not alive, then the oldest, until one more fits.
fn make_room(folder: &Path, now: &BootTime) -> Result<(), TrustError> {
    let mut alive = Vec::new();
    for path in paths(folder)? {
        match Given::read(&path)?.filter(|given| given.is_alive(now)) {
            Some(given) => alive.push((given.made.boottime_ms(), path)),
            None => drop(private_file::remove(&path)?),
        }
    }
    alive.sort();
    let too_many = (alive.len() + 1).saturating_sub(MOST);
    alive.iter().take(too_many).try_for_each(|(_, path)| private_file::remove(path).map(drop))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::thread;

    use super::*;
    use crate::random::SystemRandom;

    /// A clock that stands still until it is moved.
    struct Clock(AtomicU64);

    impl BootClock for Clock {
        fn now(&self) -> Result<BootTime, TrustError> {
            Ok(BootTime { boot_id: "this one".to_owned(), ms: self.0.load(Ordering::Relaxed) })
        }
    }

    struct Desk {
        invitations: Invitations,
        clock: Clock,
        _folder: tempfile::TempDir,
    }

    fn desk() -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = StateDir::open(&folder.path().join("home")).expect("a state directory");
        Desk { invitations: Invitations::of(&dir), clock: Clock(AtomicU64::new(1_000)), _folder: folder }
    }

    impl Desk {
        fn give(&self) -> Invitation {
            let whom = (NodeId::from_bytes([1; 16]), MachineKey([2; 32]));
            self.invitations
                .give(whom, vec![("desk".to_owned(), 1)], &self.clock, &SystemRandom)
                .expect("an invitation")
        }

        fn uses(&self, invitation: &Invitation) -> bool {
            self.invitations.redeem(&invitation.id(), &self.clock, |secret| *secret == invitation.secret).is_ok()
        }

        fn misses(&self, invitation: &Invitation) {
            assert!(self.invitations.redeem(&invitation.id(), &self.clock, |_| false).is_err());
        }
    }

    #[test]
    fn one_is_good_once_and_for_ten_minutes_to_the_millisecond() {
        let desk = desk();
        assert!(!desk.invitations.is_open(&desk.clock));
        let (first, second, third) = (desk.give(), desk.give(), desk.give());
        assert!(desk.uses(&first) && !desk.uses(&first));
        desk.clock.0.store(1_000 + LIVES, Ordering::Relaxed);
        assert!(desk.invitations.is_open(&desk.clock) && desk.uses(&second));
        desk.clock.0.store(1_001 + LIVES, Ordering::Relaxed);
        assert!(!desk.invitations.is_open(&desk.clock) && !desk.uses(&third));
    }

    #[test]
    fn of_many_at_once_one_gets_it() {
        let desk = desk();
        let invitation = desk.give();
        let got = thread::scope(|scope| {
            let comers: Vec<_> = (0..32).map(|_| scope.spawn(|| desk.uses(&invitation))).collect();
            comers.into_iter().map(|comer| comer.join().expect("it ends")).filter(|got| *got).count()
        });
        assert_eq!(got, 1);
    }

    #[test]
    fn five_who_do_not_know_it_end_all_of_them() {
        let desk = desk();
        let [one, other, third] = [desk.give(), desk.give(), desk.give()];
        for _ in 0..MISSES - 1 {
            desk.misses(&one);
        }
        assert!(desk.uses(&other), "four are no reason, and forgotten with it");
        for _ in 0..MISSES {
            assert!(desk.invitations.is_open(&desk.clock));
            desk.misses(&one);
        }
        assert!(!desk.invitations.is_open(&desk.clock) && !desk.uses(&one) && !desk.uses(&third));
        assert!(desk.uses(&desk.give()), "the next one counts from the beginning");
    }

    #[test]
    fn there_are_few_at_once_and_each_is_written_down() {
        let desk = desk();
        let given: Vec<_> = (0..=MOST as u64)
            .map(|number| {
                desk.clock.0.store(2_000 + number, Ordering::Relaxed);
                desk.give()
            })
            .collect();
        assert_eq!(given.iter().filter(|given| desk.uses(given)).count(), MOST);
        let lines = Audit::of(&desk.invitations.dir).entries().expect("the log");
        assert_eq!(lines.iter().filter(|line| line.act == "invite").count(), MOST + 1);
    }
}
