//! Machines that run Homie and can be found from here: those that are none of the mesh yet, and further places of those that
//! are. Finding decides nothing: whoever is found says what it likes of itself, and whoever is called proves a key.
//!
//! In reading order: `about` (what a machine says when it is asked), `patience` (when it is asked again), `registry` (what is
//! known; all three pure), `candidates` (which machines of the tailnet are asked; pure), `ask` (one question), `pump` (asks them
//! in turn); `hint` (what a record of the local network says), `heard` (of whom it tells; both pure), `lan` (who listens there).

mod about;
mod ask;
mod candidates;
mod heard;
mod hint;
mod lan;
mod patience;
mod pump;
mod registry;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::FoundOutput;
use homie_trust::{SystemRandom, random_bytes};
use tokio::sync::{Notify, mpsc, watch};

use crate::reach::{Address, Atlas, Place};
use crate::tasks::Tasks;
use lan::Listening;
pub(crate) use lan::Own;
pub use lan::{Lan, hear};
use registry::{Candidate, Key, Registry};

/// Places where nobody answers that may wait for whoever listens to the local network: as many as are asked at once, and then some.
const SILENT: usize = 16;

/// Where to look besides the tailnet.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// Machines that somebody has written down.
    pub machines: Vec<Address>,
    /// The local network, if anybody wants to be found there.
    pub lan: Option<Lan>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    registry: Mutex<Registry>,
    /// Counts its changes.
    news: watch::Sender<u64>,
    /// Tells that there are more to ask.
    more: Notify,
}

impl Found {
    /// Nothing yet.
    pub(crate) fn new() -> Arc<Self> {
        let (news, _) = watch::channel(0);
        Arc::new(Self { registry: Mutex::default(), news, more: Notify::new() })
    }

    /// The machines that are none of these.
    pub(crate) fn others(&self, is_known: impl Fn(NodeId) -> bool) -> FoundOutput {
        self.registry().others(is_known)
    }

    /// Where a machine says that it is. Only a circuit that is pinned to its key finds out whether that is true.
    pub(crate) fn places(&self, node: NodeId) -> Vec<Place> {
        self.registry().places(node)
    }

    /// Counts the changes.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Of these the local network tells now.
    fn set_heard(&self, candidates: Vec<Candidate>) {
        self.learn(|registry| registry.set_heard(candidates, Instant::now(), &mut lot));
        self.more.notify_one();
    }

    /// Whether the machine that is expected there has answered the last time.
    fn answers(&self, key: &Key) -> bool {
        self.registry().answers(key)
    }

    /// There is news of this place.
    fn ask_again(&self, key: &Key) {
        self.learn(|registry| registry.ask_again(key, Instant::now()));
        self.more.notify_one();
    }

    /// Something is known better, or not.
    fn learn<T>(&self, change: impl FnOnce(&mut Registry) -> T) -> T {
        let (before, result, after) = {
            let mut registry = self.registry();
            let before = registry.changes();
            let result = change(&mut registry);
            (before, result, registry.changes())
        };
        if before != after {
            self.news.send_replace(after);
        }
        result
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        // It is changed in steps that leave it whole.
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to look. What comes back listens to the local network, once it is known what is to be announced there; `mesh` counts the
/// changes of the roster.
pub(crate) fn begin(
    finding: &Finding,
    found: &Arc<Found>,
    (atlas, mesh): (Atlas, watch::Receiver<u64>),
    tasks: &Tasks,
) -> Option<Listener> {
    found.learn(|registry| registry.set_settings(finding.machines.iter().map(candidates::written), Instant::now()));
    let (tell, silent) = mpsc::channel(SILENT);
    tasks.spawn(pump::Pump::new(Arc::clone(found), atlas.clone(), tell).run());
    let lan = finding.lan.clone()?;
    Some(Listener { lan, found: Arc::clone(found), atlas, silent, mesh })
}

/// Who listens to the local network, not yet.
pub(crate) struct Listener {
    lan: Lan,
    found: Arc<Found>,
    atlas: Atlas,
    silent: mpsc::Receiver<Key>,
    mesh: watch::Receiver<u64>,
}

impl Listener {
    /// Begins to listen, and to announce this machine.
    pub(crate) fn begin(self, own: Own, tasks: &Tasks) {
        tasks.spawn_polite(|stopping| Listening::new(self, own).run(stopping));
    }
}

/// Without chance nothing is spread, and nothing else is lost.
fn lot() -> u8 {
    random_bytes::<1>(&SystemRandom).map_or(0, |[lot]| lot)
}
