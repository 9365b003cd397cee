//! `cloned`: this machine's key is used elsewhere, which is proved. As long as it lies there no door of this machine is open to a
//! network, whatever is started anew; a person takes it away, with `homie rekey`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::id::{NodeId, StartId};
use serde::{Deserialize, Serialize};

use crate::audit::{Actor, Audit};
use crate::boot_clock::{BootClock, SystemBootClock};
use crate::error::TrustError;
use crate::json_file;
use crate::link_file::LinkFile;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str =
    "run `homie rekey` if this machine is a copy of another one, and `homie rekey --keep` if it is not";

/// So many milliseconds who was heard of last is taken to be there still: it is every ten seconds while it is.
const LATELY: u64 = 15_000;

/// What is known of the other one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClonedFile {
    /// When it was found out, in milliseconds since 1970, for people.
    pub found_at: u64,
    /// When the other one was heard of last, for people.
    pub seen_at: u64,
    /// The same by the clock that nobody sets.
    heard: LinkFile,
    /// Where: `at` somewhere.
    pub place: String,
    /// Its start.
    pub start: StartId,
}

impl ClonedFile {
    /// The other one has been heard of: at this place, as this start.
    pub fn heard(dir: &StateDir, machine: NodeId, place: &str, start: StartId) -> Result<(), TrustError> {
        let writing = dir.writing()?;
        // What makes no sense stands for itself, and is written anew.
        let before = Self::read(dir).unwrap_or_default();
        if before.is_none() {
            let deed = Actor::local("gateway").does("cloned", &machine, format!("the same key is used {place}"));
            Audit::of(dir).write(&writing, deed)?;
        }
        let (now, heard, place) = (now_ms(), LinkFile::made_at(SystemBootClock.now()?), place.to_owned());
        let file = Self { found_at: before.map_or(now, |before| before.found_at), seen_at: now, heard, place, start };
        json_file::write(&writing, &path(dir), &file, REMEDY)
    }

    /// What is known; `None` if nobody has the key besides.
    pub fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        json_file::read(&path(dir), REMEDY)
    }

    /// Whether it lies there, whatever it says.
    pub fn lies(dir: &StateDir) -> bool {
        path(dir).symlink_metadata().is_ok()
    }

    /// A person says that this machine keeps its key, the other one having another or being no more. One that is still heard of
    /// would only be found again.
    pub fn keep(dir: &StateDir, machine: NodeId, actor: &Actor) -> Result<(), TrustError> {
        let writing = dir.writing()?;
        let now = SystemBootClock.now()?;
        if Self::read(dir).unwrap_or_default().is_some_and(|known| known.heard.is_young(&now, LATELY)) {
            return Err(TrustError::Cloned("the other machine with this key runs still"));
        }
        Audit::of(dir).write(&writing, actor.does("keep", &machine, "this machine is the original"))?;
        private_file::remove(&path(dir))?;
        writing.sync()
    }
}

pub(crate) fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("cloned")
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
