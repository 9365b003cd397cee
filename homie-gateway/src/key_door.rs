//! The key door: a port for programs of the mesh alone, on whatever network. Both ends show their bare keys in TLS (the sealed
//! circuit's way), and whoever has none that the roster names does not get through the handshake. Behind it are the routes that
//! all doors have, but no page.
//!
//! While somebody is invited, a key that nobody knows gets through as well, as far as `join`.
//!
//! `addresses` is what others dial (pure), `accept` the pump, `moving` tells where it is once that is elsewhere, `join` the exchange of a machine that was invited, this file the wiring.

mod accept;
mod addresses;
mod join;
mod moving;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use homie_circuit::sealed::{Judge, Prove, keyed};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, MachineKey, Role, Signature};
use homie_trust::{Invitations, KeyDoor, KeyPair, Keyed, Known, Roster, StateDir, SystemBootClock, verify};
use rustls::ServerConnection;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::accept::Entrance;
use crate::error::GatewayError;
use crate::front::listen_at_all;
use crate::hop::{Hop, Newcomer};
use crate::rate::Rate;
pub use addresses::MOST as KEY_DOORS;
pub(crate) use addresses::announced;
pub(crate) use join::join;
pub use join::{JOIN, JOINING};
pub(crate) use moving::Moving;

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
    invitations: Invitations,
    /// Handshakes of one address.
    knocks: Arc<Rate>,
}

impl Opened {
    /// Takes the addresses. What somebody has written into the settings is there, or nothing starts.
    pub(crate) fn at(
        config: &KeyDoorConfig,
        key: &Arc<KeyPair>,
        roster: &Roster,
        state: &StateDir,
    ) -> Result<Self, GatewayError> {
        let failed = |address, source| GatewayError::KeyDoor { address, source };
        let (listening, listeners) = listen_at_all(&config.listen, failed)?;
        let (roster, highest, invitations) = (roster.clone(), config.highest, Invitations::of(state));
        let doorkeeper = Doorkeeper { roster, highest, invitations, knocks: Arc::new(Rate::new()) };
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
    fn who(&self, connection: &ServerConnection, peer: SocketAddr) -> Option<Hop> {
        let key = keyed::proved(connection)?;
        let address = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        match Known::of(&*self.roster.members().ok()?, &key) {
            Some(known) => Some(Hop::Key(Keyed { known, address, highest: self.highest })),
            None => Some(Hop::Newcomer(Newcomer { key, address, exporter: keyed::exporter(connection).ok()? })),
        }
    }
}

impl Judge for Doorkeeper {
    /// A key that nobody knows gets as far as the exchange of those who are invited, while there are any.
    fn check(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        match self.roster.check_known(key, bytes, signature) {
            Err(refusal) if refusal.code == Code::DeviceUnknown && self.invitations.is_open(&SystemBootClock) => {
                verify(Algorithm::Ed25519, &key.0, bytes, signature)
            }
            checked => checked,
        }
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
pub(crate) fn interfaces() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().inspect_err(|error| tracing::warn!("this machine's addresses: {error}"));
    found.unwrap_or_default().iter().map(if_addrs::Interface::ip).collect()
}
