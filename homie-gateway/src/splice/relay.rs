//! Another machine's node, asked at that machine's own gateway, which is told what we know of the client and asks its own
//! tailscaled about us. At most one gateway is in the way: what is passed on to us is passed on no further.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use homie_circuit::client::{self, Web};
use homie_circuit::upgrade::Protocol;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Service;
use homie_protocol::id::NodeId;
use homie_trust::{Relayed, Seen};
use tokio::time::timeout;

use super::own::name_relayed;
use super::{Agreed, Refused, handshake};
use crate::house::Shared;
use crate::join::Taken;
use crate::limits::RELAY_TIME;
use crate::reach::path;

/// Asks for a circuit with these headers.
pub(super) async fn ask(shared: &Shared, machine: NodeId, headers: Option<HeaderMap>) -> Result<Agreed, Refused> {
    // A request that no check has seen is a mistake of ours.
    let headers = headers.ok_or_else(|| (StatusCode::INTERNAL_SERVER_ERROR, String::new()))?;
    let asked = timeout(RELAY_TIME, dial(shared, machine, &headers)).await;
    let late = |_| Err(Refusal::new(Code::Timeout, "the other machine does not answer within 10 seconds"));
    asked.unwrap_or_else(late).map_err(|refusal| {
        tracing::info!("a circuit with {machine} was not passed on: {refusal}");
        (StatusCode::BAD_GATEWAY, format!("{}\n", refusal.message))
    })
}

async fn dial(shared: &Shared, machine: NodeId, headers: &HeaderMap) -> Result<Agreed, Refusal> {
    let gone = || Refusal::new(Code::NotFound, "the other machine is none of the mesh any more");
    let there = shared.atlas.of(machine).await.ok_or_else(gone)?;
    let there = there.map_err(|why| Refusal::new(Code::Unreachable, why))?;
    let mut refused = None;
    for web in std::iter::once(there.web).chain(there.keyed) {
        let web = Web { path: path(Service::Node, machine), ..web };
        match web.upgrade(headers).await {
            Ok(client::Agreed { headers, socket, early }) => {
                return Ok(Agreed { headers, side: Taken::new(socket, early), takes_client: false });
            }
            // What is told if none leads there is the first way's story.
            Err(refusal) => drop(refused.get_or_insert(refusal)),
        }
    }
    Err(refused.unwrap_or_else(gone))
}

/// What it is asked: what the client asks, and what we know of it. Without that the other machine would take it for our own.
pub(super) fn handshake(shared: &Shared, asked: &Request<Body>, protocol: Protocol) -> Option<HeaderMap> {
    let Seen { host, origin } = asked.extensions().get::<Seen>()?.clone();
    let mut headers = handshake::asked(asked, protocol);
    name_relayed(Some(&Relayed { machine: shared.node, host, origin }), &mut headers);
    Some(headers)
}
