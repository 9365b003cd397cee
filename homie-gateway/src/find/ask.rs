//! One question to one place: does Homie run there, and which node is it?

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::{ABOUT, Dial, Web};
use rustls::ClientConfig;
use tokio::time::timeout;

use super::about::About;
use crate::reach::Place;

/// How long all of it may take, whatever the number of ports.
const ANSWERED_WITHIN: Duration = Duration::from_millis(1_500);

/// What questions are asked with.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) tls: Arc<ClientConfig>,
    /// Who connects, if only tailscaled can.
    pub(super) through: Option<Arc<dyn Dial>>,
}

impl Asking {
    /// What is said at the first port that Homie answers at, and the port.
    pub(super) async fn ask(self, place: Place) -> Option<(About, u16)> {
        timeout(ANSWERED_WITHIN, self.first(place)).await.ok().flatten()
    }

    async fn first(self, place: Place) -> Option<(About, u16)> {
        for port in place.ports() {
            let authority = Place { port, ..place.clone() }.authority();
            let web = Web {
                targets: place.targets.clone(),
                port,
                through: self.through.clone(),
                name: place.name.clone(),
                authority,
                path: ABOUT.to_owned(),
                tls: Arc::clone(&self.tls),
            };
            let said = web.get(ABOUT).await.ok().and_then(|answer| About::read(&answer));
            // Where one machine is expected, another is none.
            if let Some(about) = said.filter(|about| place.node.is_none_or(|node| node == about.node)) {
                return Some((about, port));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
