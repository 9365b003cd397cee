//! The ways to a machine's key door, as the roster has its addresses: pinned to the machine's key, and with one of ours.

use std::sync::Arc;

use homie_circuit::client::{ABOUT, Config, Detour, Route, Web};
use homie_circuit::sealed::{self, keyed};
use homie_protocol::code::Refusal;
use homie_protocol::hello::Service;
use homie_protocol::id::NodeId;
use homie_trust::{DeviceIdentity, KeyPair, Machine, TrustError};
use rustls::ClientConfig;

use super::call::path;

/// Addresses of one machine that are tried: the others would only delay whoever looks for one that is off.
const TRIED: usize = 4;

/// Why there is no such way.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The key cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS cannot be had.
    #[error(transparent)]
    Tls(#[from] Refusal),
}

/// The ways to the key door of this machine, for whoever has this key of the roster; none where it has told none.
pub fn keyed_ways(machine: &Machine, own: &Arc<KeyPair>) -> Result<Vec<Web>, NoKey> {
    let doors: Vec<_> = machine.key_doors().take(TRIED).collect();
    if doors.is_empty() {
        return Ok(Vec::new());
    }
    let tls = pinned(machine.id(), own)?;
    Ok(doors.into_iter().map(|(host, port)| way(machine.id(), host, port, Arc::clone(&tls))).collect())
}

/// The way to the key door at this place of the machine with this id, for whoever has this key.
pub fn keyed_way(machine: NodeId, (host, port): (&str, u16), own: &Arc<KeyPair>) -> Result<Web, NoKey> {
    Ok(way(machine, host, port, pinned(machine, own)?))
}

/// TLS with this machine and nobody else, for whoever has this key.
pub(crate) fn pinned(machine: NodeId, own: &Arc<KeyPair>) -> Result<Arc<ClientConfig>, NoKey> {
    let identity = DeviceIdentity::for_node(Arc::clone(own), machine)?;
    Ok(Arc::new(keyed::client(Arc::new(identity))?))
}

/// A machine is called by its id there, whatever its address is.
fn way(machine: NodeId, host: &str, port: u16, tls: Arc<ClientConfig>) -> Web {
    Web {
        targets: vec![host.to_owned()],
        port,
        through: None,
        name: sealed::NAME.to_owned(),
        authority: machine.to_string(),
        path: ABOUT.to_owned(),
        tls,
    }
}

/// This way and these ways, tried before all others that it has.
#[must_use]
pub fn with_keyed(config: Config, node: NodeId, ways: Vec<Web>) -> Config {
    let straight = ways.into_iter().map(|web| Detour {
        host: web.authority.clone(),
        route: Route::Web(Web { path: path(Service::Node, node), ..web }),
        through: None,
    });
    Config { detours: straight.chain(config.detours).collect(), ..config }
}
