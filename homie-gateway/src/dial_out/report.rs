//! At which machines connections lie, told to the other processes of this machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use homie_protocol::id::NodeId;
use homie_trust::{DialOutFile, KeptAt, StateDir};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// How long changes are gathered before they are written down: each connection that is used up is two.
const GATHERED: Duration = Duration::from_millis(200);

/// What is known of one machine.
#[derive(Debug, Default)]
struct At {
    name: String,
    lying: usize,
    why: Option<String>,
}

/// What the pumps tell. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Reports(Arc<watch::Sender<BTreeMap<NodeId, At>>>);

/// A connection that lies there, until it is dropped.
pub(super) struct Lying {
    reports: Reports,
    gateway: NodeId,
}

impl Reports {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::new())))
    }

    /// A machine at which connections are to lie, and what it is called now.
    pub(super) fn name(&self, gateway: NodeId, name: &str) {
        self.0.send_if_modified(|known| {
            let at = known.entry(gateway).or_default();
            let is_new = at.name != name;
            name.clone_into(&mut at.name);
            is_new
        });
    }

    /// None are to lie at others.
    pub(super) fn retain(&self, stays: impl Fn(NodeId) -> bool) {
        self.0.send_modify(|known| known.retain(|gateway, _| stays(*gateway)));
    }

    /// One lies there from now on.
    pub(super) fn lies(&self, gateway: NodeId) -> Lying {
        self.change(gateway, |at| (at.lying, at.why) = (at.lying + 1, None));
        Lying { reports: self.clone(), gateway }
    }

    /// None could be left there.
    pub(super) fn failed(&self, gateway: NodeId, why: &str) {
        self.change(gateway, |at| at.why = Some(why.to_owned()));
    }

    fn change(&self, gateway: NodeId, change: impl FnOnce(&mut At)) {
        self.0.send_modify(|known| {
            if let Some(at) = known.get_mut(&gateway) {
                change(at);
            }
        });
    }

    fn told(&self) -> Vec<KeptAt> {
        let told = |at: &At| {
            let lies = at.lying > 0;
            KeptAt { name: at.name.clone(), lies, why: at.why.clone().filter(|_| !lies) }
        };
        self.0.borrow().values().map(told).collect()
    }

    /// Writes it down whenever it is another, for ever.
    pub(super) async fn write(self, state: StateDir) {
        let (mut news, mut last) = (self.0.subscribe(), None);
        loop {
            let told = self.told();
            if last.as_ref() != Some(&told) {
                let file = DialOutFile { machines: told.clone() };
                let state = state.clone();
                // It waits for the disk.
                match spawn_blocking(move || file.write(&state)).await {
                    Ok(Ok(())) => {}
                    failed => tracing::warn!("`homie status` does not learn where this machine dials out: {failed:?}"),
                }
                last = Some(told);
            }
            // The sender lives as long as this.
            let _ = news.changed().await;
            sleep(GATHERED).await;
        }
    }
}

impl Drop for Lying {
    fn drop(&mut self) {
        self.reports.change(self.gateway, |at| at.lying = at.lying.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_lies_is_told_and_why_none_does_and_who_is_gone_is_not() {
        let (reports, gateway) = (Reports::new(), NodeId::from_bytes([1; 16]));
        let told = || reports.told().pop().map(|kept| (kept.name, kept.lies, kept.why));
        reports.name(gateway, "gw");
        assert_eq!(told(), Some(("gw".to_owned(), false, None)));
        reports.failed(gateway, "it is off");
        assert_eq!(told(), Some(("gw".to_owned(), false, Some("it is off".to_owned()))));
        let (one, other) = (reports.lies(gateway), reports.lies(gateway));
        drop(one);
        reports.failed(gateway, "the other one has no way");
        assert_eq!(told(), Some(("gw".to_owned(), true, None)));
        drop(other);
        assert!(told().is_some_and(|(_, lies, _)| !lies));
        reports.retain(|_| false);
        assert!(reports.lies(gateway).reports.told().is_empty());
    }
}
