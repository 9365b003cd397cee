//! Wiring: what a gateway needs to start, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;

use homie_circuit::Lobby;
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_trust::{
    GatewayFile, HostOrigin, KeyPair, LockRole, OneUseLinks, Refusals, RoleLock, Roster, Server, StateDir,
    SystemBootClock, SystemRandom,
};
use tokio::sync::Semaphore;

use crate::about::about;
use crate::accept::accept;
use crate::circuit::OwnCircuits;
use crate::error::GatewayError;
use crate::limits::{LOBBY, SPLICES};
use crate::listen::{Listeners, listen};
use crate::local;
use crate::page::Page;
use crate::routes::{House, router};
use crate::tasks::{Stopper, Tasks, tasks};

/// The port of the page, unless another is given.
pub const DEFAULT_PORT: u16 = 4663;

/// What a gateway needs.
pub struct GatewayConfig {
    /// The state directory, the same as the node's.
    pub state: StateDir,
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The machine's name, for people.
    pub name: String,
    /// The page to serve.
    pub page: Page,
    /// The most that anybody may do here.
    pub ceiling: Role,
}

/// A gateway that runs.
pub struct Gateway {
    addr: SocketAddr,
    node: NodeId,
    state: StateDir,
    stopper: Stopper,
    _lock: RoleLock,
}

impl Gateway {
    /// Takes the lock and the port, writes `gateway.json`, opens `gateway.sock`, and serves.
    pub async fn start(config: GatewayConfig) -> Result<Self, GatewayError> {
        let lock = config.state.lock(LockRole::Gateway)?;
        let key = Arc::new(KeyPair::machine(&config.state)?);
        let roster = Roster::open(&config.state, &config.name)?;
        let Listeners { v4, v6 } = listen(config.port).await?;
        let addr = v4.local_addr().map_err(|source| GatewayError::Listen { port: config.port, source })?;
        let file = GatewayFile::loopback(std::process::id(), addr);
        file.write(&config.state)?;
        let door = config.state.gateway_sock();
        let listener = local::open(&door).map_err(|source| GatewayError::Socket { path: door, source })?;
        let (tasks, stopper) = tasks();
        let house = house(&config, (&key, roster), HostOrigin::from(&file), tasks.clone());
        let house = Arc::new(house);
        tasks.spawn(local::accept(listener, Arc::clone(&house)));
        let followed = Arc::clone(&house);
        tasks.spawn(async move { followed.circuits.follow().await });
        let routes = router(house);
        let lobby = Lobby::new(LOBBY);
        for listener in [Some(v4), v6].into_iter().flatten() {
            tasks.spawn(accept(listener, routes.clone(), lobby.clone(), tasks.clone()));
        }
        tracing::info!("the gateway serves {addr}");
        Ok(Self { addr, node: key.node_id(), state: config.state, stopper, _lock: lock })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
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
        if let Err(error) = GatewayFile::remove(&self.state) {
            tracing::warn!("{error}");
        }
    }
}

/// Makes a one-use link to the gateway that listens there.
pub fn link(state: &StateDir, addr: SocketAddr) -> Result<String, GatewayError> {
    let secret = OneUseLinks::of(state).make(&SystemBootClock, &SystemRandom)?;
    Ok(format!("http://localhost:{}/#link={secret}", addr.port()))
}

fn house(config: &GatewayConfig, (key, roster): (&Arc<KeyPair>, Roster), allowed: HostOrigin, tasks: Tasks) -> House {
    let server = Server {
        key: Arc::clone(key),
        name: config.name.clone(),
        dir: config.state.clone(),
        roster,
        ceiling: config.ceiling,
        refusals: Refusals::new(&config.state),
        random: Arc::new(SystemRandom),
    };
    House {
        node: key.node_id(),
        mesh_sock: config.state.mesh_sock(),
        allowed: allowed.clone(),
        page: config.page,
        about: about(&key.node_id(), &config.name),
        splices: Arc::new(Semaphore::new(SPLICES)),
        circuits: OwnCircuits::new(server, allowed),
        tasks,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};

    use super::*;
    use crate::splice::splice;

    #[tokio::test]
    async fn splices_are_bounded_and_the_next_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let key = Arc::new(KeyPair::machine(&state).unwrap());
        let config =
            GatewayConfig { state, port: 0, name: "desk".to_owned(), page: Page::of(&[]), ceiling: Role::Owner };
        let file = GatewayFile::loopback(1, ([127, 0, 0, 1], 1).into());
        let (tasks, _stopper) = tasks();
        let roster = Roster::open(&config.state, "desk").unwrap();
        let house = Arc::new(house(&config, (&key, roster), HostOrigin::from(&file), tasks));
        let uri = format!("/m/{}", house.node);
        let ask = async || {
            let request = Request::builder().uri(uri.as_str()).body(Body::empty()).unwrap();
            splice(Arc::clone(&house), request).await.status()
        };

        let splices: Vec<_> = (0..SPLICES).map(|_| Arc::clone(&house.splices).try_acquire_owned().unwrap()).collect();
        assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
        drop(splices);
        assert_eq!(ask().await, StatusCode::UPGRADE_REQUIRED);
    }
}
