//! Keeps a follower for every machine of the roster, on the way to it as tailscaled tells it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::{Config, Dial, Route, Web};
use homie_protocol::hello::{ClientKind, Service};
use homie_protocol::id::NodeId;
use homie_tailnet::{LocalApi, Status};
use homie_trust::{DeviceIdentity, Machine, Members, Roster, StateDir, TrustError};
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};
use tokio::time::sleep;

use super::follow::{Follower, Way};
use super::peers::Peers;
use crate::find::Found;
use crate::reach::{Known, Place, Unplaced, through, tls_client};

/// How long a change of the roster may go unseen: another machine that revokes a device is to be heard within two seconds.
const LOOK: Duration = Duration::from_millis(250);

/// What the ways are worked out of.
pub(super) struct Circle {
    pub(super) state: StateDir,
    pub(super) roster: Roster,
    pub(super) own: NodeId,
    /// Whose certificates are believed, or why nobody's are; found out once somebody else is to be called.
    pub(super) tls: Option<Result<Arc<ClientConfig>, String>>,
    pub(super) api: Option<LocalApi>,
    pub(super) peers: watch::Receiver<Peers>,
    pub(super) found: Arc<Found>,
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
        let mut found = self.found.news();
        let mut pumps = Pumps { follower, by_machine: BTreeMap::new(), tasks: JoinSet::new() };
        loop {
            let members = self.members();
            if let Some(members) = &members {
                desk.learn(|table| table.set(members.machines(), self.own));
                self.believe(members.machines()).await;
                pumps.set(self.ways(members.machines()));
                news.send_modify(|news| *news = news.wrapping_add(1));
            }
            self.other(members.as_ref(), &mut found).await;
        }
    }

    /// Finds out whose certificates are believed, where there is another machine. It reads a long file.
    async fn believe(&mut self, machines: &[Machine]) {
        if self.tls.is_none() && machines.iter().any(|machine| machine.id() != self.own) {
            let found = spawn_blocking(|| tls_client().map_err(|error| error.to_string())).await;
            self.tls = Some(found.unwrap_or_else(|lost| Err(lost.to_string())));
        }
    }

    fn members(&self) -> Option<Arc<Members>> {
        self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}")).ok()
    }

    /// Waits until roster or tailnet are others, or something was found.
    async fn other(&mut self, known: Option<&Arc<Members>>, found: &mut watch::Receiver<u64>) {
        loop {
            tokio::select! {
                Ok(()) = self.peers.changed() => return,
                Ok(()) = found.changed() => return,
                () = sleep(LOOK) => {}
            }
            let is_same = |members: &Arc<Members>| known.is_some_and(|known| Arc::ptr_eq(known, members));
            if self.roster.members().is_ok_and(|members| !is_same(&members)) {
                return;
            }
        }
    }

    fn ways(&mut self, machines: &[Machine]) -> BTreeMap<NodeId, Way> {
        let peers = self.peers.borrow_and_update().clone();
        let known = Known { machines, own: self.own, status: peers.as_deref().map_err(Clone::clone) };
        let members = machines.iter().filter(|machine| !machine.is_retired);
        members.map(|machine| (machine.id(), self.way(&known, machine))).collect()
    }

    fn way(&self, known: &Known<'_>, machine: &Machine) -> Way {
        if machine.id() == self.own {
            return self.to_this_one(machine).unwrap_or_else(|error| Way::None(error.to_string()));
        }
        let (place, others) = match self.places(known, machine) {
            Ok(places) => places,
            Err(why) => return Way::None(why.to_string()),
        };
        let status = known.status.as_ref().ok();
        let is_off = status.is_some_and(|status| is_off(status, &place));
        let through = status.zip(self.api.as_ref()).and_then(|(status, api)| through(api, status));
        match &self.tls {
            Some(Ok(tls)) => self
                .there(machine.id(), (place, others), is_off, (through, tls))
                .unwrap_or_else(|error| Way::None(error.to_string())),
            Some(Err(why)) => Way::None(why.clone()),
            None => Way::None("it is not known yet whose certificates are believed".to_owned()),
        }
    }

    /// Where the roster says that it is, and where it was found besides.
    fn places(&self, known: &Known<'_>, machine: &Machine) -> Result<(Place, Vec<Place>), Unplaced> {
        let mut found = self.found.places(machine.id());
        match known.of_machine(machine) {
            Ok(place) => {
                found.retain(|other| other.authority() != place.authority());
                Ok((place, found))
            }
            Err(why) if found.is_empty() => Err(why),
            Err(_) => Ok((found.remove(0), found)),
        }
    }

    /// Its door for programs of the same user.
    fn to_this_one(&self, machine: &Machine) -> Result<Way, TrustError> {
        let identity = DeviceIdentity::without_key(machine.key)?;
        let config = Box::new(Config::local(self.state.local_sock(), Arc::new(identity)));
        Ok(Way::Call { name: "local".to_owned(), is_off: false, config, others: Vec::new() })
    }

    /// On the way to all of its places. Whoever answers proves its key.
    fn there(
        &self,
        id: NodeId,
        (place, others): (Place, Vec<Place>),
        is_off: bool,
        with: (Option<Arc<dyn Dial>>, &Arc<ClientConfig>),
    ) -> Result<Way, TrustError> {
        let word = |place: &Place| format!("{} {} ", place.authority(), place.targets.join(" "));
        let name = std::iter::once(&place).chain(&others).map(word).collect();
        let config = Box::new(self.config(id, place, with.clone())?);
        let others = others.into_iter().map(|other| self.config(id, other, with.clone())).collect::<Result<_, _>>()?;
        Ok(Way::Call { name, is_off, config, others })
    }

    fn config(
        &self,
        id: NodeId,
        place: Place,
        (through, tls): (Option<Arc<dyn Dial>>, &Arc<ClientConfig>),
    ) -> Result<Config, TrustError> {
        let identity = DeviceIdentity::for_node(Roster::own_key(&self.state)?, id)?.carrying(self.roster.clone());
        let authority = place.authority();
        let Place { name: certified, port, targets, .. } = place;
        let path = format!("/m/{id}");
        let web =
            Web { targets, port, through, name: certified, authority: authority.clone(), path, tls: Arc::clone(tls) };
        Ok(Config {
            host: authority,
            route: Route::Web(web),
            service: Service::Node,
            kind: ClientKind::Cli,
            agent: concat!("homie-gateway/", env!("CARGO_PKG_VERSION")).to_owned(),
            origin: None,
            identity: Arc::new(identity),
        })
    }
}

/// Whether the tailnet calls a machine off. While this one is off itself that says nothing.
fn is_off(status: &Status, place: &Place) -> bool {
    let is_it = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(&place.name);
    status.own.online && status.peers.iter().any(|peer| is_it(&peer.dns_name) && !peer.online)
}
