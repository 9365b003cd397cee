//! Machines that run Homie and can be found from here: those that are none of the mesh yet, and further places of those that
//! are. Finding decides nothing: whoever is found says what it likes of itself, and whoever is called proves a key.
//!
//! In reading order: `about` (what a machine says when it is asked), `patience` (when it is asked again), `registry` (what is
//! known; all three pure), `candidates` (which machines of the tailnet are asked; pure), `ask` (one question), `pump` (asks them
//! in turn).

mod about;
mod ask;
mod candidates;
mod patience;
mod pump;
mod registry;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::FoundOutput;
use tokio::sync::watch;

use crate::reach::{Address, Atlas, Place};
use crate::tasks::Tasks;
use registry::Registry;

/// Where to look besides the tailnet.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// Machines that somebody has written down.
    pub machines: Vec<Address>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    registry: Mutex<Registry>,
    /// Counts its changes.
    news: watch::Sender<u64>,
}

impl Found {
    /// Nothing yet.
    pub(crate) fn new() -> Arc<Self> {
        let (news, _) = watch::channel(0);
        Arc::new(Self { registry: Mutex::default(), news })
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

/// Begins to look.
pub(crate) fn begin(finding: &Finding, found: &Arc<Found>, atlas: Atlas, tasks: &Tasks) {
    found.learn(|registry| registry.set_settings(finding.machines.iter().map(candidates::written), Instant::now()));
    tasks.spawn(pump::Pump::new(Arc::clone(found), atlas).run());
}
