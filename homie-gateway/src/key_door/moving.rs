//! The pump of a machine that moves: what listens at all addresses is elsewhere once these are others, and the roster is told.
//!
//! No system tells everybody of its addresses in one way, and they are had for a few microseconds: so they are looked at.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use homie_trust::{KeyDoor, TrustError};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::addresses::{origins, told_anew};
use super::interfaces;
use crate::front::OwnEntry;
use crate::told::Told;

/// How often.
const LOOK: Duration = Duration::from_secs(30);

/// How often something new is told for long: an entry of the roster is there for ever …
const EACH: Duration = Duration::from_hours(1);

/// … and how many that may be at once: a day on the way.
const AT_ONCE: u32 = 8;

/// Where it was last, and who hears where it is.
pub(crate) struct Moving {
    listening: Vec<SocketAddr>,
    told: Vec<String>,
    entry: OwnEntry,
    file: Arc<Told>,
    /// Until then, what was told already is paid for.
    paid: Instant,
}

impl Moving {
    /// Of this door, if it is wherever the machine is.
    pub(crate) fn of(door: &KeyDoor, entry: &OwnEntry, file: &Arc<Told>) -> Option<Self> {
        door.listening.iter().any(|address| address.ip().is_unspecified()).then(|| Self {
            listening: door.listening.clone(),
            told: door.origins.clone(),
            entry: entry.clone(),
            file: Arc::clone(file),
            paid: Instant::now(),
        })
    }

    /// For ever.
    pub(crate) async fn run(mut self) {
        loop {
            sleep(LOOK).await;
            let listening = self.listening.clone();
            let now = spawn_blocking(move || origins(&listening, &[], &interfaces())).await;
            let new = now.ok().and_then(|now| told_anew(&self.told, &now));
            if let Some(new) = new.filter(|_| self.may_tell()) {
                self.tell(new).await;
            }
        }
    }

    fn may_tell(&self) -> bool {
        self.paid.saturating_duration_since(Instant::now()) <= EACH * (AT_ONCE - 1)
    }

    async fn tell(&mut self, new: Vec<String>) {
        self.paid = self.paid.max(Instant::now()) + EACH;
        let (entry, file, told) = (self.entry.clone(), Arc::clone(&self.file), new.clone());
        // It waits for the disk.
        let done = spawn_blocking(move || {
            entry.tell_key_door(told.clone())?;
            file.key_door(told)?;
            Ok::<_, TrustError>(())
        });
        match done.await {
            Ok(Ok(())) => {
                tracing::info!("the key door is elsewhere now: {new:?}");
                self.told = new;
            }
            failed => tracing::warn!("the roster does not learn where this machine's key door is: {failed:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use homie_trust::{GatewayFile, KeyPair, Roster, StateDir, key_door};

    use super::*;

    /// It listens at all addresses, of which this machine has others than were told.
    #[tokio::test(start_paused = true)]
    async fn the_roster_learns_where_it_is_and_no_more_often_than_it_can_bear() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let (key, roster) = (KeyPair::machine(&state).unwrap(), Roster::open(&state, "desk").unwrap());
        let (keyed, name) = (Arc::default(), "desk".to_owned());
        let entry = OwnEntry { roster: roster.clone(), key: key.machine_key(), name, keyed, public: None };
        let door = |listening: &str| KeyDoor { listening: vec![listening.parse().unwrap()], origins: Vec::new() };
        let file =
            GatewayFile { keyed: Some(door("0.0.0.0:1")), ..GatewayFile::loopback(1, ([127, 0, 0, 1], 2).into()) };
        let file = Told::begin(&state, file).unwrap();
        assert!(Moving::of(&door("10.0.0.1:1"), &entry, &file).is_none(), "what is written stays");
        let mut moving = Moving::of(&door("0.0.0.0:1"), &entry, &file).unwrap();
        let mut times = 0;
        while moving.may_tell() {
            times += 1;
            moving.tell(vec![format!("homie://10.0.0.{times}:1")]).await;
        }
        assert_eq!(times, AT_ONCE);
        let origins = |roster: &Roster| roster.members().unwrap().machine(key.node_id()).unwrap().origins.clone();
        assert_eq!(origins(&roster), [format!("homie://10.0.0.{AT_ONCE}:1")]);
        assert_eq!(GatewayFile::read(&state).unwrap().unwrap().keyed.unwrap().origins, origins(&roster));
        assert!(key_door(&origins(&roster)[0]).is_some());
        sleep(EACH).await;
        assert!(moving.may_tell(), "an hour later one more");
        moving.tell(vec!["homie://10.0.0.9:1".to_owned()]).await;
        assert!(!moving.may_tell());
    }
}
