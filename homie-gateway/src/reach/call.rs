//! How another machine is called, once it is known where it is.

use std::sync::Arc;

use homie_circuit::client::{ABOUT, Config, Route, Web};
use homie_protocol::hello::{ClientKind, Service};
use homie_protocol::id::NodeId;
use homie_tailnet::{LocalApi, Status};
use homie_trust::DeviceIdentity;
use rustls::ClientConfig;

use super::place::Place;
use super::through::through;

/// The way to the machine at this place.
pub fn web(place: &Place, tailnet: Option<(&LocalApi, &Status)>, tls: Arc<ClientConfig>) -> Web {
    let Place { name, port, targets, .. } = place.clone();
    let through = tailnet.and_then(|(api, status)| through(api, status));
    Web { targets, port, through, name, authority: place.authority(), path: ABOUT.to_owned(), tls }
}

/// How a server of this machine is called on this way, as this device.
pub fn config(service: Service, node: NodeId, web: Web, agent: &str, identity: DeviceIdentity) -> Config {
    Config {
        host: web.authority.clone(),
        route: Route::Web(Web { path: path(service, node), ..web }),
        service,
        kind: ClientKind::Cli,
        agent: agent.to_owned(),
        origin: None,
        identity: Arc::new(identity),
    }
}

/// Where a machine's circuits are.
pub(crate) fn path(service: Service, node: NodeId) -> String {
    match service {
        Service::Node => format!("/m/{node}"),
        Service::Gateway => "/ws".to_owned(),
    }
}
