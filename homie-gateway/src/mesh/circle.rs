//! Keeps a follower for every machine of the roster, on the way to it as tailscaled tells it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::{Config, Detour, Web};
use homie_protocol::hello::Service;
use homie_protocol::id::NodeId;
use homie_trust::{DeviceIdentity, KeyPair, Machine, Members, Roster, StateDir, TrustError};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};
use tokio::time::sleep;

use super::follow::{Follower, Way};
use crate::limits::DETOURS;
use crate::reach::{Atlas, There, config, config_nowhere, detours, with_keyed};
use crate::spare::Spares;

/// How long a change of the roster may go unseen: another machine that revokes a device is to be heard within two seconds.
const LOOK: Duration = Duration::from_millis(250);

/// What the followers call themselves.
const AGENT: &str = concat!("homie-gateway/", env!("CARGO_PKG_VERSION"));

/// What the ways are worked out of.
pub(super) struct Circle {
    pub(super) state: StateDir,
    pub(super) roster: Roster,
    pub(super) own: NodeId,
    pub(super) atlas: Atlas,
    pub(super) spares: Spares,
}

/// The pumps of all machines.
struct Pumps {
    follower: Follower,
    by_machine: BTreeMap<NodeId, Pump>,
    /// Dropped, it ends them.
    tasks: JoinSet<()>,
}

struct Pump {
    way: watch::Sender<Way>,
    task: AbortHandle,
}

impl Pumps {
    /// Each of these machines is followed, on this way, and no other.
    fn set(&mut self, ways: BTreeMap<NodeId, Way>) {
        self.by_machine.retain(|id, pump| {
            let stays = ways.contains_key(id);
            if !stays {
                pump.task.abort();
            }
            stays
        });
        for (id, way) in ways {
            if let Some(pump) = self.by_machine.get(&id) {
                pump.way.send_if_modified(|known| {
                    let is_new = !known.is_same(&way);
                    *known = way;
                    is_new
                });
                continue;
            }
            let (way, told) = watch::channel(way);
            let task = self.tasks.spawn(self.follower.clone().follow(id, told));
            self.by_machine.insert(id, Pump { way, task });
        }
        // Those that were ended leave nothing behind.
        while self.tasks.try_join_next().is_some() {}
    }
}

impl Circle {
    /// Follows all of them, for ever. `news` counts the changes of the roster.
    pub(super) async fn keep(mut self, follower: Follower, news: watch::Sender<u64>) {
        let desk = Arc::clone(&follower.desk);
        let mut pumps = Pumps { follower, by_machine: BTreeMap::new(), tasks: JoinSet::new() };
        loop {
            let members = self.members();
            if let Some(members) = &members {
                desk.learn(|table| table.set(members.machines(), self.own));
                self.spares.retain(|machine| members.machine(machine).is_some());
                pumps.set(self.ways(members.machines()).await);
                news.send_modify(|news| *news = news.wrapping_add(1));
            }
            self.other(members.as_ref()).await;
        }
    }

    fn members(&self) -> Option<Arc<Members>> {
        self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}")).ok()
    }

    /// Waits until roster or tailnet are others, or something was found.
    async fn other(&mut self, known: Option<&Arc<Members>>) {
        loop {
            tokio::select! {
                () = self.atlas.changed() => return,
                () = sleep(LOOK) => {}
            }
            let is_same = |members: &Arc<Members>| known.is_some_and(|known| Arc::ptr_eq(known, members));
            if self.roster.members().is_ok_and(|members| !is_same(&members)) {
                return;
            }
        }
    }

    async fn ways(&self, machines: &[Machine]) -> BTreeMap<NodeId, Way> {
        let members = || machines.iter().filter(|machine| !machine.is_retired);
        let is_alone = members().all(|machine| machine.id() == self.own);
        let key = if is_alone { Err("there is nobody else to call".to_owned()) } else { self.own_key().await };
        let mut ways = BTreeMap::new();
        for machine in members() {
            let way = self.way(machines, machine, &key).await;
            ways.insert(machine.id(), way.unwrap_or_else(Way::None));
        }
        ways
    }

    /// As whom all are called, asked for once for all of them: it may be in a keyring, which takes its time.
    async fn own_key(&self) -> Result<Arc<KeyPair>, String> {
        let state = self.state.clone();
        let key = spawn_blocking(move || Roster::own_key(&state).map_err(|error| error.to_string())).await;
        key.unwrap_or_else(|lost| Err(lost.to_string())).map(Arc::new)
    }

    async fn way(
        &self,
        machines: &[Machine],
        machine: &Machine,
        key: &Result<Arc<KeyPair>, String>,
    ) -> Result<Way, String> {
        let failed = |error: TrustError| error.to_string();
        if machine.id() == self.own {
            return self.to_this_one(machine).map_err(failed);
        }
        let whom = (machine.id(), key.as_ref().map_err(Clone::clone)?);
        match self.atlas.there(machines, machine).await {
            Ok(there) => {
                let detours = detours(machine.id(), self.others(machines, machine, |_| true).await.into_iter());
                self.to_another(whom, there, detours).map_err(failed)
            }
            Err(why) => self.to_nowhere(whom, why, self.others(machines, machine, takes_spares).await),
        }
    }

    /// The gateways that may lead to a machine, as many as are tried, but for those that the tailnet calls off, and those that cannot
    /// be dialled themselves.
    async fn others(&self, machines: &[Machine], to: &Machine, may: impl Fn(&Machine) -> bool) -> Vec<Web> {
        let is_other = |other: &&Machine| {
            !other.is_retired
                && other.id() != to.id()
                && other.id() != self.own
                && may(other)
                && !self.spares.knows(other.id())
        };
        let mut others = Vec::new();
        for other in machines.iter().filter(is_other) {
            if others.len() == DETOURS {
                break;
            }
            let there = self.atlas.there(machines, other).await.ok();
            others.extend(there.filter(|there| !there.is_off).map(|there| there.web));
        }
        others
    }

    /// Its door for programs of the same user.
    fn to_this_one(&self, machine: &Machine) -> Result<Way, TrustError> {
        let identity = DeviceIdentity::without_key(machine.key)?;
        let config = Box::new(Config::local(self.state.local_sock(), Arc::new(identity)));
        Ok(Way::Call { name: "local".to_owned(), is_off: false, config, others: Vec::new() })
    }

    fn to_another(&self, whom: (NodeId, &Arc<KeyPair>), there: There, detours: Vec<Detour>) -> Result<Way, TrustError> {
        let There { web, keyed, is_off, others } = there;
        let word = |web: &Web| format!("{} {} {} ", web.authority, web.targets.join(" "), web.port);
        let around = detours.iter().map(|detour| detour.host.clone());
        let name = std::iter::once(&web).chain(&keyed).chain(&others).map(word).chain(around).collect();
        let config = Config { detours, ..self.config(whom, web)? };
        let config = Box::new(with_keyed(config, whom.0, keyed));
        let others = others.into_iter().map(|other| self.config(whom, other)).collect::<Result<_, _>>()?;
        Ok(Way::Call { name, is_off, config, others })
    }

    /// Nobody knows where it is: it may have left connections with others.
    fn to_nowhere(&self, (id, key): (NodeId, &Arc<KeyPair>), why: String, gateways: Vec<Web>) -> Result<Way, String> {
        if gateways.is_empty() {
            return Err(why);
        }
        let detours = detours(id, gateways.into_iter());
        let name = detours.iter().map(|detour| detour.host.as_str()).chain([why.as_str()]).collect();
        let config =
            config_nowhere(Service::Node, id, &why, AGENT, self.identity(id, key).map_err(|error| error.to_string())?);
        Ok(Way::Call { name, is_off: false, config: Box::new(Config { detours, ..config }), others: Vec::new() })
    }

    /// Whoever answers there proves the machine's key.
    fn config(&self, (id, key): (NodeId, &Arc<KeyPair>), web: Web) -> Result<Config, TrustError> {
        Ok(config(Service::Node, id, web, AGENT, self.identity(id, key)?))
    }

    fn identity(&self, id: NodeId, key: &Arc<KeyPair>) -> Result<DeviceIdentity, TrustError> {
        Ok(DeviceIdentity::for_node(Arc::clone(key), id)?.carrying(self.roster.clone()))
    }
}

/// Whether machines that cannot be dialled may leave connections with this one.
fn takes_spares(machine: &Machine) -> bool {
    machine.key_doors().next().is_some()
}
