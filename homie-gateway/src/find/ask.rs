//! One question to one place: does Homie run there, and which node is it?

use std::time::Duration;

use homie_circuit::client::{ABOUT, Web};
use tokio::time::timeout;

use super::about::About;
use crate::reach::{Place, at_ports};

/// How long all of it may take, whatever the number of ports.
const ANSWERED_WITHIN: Duration = Duration::from_millis(1_500);

/// What is said on this way to a place, at the first port that Homie answers at, and the port.
pub(super) async fn ask(place: &Place, web: &Web) -> Option<(About, u16)> {
    timeout(ANSWERED_WITHIN, first(place, web)).await.ok().flatten()
}

async fn first(place: &Place, web: &Web) -> Option<(About, u16)> {
    for web in at_ports(place, web) {
        let said = web.get(ABOUT).await.ok().and_then(|answer| About::read(&answer));
        // Where one machine is expected, another is none.
        if let Some(about) = said.filter(|about| place.node.is_none_or(|node| node == about.node)) {
            return Some((about, web.port));
        }
    }
    None
}

#[cfg(test)]
mod tests;
