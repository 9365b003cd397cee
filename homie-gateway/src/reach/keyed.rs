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
pub(crate) const TRIED: usize = 4;

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

/// The way to the key door at this place where somebody says that it is this very machine, whose key this is.
pub(crate) fn copy_way((host, port): (&str, u16), own: &Arc<KeyPair>) -> Result<Web, NoKey> {
    let identity = DeviceIdentity::for_copy(Arc::clone(own))?;
    Ok(way(own.node_id(), host, port, Arc::new(keyed::client(Arc::new(identity))?)))
}

/// TLS with this machine and nobody else, for whoever has this key.
pub(crate) fn pinned(machine: NodeId, own: &Arc<KeyPair>) -> Result<Arc<ClientConfig>, NoKey> {
    let identity = DeviceIdentity::for_node(Arc::clone(own), machine)?;
    Ok(Arc::new(keyed::client(Arc::new(identity))?))
}

/// The ways in the order in which they are tried: where only the system's DNS may know the name of its page, which those of a tailnet
/// are not in, the key door comes before that.
pub fn in_order(page: Web, keyed: Vec<Web>) -> (Web, Vec<Web>) {
    let is_guess = page.targets.iter().all(|target| *target == page.name);
    let mut keyed = keyed.into_iter();
    match keyed.next() {
        Some(first) if is_guess => (first, keyed.chain([page]).collect()),
        first => (page, first.into_iter().chain(keyed).collect()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_mean_nothing_here_comes_after_the_key_door() {
        let own = Arc::new(KeyPair::generate().unwrap());
        let machine = KeyPair::generate().unwrap().node_id();
        let tls = pinned(machine, &own).unwrap();
        let door = |host| way(machine, host, 4664, Arc::clone(&tls));
        let page = |target: &str| {
            let name = "gw.tail.test".to_owned();
            Web { targets: vec![target.to_owned()], name, ..door("") }
        };
        let order = |(first, rest): (Web, Vec<Web>)| {
            std::iter::once(first).chain(rest).map(|way| way.targets.concat()).collect::<Vec<_>>()
        };
        let doors = || vec![door("10.0.0.1"), door("10.0.0.2")];
        assert_eq!(order(in_order(page("100.64.0.2"), doors())), ["100.64.0.2", "10.0.0.1", "10.0.0.2"]);
        assert_eq!(order(in_order(page("gw.tail.test"), doors())), ["10.0.0.1", "10.0.0.2", "gw.tail.test"]);
        assert_eq!(order(in_order(page("gw.tail.test"), Vec::new())), ["gw.tail.test"]);
    }
}
