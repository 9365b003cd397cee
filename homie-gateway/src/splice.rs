//! `GET /m/<node id>`: a circuit with a machine's node, never looked into: this machine's node takes the client's socket itself, where
//! that carries what the client says as it is; everything else is joined byte for byte.
//!
//! The handshake is between client and node: the client's WebSocket key goes there, and the node's answer comes back.
//! What follows may be a WebSocket, or TLS between client and node themselves, of which nobody in between reads a byte.
//! `own` asks this machine's node, `relay` another machine's gateway; `handshake` is what of it is passed on.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::upgrade::Protocol;
use homie_protocol::id::NodeId;
use hyper::upgrade::OnUpgrade;
use tokio::net::UnixStream;

use crate::hop::Hop;
use crate::house::Shared;
use crate::join::{Taken, hand_over, join_any};
use crate::neighbour::Neighbour;

mod handshake;
mod own;
mod relay;

/// The machine's yes, and its side of the join.
struct Agreed {
    headers: HeaderMap,
    side: Taken<UnixStream>,
    /// Whether it wants the client's socket, and no bytes of it.
    takes_client: bool,
}

/// Why there is none: what the client is answered.
type Refused = (StatusCode, String);

/// Answers the handshake with the machine's answer, and starts the join if it is yes.
pub(crate) async fn splice(shared: Shared, mut request: Request<Body>) -> Response {
    let Some(machine) = wanted(&shared, &request) else {
        return (StatusCode::NOT_FOUND, "This gateway knows no such machine.\n").into_response();
    };
    let places = if machine == shared.node { &shared.splices } else { &shared.relays };
    let Ok(permit) = places.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many circuits at once; come back.\n").into_response();
    };
    let hop = request.extensions().get::<Hop>().copied();
    let Ok(seat) = shared.seat(hop) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many circuits from the internet at once; come back.\n")
            .into_response();
    };
    let Some(protocol) = Protocol::of(&request) else {
        let words = "This is the address of a circuit: open it as a WebSocket.\n";
        return (StatusCode::UPGRADE_REQUIRED, words).into_response();
    };
    let asked = if machine == shared.node {
        own::ask(&shared, own::handshake(&request, protocol), neighbour(&request)).await
    } else {
        relay::ask(&shared, machine, relay::handshake(&shared, &request, protocol)).await
    };
    let Agreed { headers, side, takes_client } = match asked {
        Ok(agreed) => agreed,
        Err(refused) => return refused.into_response(),
    };
    let held = (machine == shared.node && comes_from_elsewhere(&request)).then(|| Arc::clone(&shared.homecoming));
    let client = hyper::upgrade::on(&mut request);
    shared.tasks.spawn(async move {
        if let Some(held) = held {
            held.news().await;
        }
        run(client, side, takes_client).await;
        drop((permit, seat));
    });
    handshake::accepted(&headers, protocol)
}

/// This machine, or another one of the mesh.
fn wanted(shared: &Shared, request: &Request<Body>) -> Option<NodeId> {
    let id: NodeId = request.uri().path().strip_prefix("/m/")?.parse().ok()?;
    let is_known = || shared.roster.members().is_ok_and(|members| members.machine(id).is_some());
    (id == shared.node || is_known()).then_some(id)
}

/// The program of this machine that asks, if one does.
fn neighbour(request: &Request<Body>) -> Option<Neighbour> {
    request.extensions().get::<Hop>().and_then(|hop| hop.neighbour())
}

fn comes_from_elsewhere(request: &Request<Body>) -> bool {
    request.extensions().get::<Hop>().is_some_and(|hop| hop.is_from_elsewhere())
}

async fn run(client: OnUpgrade, side: Taken<UnixStream>, takes_client: bool) {
    let client = match client.await {
        Ok(client) => client,
        Err(error) => return tracing::debug!("a client left during its handshake: {error}"),
    };
    let ended = if takes_client { hand_over(client, side).await } else { join_any(client, side).await };
    if let Err(error) = ended {
        tracing::debug!("a splice ended: {error}");
    }
}
