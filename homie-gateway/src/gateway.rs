//! Wiring: what a gateway needs to start, and how it stops.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use homie_circuit::Lobby;
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_trust::pairing::SharedSecret;
use homie_trust::{
    Beats, ClonedFile, DialOutFile, GatewayFile, HostOrigin, Invitations, KeyDoor, KeyPair, LockRole, OneUseLinks,
    PublicDoor, Refusals, RoleLock, Roster, Server, Start, StateDir, SystemBootClock, SystemRandom, Tries,
};
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use crate::about::{about, about_in_public};
use crate::accept::{Entrance, from_loopback};
use crate::circuits::OwnCircuits;
use crate::dial_out::DialOut;
use crate::error::GatewayError;
use crate::find::{self, Finding, Found, Listener, Own};
use crate::front::{Hindrance, Inside, OwnEntry, Report, TailnetConfig, keep_open};
use crate::homecoming::Homecoming;
use crate::house::House;
use crate::key_door::{self, KeyDoorConfig, Moving};
use crate::limits::{DEFAULT_PORT, LOBBY, PUBLIC_CIRCUITS, PUBLIC_CIRCUITS_OF_ONE, RELAYS, SPLICES};
use crate::listen::{Listeners, listen};
use crate::local;
use crate::mesh;
use crate::names::Names;
use crate::page::Page;
use crate::public::{self, Crowd, PublicConfig};
use crate::rate::Rates;
use crate::reach::Atlas;
use crate::routes::router;
use crate::spare::Spares;
use crate::tasks::{Stopper, Tasks, tasks};
use crate::told::Told;
use crate::twin::{self, Twin};

/// What a gateway needs.
pub struct GatewayConfig {
    /// The state directory, the same as the node's.
    pub state: StateDir,
    /// The port on 127.0.0.1 that somebody chose; 0 takes any free one. Left out, the usual one, or the next that is free.
    pub port: Option<u16>,
    /// The machine's name, for people.
    pub name: String,
    /// The page to serve.
    pub page: Page,
    /// The tailnet, if others than this machine's own programs may come.
    pub tailnet: Option<TailnetConfig>,
    /// What devices become that know the machine's shared secret, if there is to be one.
    pub shared_secret: Option<Role>,
    /// Where machines are looked for besides the tailnet.
    pub finding: Finding,
    /// The door for keys of the roster, if there is to be one.
    pub key_door: Option<KeyDoorConfig>,
    /// The door to the internet, if there is to be one.
    pub public: Option<PublicConfig>,
    /// Whether it leaves connections with other machines, and more than this nobody gets who comes on one.
    pub dial_out: Option<Role>,
}

impl GatewayConfig {
    /// With any free port, and with no door to a network.
    #[must_use]
    pub fn on_loopback(state: StateDir, name: &str, page: Page) -> Self {
        Self {
            state,
            port: Some(0),
            name: name.to_owned(),
            page,
            tailnet: None,
            shared_secret: None,
            finding: Finding::default(),
            key_door: None,
            public: None,
            dial_out: None,
        }
    }

    /// The same with every door to a network closed, and nothing announced. Other machines are still called: they tell whether the
    /// other one is there.
    fn closed(self) -> Self {
        let finding = Finding { lan: None, ..self.finding };
        Self { finding, key_door: None, public: None, dial_out: None, ..self }
    }
}

/// A gateway that runs.
pub struct Gateway {
    addr: SocketAddr,
    instead_of: Option<u16>,
    node: NodeId,
    state: StateDir,
    key_door: Option<KeyDoor>,
    public: Option<PublicDoor>,
    report: Option<watch::Receiver<Option<Report>>>,
    cloned: Option<Hindrance>,
    twin: Arc<Twin>,
    stopper: Stopper,
    _lock: RoleLock,
}

impl Gateway {
    /// Takes the lock and the port, writes `gateway.json`, opens `gateway.sock`, and serves.
    pub async fn start(config: GatewayConfig) -> Result<Self, GatewayError> {
        let state = config.state.clone();
        let lock =
            spawn_blocking(move || state.lock(LockRole::Gateway)).await.map_err(|_| GatewayError::Stopping)??;
        let key = Arc::new(KeyPair::machine(&config.state)?);
        let cloned = ClonedFile::lies(&config.state).then(Hindrance::cloned);
        let config = if cloned.is_some() { config.closed() } else { config };
        let roster = Roster::open(&config.state, &config.name)?;
        let shared = config.shared_secret.map(|role| SharedSecret::load_or_create(&config.state, role)).transpose()?;
        let Listeners { v4, v6 } = listen(config.port).await?;
        let wanted = config.port.unwrap_or(DEFAULT_PORT);
        let addr = v4.local_addr().map_err(|source| GatewayError::Listen { port: wanted, source })?;
        let instead_of = (config.port.is_none() && addr.port() != wanted).then_some(wanted);
        let opened = config
            .key_door
            .as_ref()
            .map(|door| key_door::Opened::at(door, &key, &roster, &config.state))
            .transpose()?;
        let keyed = opened.as_ref().map(|opened| opened.told.clone());
        let to_internet = config.public.as_ref().map(public::Opened::at).transpose()?;
        let public = to_internet.as_ref().map(|opened| opened.told.clone());
        let why = cloned.as_ref().map(Hindrance::closed_door);
        let file = GatewayFile::loopback(std::process::id(), addr);
        let file = GatewayFile { instead_of, keyed: keyed.clone(), public: public.clone(), closed: why, ..file };
        let was_added = added_before(&config.state);
        DialOutFile::remove(&config.state)?;
        let told = Told::begin(&config.state, file.clone())?;
        let door = config.state.gateway_sock();
        let listener = homie_circuit::open_door(&door).map_err(|source| GatewayError::Socket { path: door, source })?;
        let (tasks, stopper) = tasks();
        let names = Names::new(HostOrigin::from(&file), key.node_id(), public.as_ref());
        let entry = entry(&key, &roster, &config.name, &file);
        // Of one of two it says what it said: what the other one says would be no better.
        if cloned.is_none() {
            entry.begin();
        }
        // What somebody has written down is there, wherever the machine is.
        let is_written = config.key_door.as_ref().is_some_and(|door| !door.at.is_empty());
        let moving = keyed.as_ref().filter(|_| !is_written).and_then(|door| Moving::of(door, &entry, &told));
        if let Some(moving) = moving {
            tasks.spawn(moving.run());
        }
        let twin = Twin::new(Start::new(Arc::clone(&key), &SystemRandom)?, config.state.clone(), cloned.is_some());
        let inside = (&key, roster.clone(), Arc::clone(&twin));
        let (house, lan) = house(&config, inside, shared, names.clone(), tasks.clone());
        let house = Arc::new(house);
        twin::begin(&twin, house.atlas.clone(), &tasks);
        twin.wait_for_a_word(&tasks);
        tasks.spawn(local::accept(listener, Arc::clone(&house)));
        let telling = Arc::clone(&house);
        tasks.spawn(async move { telling.circuits.tell_changes().await });
        let routes = router(house);
        let entrance = Entrance { router: routes.clone(), lobby: Lobby::new(LOBBY), tasks: tasks.clone() };
        for listener in [Some(v4), v6].into_iter().flatten() {
            tasks.spawn(from_loopback(listener, entrance.clone()));
        }
        let apart = || Entrance { lobby: Lobby::new(LOBBY), ..entrance.clone() };
        if let Some(opened) = opened {
            opened.open(&apart());
        }
        if let Some(opened) = to_internet {
            opened.open(&apart());
        }
        if let Some(highest) = config.dial_out {
            let entrance = apart();
            DialOut { roster, key: Arc::clone(&key), highest, entrance }.begin(config.state.clone());
        }
        tracing::info!("the gateway serves {addr}");
        let laid = tasks.clone();
        let inside = Inside { state: config.state.clone(), file, told, was_added, names, entry, router: routes, tasks };
        let report = config.tailnet.filter(|_| cloned.is_none()).map(|tailnet| open_front(tailnet, inside));
        if let Some(lan) = lan {
            let key_door = keyed.as_ref().and_then(|door| key_door::announced(&door.listening));
            lan.begin(Own { node: key.node_id(), name: config.name, report: report.clone(), key_door }, &laid);
        }
        let (node, state, key_door) = (key.node_id(), config.state, keyed);
        Ok(Self { addr, instead_of, node, state, key_door, public, report, cloned, twin, stopper, _lock: lock })
    }

    /// What becomes of the door to the tailnet; nothing where there is none to be.
    pub fn report(&self) -> Option<watch::Receiver<Option<Report>>> {
        self.report.clone()
    }

    /// Why no door to any network is open, if another machine has this one's key.
    pub fn cloned(&self) -> Option<&Hindrance> {
        self.cloned.as_ref()
    }

    /// Waits until it is to be started anew: because another machine has this one's key, or because a person has said that none
    /// has it any more.
    pub async fn turned(&self) {
        // It is told by what this holds.
        let mut turned = self.twin.turned();
        let _told = turned.wait_for(|turned| *turned).await;
    }

    /// The door for keys, if it is open.
    pub fn key_door(&self) -> Option<&KeyDoor> {
        self.key_door.as_ref()
    }

    /// The door to the internet, if there is one.
    pub fn public(&self) -> Option<&PublicDoor> {
        self.public.as_ref()
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What is to be said if the page has not its usual port.
    pub fn moved(&self) -> Option<Hindrance> {
        self.instead_of.map(|usual| Hindrance::page_moved(usual, self.addr.port()))
    }

    /// The machine's own node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Makes a one-use link, good for one device within a minute.
    pub fn link(&self) -> Result<String, GatewayError> {
        link(&self.state, self.addr)
    }

    /// Ends every connection and takes `gateway.json` away.
    pub async fn stop(self) {
        self.stopper.stop().await;
        // One that is left is replaced by the next gateway; until then nobody answers there.
        let _removed = std::fs::remove_file(self.state.gateway_sock());
        for removed in [GatewayFile::remove(&self.state), DialOutFile::remove(&self.state)] {
            if let Err(error) = removed {
                tracing::warn!("{error}");
            }
        }
    }
}

/// Makes a one-use link to the gateway that listens there.
pub fn link(state: &StateDir, addr: SocketAddr) -> Result<String, GatewayError> {
    let secret = OneUseLinks::of(state).make(&SystemBootClock, &SystemRandom)?;
    Ok(format!("http://localhost:{}/#link={secret}", addr.port()))
}

/// Opens the doors to the tailnet beside everything else: they may take their time.
fn open_front(config: TailnetConfig, inside: Inside) -> watch::Receiver<Option<Report>> {
    let (tell, told) = watch::channel(None);
    let tasks = inside.tasks.clone();
    tasks.spawn_polite(|stopping| keep_open(config, inside, tell, stopping));
    told
}

/// What the roster says of this machine.
fn entry(key: &KeyPair, roster: &Roster, name: &str, file: &GatewayFile) -> OwnEntry {
    let keyed = Arc::new(Mutex::new(file.keyed.as_ref().map(|door| door.origins.clone()).unwrap_or_default()));
    let public = file.public.as_ref().map(|door| door.origin.clone());
    OwnEntry { roster: roster.clone(), key: key.machine_key(), name: name.to_owned(), keyed, public }
}

/// Whether a gateway that did not stop in order has left something of ours in Serve.
fn added_before(state: &StateDir) -> bool {
    let before = GatewayFile::read(state).unwrap_or_default();
    before.and_then(|file| file.door).is_some_and(|door| door.is_added)
}

/// When callers from the tailnet are to be asked about again.
fn beats(config: &GatewayConfig, tasks: &Tasks) -> Option<Beats> {
    let (beats, work) = Beats::of(&config.tailnet.as_ref()?.tailnet.api);
    tasks.spawn(work);
    Some(beats)
}

pub(crate) fn house(
    config: &GatewayConfig,
    (key, roster, twin): (&Arc<KeyPair>, Roster, Arc<Twin>),
    shared: Option<SharedSecret>,
    names: Names,
    tasks: Tasks,
) -> (House, Option<Listener>) {
    let server = Server {
        key: Arc::clone(key),
        name: config.name.clone(),
        dir: config.state.clone(),
        roster: roster.clone(),
        refusals: Refusals::new(&config.state),
        tries: Tries::default(),
        random: Arc::new(SystemRandom),
    };
    let api = config.tailnet.as_ref().map(|config| config.tailnet.api.clone());
    let found = Found::new();
    let spares = Spares::new();
    let atlas = Atlas::begin((&roster, Arc::clone(key)), api, (Arc::clone(&found), spares.clone()), &tasks);
    let news = watch::Sender::new(0);
    let listener = find::begin(&config.finding, &found, (atlas.clone(), news.subscribe()), &tasks);
    let others = (atlas.clone(), found, spares.clone());
    let mesh = mesh::begin(&config.state, &roster, key.node_id(), others, &twin, (news, &tasks));
    let house = House {
        node: key.node_id(),
        mesh_sock: config.state.mesh_sock(),
        names,
        rates: Rates::new(),
        tailnet: config.tailnet.as_ref().map(|config| config.tailnet.clone()),
        beats: beats(config, &tasks),
        page: config.page,
        roster,
        about: about(&key.node_id(), &config.name),
        about_in_public: about_in_public(&key.node_id()),
        twin,
        atlas,
        spares,
        splices: Arc::new(Semaphore::new(SPLICES)),
        relays: Arc::new(Semaphore::new(RELAYS)),
        homecoming: Arc::new(Homecoming::new(mesh.alone())),
        invitations: Invitations::of(&config.state),
        refusals: Refusals::new(&config.state),
        crowd: Crowd::new(PUBLIC_CIRCUITS_OF_ONE, PUBLIC_CIRCUITS),
        circuits: OwnCircuits::new(server, shared, mesh),
        tasks,
    };
    (house, listener)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};

    use super::*;
    use crate::splice::splice;

    #[tokio::test]
    async fn splices_and_what_is_passed_on_are_bounded_each_by_itself_and_the_next_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let key = Arc::new(KeyPair::machine(&state).unwrap());
        let config = GatewayConfig::on_loopback(state, "desk", Page::of(&[]));
        let file = GatewayFile::loopback(1, ([127, 0, 0, 1], 1).into());
        let (tasks, _stopper) = tasks();
        let roster = Roster::open(&config.state, "desk").unwrap();
        let another = KeyPair::generate().unwrap();
        roster.tell_machine(another.machine_key(), "gw", None).unwrap();
        let names = Names::new(HostOrigin::from(&file), key.node_id(), None);
        let start = Start::new(Arc::clone(&key), &SystemRandom).unwrap();
        let twin = Twin::new(start, config.state.clone(), false);
        let (house, _) = house(&config, (&key, roster, twin), None, names, tasks);
        let house = Arc::new(house);
        let ask = async |machine: NodeId| {
            let request = Request::builder().uri(format!("/m/{machine}")).body(Body::empty()).unwrap();
            splice(Arc::clone(&house), request).await.status()
        };
        // Those of another machine take nothing from this one's own, and the other way round.
        let (own, gw) = (house.node, another.node_id());
        for (places, most, full, free) in [(&house.splices, SPLICES, own, gw), (&house.relays, RELAYS, gw, own)] {
            let taken: Vec<_> = (0..most).map(|_| Arc::clone(places).try_acquire_owned().unwrap()).collect();
            assert_eq!(ask(full).await, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(ask(free).await, StatusCode::UPGRADE_REQUIRED);
            drop(taken);
            assert_eq!(ask(full).await, StatusCode::UPGRADE_REQUIRED);
        }
        assert_eq!(RELAYS, 128, "as spec/MESH.md says");
    }
}
