//! Wiring of the doors to the tailnet: which is open, and what the rest of the gateway and the node learn of it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use homie_circuit::Lobby;
use homie_protocol::hello::MachineKey;
use homie_tailnet::{LocalApi, Mount, Scheme, Status};
use homie_trust::{
    GatewayFile, HostOrigin, OpenDoor, Roster, StateDir, TrustError, internet_origin, internet_page, key_door, node_id,
    own_uid,
};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::direct::bind;
use super::report::{Hindrance, Report};
use super::serving::{Served, serve, unserved};
use super::{RENEW, TailnetConfig};
use crate::accept::{self, Entrance};
use crate::limits::LOBBY;
use crate::names::Names;
use crate::tasks::Tasks;
use crate::tls::Presented;
use crate::told::Told;

/// What lies behind every door.
pub(crate) struct Inside {
    pub(crate) state: StateDir,
    pub(crate) file: GatewayFile,
    pub(crate) told: Arc<Told>,
    /// Whether an earlier gateway has left our port in Serve.
    pub(crate) was_added: bool,
    pub(crate) names: Names,
    pub(crate) entry: OwnEntry,
    pub(crate) router: Router,
    pub(crate) tasks: Tasks,
}

/// What the roster says of this machine.
#[derive(Debug, Clone)]
pub(crate) struct OwnEntry {
    pub(crate) roster: Roster,
    pub(crate) key: MachineKey,
    pub(crate) name: String,
    /// Where the key door is. Who tells something holds it meanwhile, so that nothing older is told last.
    pub(crate) keyed: Arc<Mutex<Vec<String>>>,
    /// The page on the internet.
    pub(crate) public: Option<String>,
}

impl OwnEntry {
    /// This page, and the doors that need no tailnet.
    fn tell(&self, page: String) -> Result<(), TrustError> {
        self.tell_all(vec![page], &self.keyed())
    }

    /// Where its doors are that need no tailnet, it says from now on, also that there are none any more.
    pub(crate) fn begin(&self) {
        let origins = self.keyed().clone();
        if let Err(error) = self.tell_key_door(origins) {
            tracing::warn!("the roster does not learn where this machine's doors are: {error}");
        }
    }

    /// The key door, which is here now, and the page on the internet, as it is; the tailnet's pages stay.
    pub(crate) fn tell_key_door(&self, origins: Vec<String>) -> Result<(), TrustError> {
        let mut keyed = self.keyed();
        *keyed = origins;
        let members = self.roster.members()?;
        let known = members.machine(node_id(&self.key)).map(|known| known.origins.clone()).unwrap_or_default();
        let is_page = |origin: &String| key_door(origin).is_none() && internet_page(origin).is_none();
        self.tell_all(known.into_iter().filter(is_page).collect(), &keyed)
    }

    fn tell_all(&self, mut origins: Vec<String>, keyed: &[String]) -> Result<(), TrustError> {
        origins.extend(keyed.iter().cloned());
        origins.extend(self.public.as_deref().map(internet_origin));
        self.roster.tell_machine(self.key, &self.name, Some(&origins))
    }

    fn keyed(&self) -> MutexGuard<'_, Vec<String>> {
        self.keyed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The doors, as they are.
pub(super) struct Front {
    config: TailnetConfig,
    inside: Inside,
    /// Whether `serve.sock` is open.
    has_socket: bool,
    /// Whether a door is told of.
    is_open: bool,
    served: Option<Served>,
    direct: Option<Direct>,
    /// The origin that the roster was told.
    told: Option<String>,
}

/// The door on our own addresses.
struct Direct {
    name: String,
    addresses: Vec<IpAddr>,
    port: u16,
    presented: Presented,
    /// When the certificate was asked for.
    asked: Instant,
    /// Dropped, it closes the door.
    _open: watch::Sender<()>,
}

impl Front {
    pub(super) fn new(config: TailnetConfig, inside: Inside) -> Self {
        Self { config, inside, has_socket: false, is_open: false, served: None, direct: None, told: None }
    }

    /// Opens the best door that can be had now. One that is open stays open while tailscaled is away.
    pub(super) async fn settle(&mut self) -> Report {
        let status = match self.config.tailnet.api.status().await {
            Ok(status) if status.is_running() => status,
            Ok(status) => return self.wait_for(Hindrance::not_connected(&status.backend_state)),
            Err(error) => return self.wait_for(Hindrance::no_tailscaled(&error)),
        };
        let by_serve = self.by_serve(&status).await;
        let opened = match by_serve {
            Ok(door) => Ok(door),
            Err(hindrance) => self.directly(&status).await.map_err(|none| hindrance.or(none)),
        };
        match opened {
            Ok(door) => self.tell(&status, door),
            Err(hindrance) => self.withdraw(hindrance.unwrap_or_else(Hindrance::userspace)),
        }
    }

    /// Takes away what was added.
    pub(super) async fn close(self) {
        if self.has_socket {
            // One that is left is replaced by the next gateway; until then nobody answers there.
            let _removed = std::fs::remove_file(socket_path(&self.inside.state));
        }
        if let Some(Served { mount, is_added: true }) = &self.served
            && let Err(error) = self.config.tailnet.api.unserve(mount).await
        {
            tracing::warn!("Serve still hands a port to Homie, which {} takes away: {error}", mount.off_command());
        }
    }

    async fn by_serve(&mut self, status: &Status) -> Result<OpenDoor, Option<Hindrance>> {
        let api = self.config.tailnet.api.clone();
        let uid = api.daemon_uid().await.map_err(|error| Some(Hindrance::no_tailscaled(&error)))?;
        // Any of our own programs could pass for tailscaled at such a socket.
        if uid == own_uid() {
            return Err(None);
        }
        let socket = self.socket().map_err(|error| Some(Hindrance::no_socket(&error, self.config.port)))?;
        let mut served = serve(&api, status, socket, self.config.port).await.map_err(Some)?;
        served.is_added |= self.inside.was_added;
        self.inside.was_added = served.is_added;
        let Mount { name, port, scheme, .. } = &served.mount;
        let door = OpenDoor::served(name, *port, *scheme == Scheme::Https, served.is_added);
        self.served = Some(served);
        self.direct = None;
        Ok(door)
    }

    /// Opens `serve.sock`, once.
    fn socket(&mut self) -> std::io::Result<PathBuf> {
        let path = socket_path(&self.inside.state);
        if !self.has_socket {
            let listener = homie_circuit::open_door(&path)?;
            let entrance = self.entrance();
            self.inside.tasks.spawn(accept::from_serve(listener, self.config.tailnet.api.clone(), entrance));
            self.has_socket = true;
        }
        Ok(path)
    }

    async fn directly(&mut self, status: &Status) -> Result<OpenDoor, Option<Hindrance>> {
        if !status.tun {
            return Err(None);
        }
        let name = status.dns_name().unwrap_or_default().to_owned();
        let api = &self.config.tailnet.api;
        if let Some(direct) =
            self.direct.as_mut().filter(|open| open.name == name && open.addresses == status.addresses)
        {
            direct.renew(api).await;
            return Ok(OpenDoor::direct(&name, direct.port));
        }
        self.direct = None;
        let (config, _) = api.serve_config().await.map_err(|error| Some(Hindrance::no_tailscaled(&error)))?;
        let ports = unserved(&config, status, socket_path(&self.inside.state), self.config.port).map_err(Some)?;
        let certificate = api.certificate(&name).await;
        let certificate = certificate.map_err(|error| Some(Hindrance::no_certificate(&error, &name)))?;
        let presented = Presented::for_name(&name);
        let tls = presented.set(certificate).and_then(|()| presented.server());
        let tls = tls.map_err(|error| Some(Hindrance::bad_certificate(&error, &name)))?;
        let port = self.config.port;
        let no_socket = |error: &_| Some(Hindrance::no_socket(error, port));
        let listeners = bind(&status.addresses, &ports).map_err(|error| no_socket(&error))?;
        let port = listeners.first().and_then(|one| one.local_addr().ok()).map_or(port, |address| address.port());
        let (open, closed) = watch::channel(());
        let (acceptor, entrance) = (TlsAcceptor::from(Arc::new(tls)), self.entrance());
        for listener in listeners {
            let door = accept::from_tailnet(listener, acceptor.clone(), entrance.clone(), closed.clone());
            self.inside.tasks.spawn(door);
        }
        let (addresses, asked) = (status.addresses.clone(), Instant::now());
        self.direct = Some(Direct { name: name.clone(), addresses, port, presented, asked, _open: open });
        Ok(OpenDoor::direct(&name, port))
    }

    fn entrance(&self) -> Entrance {
        let Inside { router, tasks, .. } = &self.inside;
        Entrance { router: router.clone(), lobby: Lobby::new(LOBBY), tasks: tasks.clone() }
    }

    /// Names for the node's check, then for ours: whoever passes here must pass there.
    fn tell(&mut self, status: &Status, door: OpenDoor) -> Report {
        tracing::debug!("this machine is {:?} in its tailnet", status.dns_name());
        self.write(&self.inside.file.with_door(&door));
        self.is_open = true;
        self.inside.names.set_tailnet(HostOrigin::new(vec![door.host().to_owned()], vec![door.origin.clone()]));
        self.tell_roster(&door.origin);
        Report::Open(door)
    }

    /// There is no tailnet now. What is open stays so, and is told as such.
    fn wait_for(&self, hindrance: Hindrance) -> Report {
        if !self.is_open {
            self.write(&self.inside.file.with_closed(hindrance.closed_door()));
        }
        Report::Closed(hindrance)
    }

    /// Closes what is open: something on our port must not be there, or it is ours no more.
    fn withdraw(&mut self, hindrance: Hindrance) -> Report {
        self.direct = None;
        self.inside.names.set_tailnet(HostOrigin::new(Vec::new(), Vec::new()));
        self.write(&self.inside.file.with_closed(hindrance.closed_door()));
        self.is_open = false;
        Report::Closed(hindrance)
    }

    /// The other machines of the mesh find this one's page in the roster.
    fn tell_roster(&mut self, origin: &str) {
        if self.told.as_deref() == Some(origin) {
            return;
        }
        self.told = Some(origin.to_owned());
        let (entry, page) = (self.inside.entry.clone(), origin.to_owned());
        // It waits for the disk.
        self.inside.tasks.spawn(async move {
            let told = tokio::task::spawn_blocking(move || entry.tell(page)).await;
            if let Ok(Err(error)) = told {
                tracing::warn!("the roster does not learn this machine's page: {error}");
            }
        });
    }

    fn write(&self, file: &GatewayFile) {
        if let Err(error) = self.inside.told.doors(file) {
            tracing::error!("the node does not learn this machine's name in the tailnet: {error}");
        }
    }
}

fn socket_path(state: &StateDir) -> PathBuf {
    state.path().join("serve.sock")
}

impl Direct {
    /// Shows the next certificate, if it is time. The one that is shown is good until it expires, whatever keeps us from it.
    async fn renew(&mut self, api: &LocalApi) {
        if self.asked.elapsed() < RENEW {
            return;
        }
        self.asked = Instant::now();
        match api.certificate(&self.name).await.map(|new| self.presented.set(new)) {
            Ok(Ok(())) => {}
            refused => tracing::warn!("the certificate was not renewed: {refused:?}"),
        }
    }
}
