//! The key door: a port for programs of the mesh alone, on whatever network. Both ends show their bare keys in TLS (the sealed
//! circuit's way), and whoever has none that the roster names does not get through the handshake. Behind it are the routes that
//! all doors have, but no page.
//!
//! `addresses` is what others dial (pure), `accept` the pump, this file the wiring.

mod accept;
mod addresses;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use homie_circuit::sealed::{Judge, Prove, keyed};
use homie_protocol::code::Refusal;
use homie_protocol::hello::{MachineKey, Role, Signature};
use homie_trust::{KeyDoor, KeyPair, Keyed, Known, Roster};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::accept::Entrance;
use crate::error::GatewayError;
use crate::front::listen_ahead;
use crate::rate::Rate;
pub use addresses::MOST as KEY_DOORS;

/// Where it is to be.
#[derive(Debug, Clone)]
pub struct KeyDoorConfig {
    /// Where to listen.
    pub listen: Vec<SocketAddr>,
    /// Names or addresses, and ports, that others dial, if they are not those.
    pub at: Vec<(String, u16)>,
    /// More than this nobody gets there.
    pub highest: Role,
}

/// A door that is open, before anybody is let in.
pub(crate) struct Opened {
    listeners: Vec<TcpListener>,
    doorkeeper: Doorkeeper,
    tls: TlsAcceptor,
    /// For the other processes of this machine.
    pub(crate) told: KeyDoor,
}

/// Who gets through.
#[derive(Clone)]
struct Doorkeeper {
    roster: Roster,
    highest: Role,
    /// Handshakes of one address.
    knocks: Arc<Rate>,
}

impl Opened {
    /// Takes the addresses. What somebody has written into the settings is there, or nothing starts.
    pub(crate) fn at(config: &KeyDoorConfig, key: &Arc<KeyPair>, roster: &Roster) -> Result<Self, GatewayError> {
        let bound = config.listen.iter().map(|address| {
            let failed = |source| GatewayError::KeyDoor { address: *address, source };
            let listener = listen_ahead(*address).map_err(failed)?;
            Ok::<_, GatewayError>((listener.local_addr().map_err(failed)?, listener))
        });
        let (listening, listeners): (Vec<_>, Vec<_>) = bound.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let doorkeeper = Doorkeeper { roster: roster.clone(), highest: config.highest, knocks: Arc::new(Rate::new()) };
        let tls = keyed::server(Arc::new(Own(Arc::clone(key))), Arc::new(doorkeeper.clone()));
        let tls = TlsAcceptor::from(Arc::new(tls.map_err(GatewayError::Keys)?));
        let origins = addresses::origins(&listening, &config.at, &interfaces());
        Ok(Self { listeners, doorkeeper, tls, told: KeyDoor { listening, origins } })
    }

    /// Lets callers in.
    pub(crate) fn open(self, entrance: &Entrance) {
        tracing::info!("the key door is open at {:?}", self.told.listening);
        for listener in self.listeners {
            let door = accept::from_keys(listener, self.tls.clone(), self.doorkeeper.clone(), entrance.clone());
            entrance.tasks.spawn(door);
        }
    }
}

impl Doorkeeper {
    /// Who this is that has proved a key, if it is still somebody.
    fn who(&self, key: &MachineKey, peer: SocketAddr) -> Option<Keyed> {
        let known = Known::of(&*self.roster.members().ok()?, key)?;
        let address = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Some(Keyed { known, address, highest: self.highest })
    }
}

impl Judge for Doorkeeper {
    fn check(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        self.roster.check_known(key, bytes, signature)
    }
}

/// This machine.
struct Own(Arc<KeyPair>);

impl Prove for Own {
    fn key(&self) -> MachineKey {
        self.0.machine_key()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Ok(self.0.sign(bytes)?)
    }
}

/// The addresses that this machine has now.
fn interfaces() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().inspect_err(|error| tracing::warn!("this machine's addresses: {error}"));
    found.unwrap_or_default().iter().map(if_addrs::Interface::ip).collect()
}
