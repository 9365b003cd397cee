//! Dialling out, for a machine that cannot be dialled: it keeps two connections at each other machine of the mesh that has a door
//! for keys, and whoever needs it there gets one of them (docs/adr/0017). The other end is in `spare`.
//!
//! In reading order: this file (at which machines; the pump), `slot` (the pump of one connection), `report` (what is told of it).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::Web;
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_trust::{KeyPair, Members, Roster, StateDir};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::accept::Entrance;
use crate::reach::keyed_ways;
use crate::spare::PATH;

mod report;
mod slot;

use report::Reports;
use slot::Slot;

/// Connections that lie at each machine: one for whoever comes, one for who comes while the next is being opened.
const AT_EACH: usize = 2;

/// Machines at which they lie: those that came into the mesh first. At more than a few nobody would look.
const MACHINES: usize = 64;

/// How long a change of the roster may go unseen.
const LOOK: Duration = Duration::from_millis(250);

/// What it takes to dial out.
pub(crate) struct DialOut {
    pub(crate) roster: Roster,
    pub(crate) key: Arc<KeyPair>,
    /// More than this nobody gets who comes so.
    pub(crate) highest: Role,
    /// What is behind such a connection.
    pub(crate) entrance: Entrance,
}

/// The pumps at one machine.
struct Keeping {
    ways: watch::Sender<Vec<Web>>,
    slots: Vec<AbortHandle>,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.slots.iter().for_each(AbortHandle::abort);
    }
}

impl DialOut {
    /// Begins, and tells in this directory where connections lie.
    pub(crate) fn begin(self, state: StateDir) {
        let (reports, tasks) = (Reports::new(), self.entrance.tasks.clone());
        tasks.spawn(reports.clone().write(state));
        tasks.spawn(self.keep(reports));
    }

    async fn keep(self, reports: Reports) {
        let (mut kept, mut tasks) = (BTreeMap::new(), JoinSet::new());
        loop {
            let members = self.members();
            if let Some(members) = &members {
                self.settle(members, &mut kept, &mut tasks, &reports);
            }
            while self.members().is_none_or(|now| members.as_ref().is_some_and(|then| Arc::ptr_eq(then, &now))) {
                sleep(LOOK).await;
            }
            // Those that were ended leave nothing behind.
            while tasks.try_join_next().is_some() {}
        }
    }

    fn members(&self) -> Option<Arc<Members>> {
        self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}")).ok()
    }

    /// At each of these machines, and no other.
    fn settle(
        &self,
        members: &Members,
        kept: &mut BTreeMap<NodeId, Keeping>,
        tasks: &mut JoinSet<()>,
        reports: &Reports,
    ) {
        let gateways = self.gateways(members);
        kept.retain(|id, _| gateways.contains_key(id));
        reports.retain(|id| gateways.contains_key(&id));
        for (id, (name, ways)) in gateways {
            reports.name(id, &name);
            let keeping = kept.entry(id).or_insert_with(|| self.keep_at(id, tasks, reports));
            let targets = |ways: &[Web]| ways.iter().map(|web| (web.targets.clone(), web.port)).collect::<Vec<_>>();
            keeping.ways.send_if_modified(|known| {
                let is_new = targets(known) != targets(&ways);
                *known = ways;
                is_new
            });
        }
    }

    /// The machines that can be dialled for this, their names, and the ways to them.
    fn gateways(&self, members: &Members) -> BTreeMap<NodeId, (String, Vec<Web>)> {
        let own = self.key.node_id();
        let others = members.machines().iter().filter(|machine| !machine.is_retired && machine.id() != own);
        let reached = others.filter_map(|machine| {
            let ways = keyed_ways(machine, &self.key).inspect_err(|error| tracing::error!("{error}")).ok()?;
            let ways: Vec<_> = ways.into_iter().map(|web| Web { path: PATH.to_owned(), ..web }).collect();
            (!ways.is_empty()).then(|| (machine.id(), (machine.name.clone(), ways)))
        });
        reached.take(MACHINES).collect()
    }

    fn keep_at(&self, gateway: NodeId, tasks: &mut JoinSet<()>, reports: &Reports) -> Keeping {
        let (ways, told) = watch::channel(Vec::new());
        let slots = (0..AT_EACH).map(|_| {
            let (ways, entrance, reports) = (told.clone(), self.entrance.clone(), reports.clone());
            tasks.spawn(Slot { gateway, highest: self.highest, ways, entrance, reports }.keep())
        });
        Keeping { slots: slots.collect(), ways }
    }
}
