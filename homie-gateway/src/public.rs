//! The door to the internet: a port with a certificate that the owner has brought along. Whoever can dial gets the page and as far
//! as the greeting; there the key of a device that the roster names counts, and nothing else. No tailnet is asked about anybody,
//! and nobody pairs here but by a one-use link that was made for this door.
//!
//! `pair` reads the certificate and its key, `validity` from when to when it is good (pure), `keeper` is the pump that reads them again, `accept`
//! the pump of connections, `crowd` counts those of each address, this file the wiring.

mod accept;
mod crowd;
mod keeper;
mod pair;
mod validity;

use std::net::SocketAddr;
use std::sync::Arc;

use homie_protocol::hello::Role;
use homie_trust::PublicDoor;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::accept::Entrance;
use crate::error::GatewayError;
use crate::front::listen_at_all;
use crate::tls::Presented;
pub(crate) use accept::Porch;
pub(crate) use crowd::{Crowd, Spot};
use keeper::Keeper;
pub use pair::{BadPair, PairFiles};
pub use validity::Validity;

/// Addresses that it listens at, at most.
pub const PUBLIC_DOORS: usize = 8;

/// Where it is to be.
#[derive(Debug, Clone)]
pub struct PublicConfig {
    /// What browsers dial: `https://`, a name, and a port if it is not the usual one.
    pub origin: String,
    /// That name, which the certificate must have.
    pub name: String,
    /// Where to listen.
    pub listen: Vec<SocketAddr>,
    /// The certificate and its key.
    pub files: PairFiles,
    /// More than this nobody gets there.
    pub highest: Role,
}

/// A door whose addresses were taken, before anybody is let in.
pub(crate) struct Opened {
    listeners: Vec<TcpListener>,
    tls: TlsAcceptor,
    keeper: Keeper,
    highest: Role,
    /// For the other processes of this machine.
    pub(crate) told: PublicDoor,
}

impl Opened {
    /// Takes the addresses: what somebody has written into the settings is there, or nothing starts. A certificate that is not
    /// good yet does not keep anything else from starting: nobody gets through a handshake until it is.
    pub(crate) fn at(config: &PublicConfig) -> Result<Self, GatewayError> {
        let failed = |address, source| GatewayError::Public { address, source };
        let (listening, listeners) = listen_at_all(&config.listen, failed)?;
        let presented = Presented::for_name(&config.name);
        let tls = TlsAcceptor::from(Arc::new(presented.server().map_err(GatewayError::Tls)?));
        let keeper = Keeper::new(config, presented);
        let told = PublicDoor { listening, origin: config.origin.clone() };
        Ok(Self { listeners, tls, keeper, highest: config.highest, told })
    }

    /// Lets callers in, once there is a certificate.
    pub(crate) fn open(self, entrance: &Entrance) {
        tracing::info!("the door to the internet is open at {:?}", self.told.listening);
        entrance.tasks.spawn(self.keeper.keep());
        let porch = Porch::new(self.highest);
        for listener in self.listeners {
            entrance.tasks.spawn(accept::from_internet(listener, self.tls.clone(), porch.clone(), entrance.clone()));
        }
    }
}
