//! Where the machines of the roster are, as things are now: for whoever follows them, and for whoever passes circuits on.

use std::collections::BTreeSet;
use std::sync::Arc;

use homie_circuit::client::Web;
use homie_protocol::id::NodeId;
use homie_tailnet::{LocalApi, Status};
use homie_trust::{KeyPair, Machine, Roster};
use rustls::ClientConfig;
use tokio::sync::{OnceCell, watch};
use tokio::task::spawn_blocking;

use super::internet::internet_ways;
use super::keyed::{TRIED, copy_way, in_order, keyed_way, keyed_ways, pinned};
use super::peers::{self, Peers};
use super::place::{Known, Place, Unplaced};
use super::{tls_client, web};
use crate::find::Found;
use crate::spare::{self, Spares};
use crate::tasks::Tasks;

/// What it is worked out of. Clones share all of it.
#[derive(Clone)]
pub(crate) struct Atlas {
    roster: Roster,
    /// This machine, as it proves itself at key doors.
    own: Arc<KeyPair>,
    api: Option<LocalApi>,
    peers: watch::Receiver<Peers>,
    found: Arc<Found>,
    /// Counts what was found.
    news: watch::Receiver<u64>,
    spares: Spares,
    /// Counts the machines that keep spares here.
    keepers: watch::Receiver<u64>,
    /// Whose certificates are believed, or why nobody's are; found out once somebody else is to be called.
    tls: Arc<OnceCell<Result<Arc<ClientConfig>, String>>>,
}

/// Where one of them is.
pub(crate) struct There {
    /// The way to it.
    pub(crate) web: Web,
    /// Those that are left, to its key door above all and then over the internet, for when that one leads nowhere.
    pub(crate) keyed: Vec<Web>,
    /// Whether the tailnet calls it off.
    pub(crate) is_off: bool,
    /// The ways to other places where it was found.
    pub(crate) others: Vec<Web>,
}

impl Atlas {
    /// Begins to listen to the tailnet, if there is one.
    pub(crate) fn begin(
        (roster, own): (&Roster, Arc<KeyPair>),
        api: Option<LocalApi>,
        (found, spares): (Arc<Found>, Spares),
        tasks: &Tasks,
    ) -> Self {
        let (known, peers) = watch::channel(Err("this gateway is not told to look at a tailnet".to_owned()));
        match api.clone() {
            Some(api) => tasks.spawn(peers::keep(api, known)),
            // Whoever waits for other peers waits for ever.
            None => tasks.spawn(async move { known.closed().await }),
        }
        let (news, keepers) = (found.news(), spares.news());
        Self { roster: roster.clone(), own, api, peers, found, news, spares, keepers, tls: Arc::default() }
    }

    /// Waits until the tailnet says something else, something was found, or another machine keeps spares here.
    pub(crate) async fn changed(&mut self) {
        tokio::select! {
            Ok(()) = self.peers.changed() => {}
            Ok(()) = self.news.changed() => {}
            Ok(()) = self.keepers.changed() => {}
            else => std::future::pending::<()>().await,
        }
    }

    /// Waits until the tailnet says something else.
    pub(crate) async fn tailnet_changed(&mut self) {
        if self.peers.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What the tailnet says now, if it says anything.
    pub(crate) fn status(&mut self) -> Option<Arc<Status>> {
        self.peers.borrow_and_update().clone().ok()
    }

    /// The other machines of the mesh. A roster that cannot be read knows nobody.
    pub(crate) fn others(&self) -> BTreeSet<NodeId> {
        let members = self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}")).ok();
        let machines = members.iter().flat_map(|members| members.machines());
        let others = machines.filter(|machine| !machine.is_retired && machine.id() != self.own.node_id());
        others.map(Machine::id).collect()
    }

    /// The way to a place where somebody says that a machine is.
    pub(crate) async fn way(&self, place: &Place) -> Result<Web, String> {
        if let Some(way) = self.keyed(place) {
            return way;
        }
        let peers = self.peers.borrow().clone();
        Ok(web(place, self.api.as_ref().zip(peers.as_deref().ok()), self.believed().await?))
    }

    /// The same to a key door, if it is one.
    fn keyed(&self, place: &Place) -> Option<Result<Web, String>> {
        let node = place.node.filter(|_| place.is_keyed())?;
        let at = (place.targets.first()?.as_str(), place.port);
        let way = if node == self.own.node_id() { copy_way(at, &self.own) } else { keyed_way(node, at, &self.own) };
        Some(way.map_err(|error| error.to_string()))
    }

    /// Where a machine of the roster is, if it is of the mesh; `None` if it is not. A roster that cannot be read knows nobody.
    pub(crate) async fn of(&self, id: NodeId) -> Option<Result<There, String>> {
        let members = self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}"));
        let members = members.ok()?;
        let machine = members.machine(id)?;
        Some(self.there(members.machines(), machine).await)
    }

    /// Where somebody says that it is this very machine.
    pub(crate) async fn of_this_one(&self) -> Vec<Web> {
        let mut ways = Vec::new();
        for place in self.found.places(self.own.node_id()) {
            ways.extend(self.way(&place).await);
        }
        ways
    }

    /// Where this one of these machines is.
    pub(crate) async fn there(&self, machines: &[Machine], machine: &Machine) -> Result<There, String> {
        let peers = self.peers.borrow().clone();
        let known = Known { machines, own: self.own.node_id(), status: peers.as_deref().map_err(Clone::clone) };
        let keyed = self.key_doors(machine)?;
        let there = match self.by_name(&known, machine).await {
            Ok(there) => {
                let (web, mut keyed) = in_order(there.web, keyed);
                keyed.extend(there.keyed);
                Ok(There { web, keyed, ..there })
            }
            Err(why) => by_key(keyed).ok_or(why),
        };
        if self.spares.knows(machine.id()) { self.on_spare(machine, there.ok()) } else { there }
    }

    /// The ways to its key door: where the roster says that it is, and where it has proved its key besides.
    fn key_doors(&self, machine: &Machine) -> Result<Vec<Web>, String> {
        let mut ways = keyed_ways(machine, &self.own).map_err(|error| error.to_string())?;
        let is_told = |place: &Place| {
            machine.key_doors().any(|(host, port)| port == place.port && place.targets.iter().any(|at| at == host))
        };
        let found = self.found.places(machine.id()).into_iter().filter(|place| !is_told(place));
        for way in found.filter_map(|place| self.keyed(&place)).take(TRIED) {
            ways.push(way?);
        }
        Ok(ways)
    }

    /// Where a machine has brought connections itself those come first: it would hardly do that if it could be dialled.
    fn on_spare(&self, machine: &Machine, there: Option<There>) -> Result<There, String> {
        let tls = pinned(machine.id(), &self.own).map_err(|error| error.to_string())?;
        let web = spare::way(&self.spares, machine, tls);
        let Some(There { web: first, keyed, others, .. }) = there else {
            return Ok(There { web, keyed: Vec::new(), is_off: false, others: Vec::new() });
        };
        Ok(There { web, keyed: std::iter::once(first).chain(keyed).collect(), is_off: false, others })
    }

    /// Where it is as its page is, and as it was found.
    async fn by_name(&self, known: &Known<'_>, machine: &Machine) -> Result<There, String> {
        let (place, others) = self.places(known, machine).map_err(|why| why.to_string())?;
        let status = known.status.as_ref().ok();
        let is_off = status.is_some_and(|status| is_off(status, &place));
        let tailnet = self.api.as_ref().zip(status.copied());
        let tls = self.believed().await?;
        let others = others.iter().map(|other| web(other, tailnet, Arc::clone(&tls))).collect();
        let web = web(&place, tailnet, Arc::clone(&tls));
        Ok(There { keyed: internet_ways(machine, &web, &tls), web, is_off, others })
    }

    /// Where the roster says that it is, and where it was found besides.
    fn places(&self, known: &Known<'_>, machine: &Machine) -> Result<(Place, Vec<Place>), Unplaced> {
        let mut found = self.found.places(machine.id());
        found.retain(|place| !place.is_keyed());
        match known.of_machine(machine) {
            Ok(place) => {
                found.retain(|other| other.authority() != place.authority());
                Ok((place, found))
            }
            Err(why) if found.is_empty() => Err(why),
            Err(_) => Ok((found.remove(0), found)),
        }
    }

    /// Reads a long file, once.
    pub(crate) async fn believed(&self) -> Result<Arc<ClientConfig>, String> {
        let read = async || {
            let found = spawn_blocking(|| tls_client().map_err(|error| error.to_string())).await;
            found.unwrap_or_else(|lost| Err(lost.to_string()))
        };
        self.tls.get_or_init(read).await.clone()
    }
}

/// Where nobody knows it by a name, its key door is the way.
fn by_key(keyed: Vec<Web>) -> Option<There> {
    let mut keyed = keyed.into_iter();
    Some(There { web: keyed.next()?, keyed: keyed.collect(), is_off: false, others: Vec::new() })
}

/// Whether the tailnet calls a machine off. While this one is off itself that says nothing.
fn is_off(status: &Status, place: &Place) -> bool {
    let is_it = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(&place.name);
    status.own.online && status.peers.iter().any(|peer| is_it(&peer.dns_name) && !peer.online)
}
