//! When each device was last here, in `seen.json`: for people, who tell by it which they no longer need. Nothing is decided
//! by it, so one that cannot be read begins anew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::id::DeviceId;
use tokio::task::spawn_blocking;

use crate::error::TrustError;
use crate::exchange::Server;
use crate::greeter::Caller;
use crate::private_file;
use crate::roster::Roster;
use crate::state_dir::StateDir;

/// Milliseconds of which nobody wants to know more: so often at most a device writes to the disk.
const EVERY: u64 = 60_000;

/// Those of a state directory.
#[derive(Debug, Clone)]
pub struct Attendance {
    dir: StateDir,
    path: PathBuf,
}

impl Attendance {
    /// Those of this state directory.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), path: dir.path().join("seen.json") }
    }

    /// When each was here last, in milliseconds since 1970.
    pub fn all(&self) -> BTreeMap<DeviceId, u64> {
        let read = private_file::read(&self.path).map(|bytes| bytes.unwrap_or_else(|| b"{}".to_vec()));
        let known = read.map(|bytes| serde_json::from_slice(&bytes));
        match known {
            Ok(Ok(known)) => known,
            Ok(Err(error)) => {
                tracing::warn!(%error, "when devices were here is not known any more");
                BTreeMap::new()
            }
            Err(error) => {
                tracing::warn!(%error, "when devices were here is not known");
                BTreeMap::new()
            }
        }
    }

    fn note_at(&self, device: DeviceId, roster: &Roster, now: u64) -> Result<(), TrustError> {
        let is_fresh =
            |known: &BTreeMap<DeviceId, u64>| known.get(&device).is_some_and(|seen| now.abs_diff(*seen) < EVERY);
        if is_fresh(&self.all()) {
            return Ok(());
        }
        let members = roster.members()?;
        let writing = self.dir.writing()?;
        let mut known = self.all();
        known.insert(device, now);
        known.retain(|id, _| members.device_of(*id).is_some());
        let bytes = serde_json::to_vec(&known).unwrap_or_default();
        private_file::replace(&writing, &self.path, &bytes)
    }
}

impl Server {
    /// A device is here, or just was: written down where it waits for the disk and nobody else does.
    pub fn saw(&self, caller: &Caller) {
        let Some(device) = caller.device().map(|device| device.id) else { return };
        let (seen, roster, now) = (Attendance::of(&self.dir), self.roster.clone(), now_ms());
        // Nobody waits for it: it is done, or the log says why not.
        let _noted = spawn_blocking(move || {
            if let Err(error) = seen.note_at(device, &roster, now) {
                tracing::warn!("when a device was here is not written down: {error}");
            }
        });
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_written_down_once_a_minute_and_a_stranger_never() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = StateDir::open(&folder.path().join("home")).expect("a state directory");
        let roster = Roster::open(&dir, "desk").expect("a roster");
        let own = roster.members().expect("the roster").devices()[0].id();
        let seen = Attendance::of(&dir);
        assert!(seen.all().is_empty());
        seen.note_at(own, &roster, 1_000_000).expect("noted");
        seen.note_at(own, &roster, 1_000_000 + EVERY - 1).expect("not yet again");
        assert_eq!(seen.all(), BTreeMap::from([(own, 1_000_000)]));
        // A clock that went back is believed, for nothing is decided by it.
        for now in [1_000_000 + EVERY, 5] {
            seen.note_at(own, &roster, now).expect("noted");
            assert_eq!(seen.all(), BTreeMap::from([(own, now)]));
        }
        seen.note_at(DeviceId::from_bytes([9; 16]), &roster, 7).expect("nobody");
        assert_eq!(seen.all(), BTreeMap::from([(own, 5)]));
        std::fs::write(dir.path().join("seen.json"), b"[1").expect("spoilt");
        seen.note_at(own, &roster, 9).expect("begun anew");
        assert_eq!(seen.all(), BTreeMap::from([(own, 9)]));
    }
}
