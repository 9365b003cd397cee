//! How another machine is called, once it is known where it is.

use std::sync::Arc;

use homie_circuit::client::{ABOUT, Config, Detour, Route, Web};
use homie_protocol::hello::{ClientKind, Service};
use homie_protocol::id::NodeId;
use homie_tailnet::{LocalApi, Status};
use homie_trust::DeviceIdentity;
use rustls::ClientConfig;

use super::place::Place;
use super::through::through;
use crate::limits::DETOURS;

/// The way to the machine at this place.
pub fn web(place: &Place, tailnet: Option<(&LocalApi, &Status)>, tls: Arc<ClientConfig>) -> Web {
    let Place { name, port, targets, .. } = place.clone();
    let through = tailnet.and_then(|(api, status)| through(api, status));
    Web { targets, port, through, name, authority: place.authority(), path: ABOUT.to_owned(), tls }
}

/// The same way at each of the ports that the machine may be at, one after another.
pub fn at_ports<'a>(place: &'a Place, web: &'a Web) -> impl Iterator<Item = Web> + 'a {
    place.ports().map(|port| match port {
        _ if port == web.port => web.clone(),
        _ => Web { port, authority: Place { port, ..place.clone() }.authority(), ..web.clone() },
    })
}

/// How a server of this machine is called on this way, as this device.
pub fn config(service: Service, node: NodeId, web: Web, agent: &str, identity: DeviceIdentity) -> Config {
    let config = config_nowhere(service, node, "", agent, identity);
    Config { host: web.authority.clone(), route: Route::Web(Web { path: path(service, node), ..web }), ..config }
}

/// The same where nobody here knows where the machine is, and why not: its further ways are all there are.
pub fn config_nowhere(service: Service, node: NodeId, why: &str, agent: &str, identity: DeviceIdentity) -> Config {
    Config {
        host: node.to_string(),
        route: Route::Nowhere(why.to_owned()),
        detours: Vec::new(),
        service,
        kind: ClientKind::Cli,
        agent: agent.to_owned(),
        origin: None,
        identity: Arc::new(identity),
    }
}

/// The ways to a machine through others, whose gateways these are.
pub fn detours(node: NodeId, gateways: impl Iterator<Item = Web>) -> Vec<Detour> {
    let sealed = |web: Web| Detour {
        through: Some(web.label().into_owned()),
        host: web.authority.clone(),
        route: Route::Sealed(Web { path: path(Service::Node, node), ..web }),
    };
    gateways.take(DETOURS).map(sealed).collect()
}

/// Where a machine's circuits are.
pub(crate) fn path(service: Service, node: NodeId) -> String {
    match service {
        Service::Node => format!("/m/{node}"),
        Service::Gateway => "/ws".to_owned(),
    }
}
