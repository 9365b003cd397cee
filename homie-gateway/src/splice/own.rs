//! This machine's own node, asked at its socket: it is told who the client is as far as we know.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use homie_circuit::handed::HANDED;
use homie_circuit::upgrade::Protocol;
use homie_protocol::code::Refusal;
use homie_trust::{Known, Relayed};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{Agreed, Refused, handshake};
use crate::admit::{Proof, Visit};
use crate::hop::Hop;
use crate::house::Shared;
use crate::join::node_side;
use crate::limits::NODE_TIME;
use crate::neighbour::Neighbour;

/// Of whom the node shall ask its own tailscaled. Only ours reach it: what a client calls so is left out.
const DOOR: HeaderName = HeaderName::from_static("homie-door");
const CALLER: HeaderName = HeaderName::from_static("homie-caller");
/// Whose key of the roster was proved.
const KNOWN: HeaderName = HeaderName::from_static(Known::HEADER);
/// Whose tries are spent at the node by a client of this machine.
const USER: HeaderName = HeaderName::from_static("homie-user");

const AWAY: &str = "The node of this machine does not answer; start it or come back.\n";

/// Why a node was not reached.
#[derive(Debug, thiserror::Error)]
enum NodeAway {
    #[error("its socket does not answer: {0}")]
    Socket(#[from] io::Error),
    #[error("{0}")]
    Stranger(Refusal),
    #[error("the handshake failed: {0}")]
    Handshake(#[from] hyper::Error),
    #[error("the handshake took too long")]
    Slow(#[from] tokio::time::error::Elapsed),
}

/// What came of it.
enum Answer {
    Yes(Agreed),
    No(StatusCode),
}

/// Asks for a circuit.
pub(super) async fn ask(
    shared: &Shared,
    mut handshake: Request<Body>,
    neighbour: Option<Neighbour>,
) -> Result<Agreed, Refused> {
    let user = neighbour.and_then(Neighbour::user);
    handshake.headers_mut().extend(user.map(|user| (USER, user.into())));
    let asked = timeout(NODE_TIME, answer(&shared.mesh_sock, handshake)).await;
    match asked.unwrap_or_else(|late| Err(late.into())) {
        Ok(Answer::Yes(agreed)) => Ok(agreed),
        Ok(Answer::No(status)) => Err((status, "The node refused the handshake.\n".to_owned())),
        Err(error) => {
            tracing::warn!("the node is away: {error}");
            Err((StatusCode::BAD_GATEWAY, AWAY.to_owned()))
        }
    }
}

async fn answer(mesh_sock: &Path, handshake: Request<Body>) -> Result<Answer, NodeAway> {
    let socket = UnixStream::connect(mesh_sock).await?;
    homie_trust::check_peer(&socket).map_err(NodeAway::Stranger)?;
    let (mut node, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
    // It ends with the answer, or by giving its socket to the join.
    tokio::spawn(connection.with_upgrades());
    let answer = node.send_request(handshake).await?;
    match answer.status() {
        StatusCode::SWITCHING_PROTOCOLS => {
            let headers = answer.headers().clone();
            let side = node_side(hyper::upgrade::on(answer).await?)?;
            let takes_client = headers.contains_key(HANDED);
            Ok(Answer::Yes(Agreed { headers, side, takes_client }))
        }
        status if status.is_client_error() || status.is_server_error() => Ok(Answer::No(status)),
        _ => Ok(Answer::No(StatusCode::BAD_GATEWAY)),
    }
}

/// What it is asked.
pub(super) fn handshake(asked: &Request<Body>, protocol: Protocol) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request.uri_mut().clone_from(asked.uri());
    let headers = request.headers_mut();
    headers.extend(handshake::asked(asked, protocol));
    handshake::copy(&[HOST, ORIGIN], asked.headers(), headers);
    let is_plain = asked.extensions().get::<Hop>().is_some_and(|hop| hop.is_plain());
    if is_plain && protocol == Protocol::WebSocket {
        headers.insert(HANDED, HeaderValue::from_static("1"));
    }
    if let Some(Some(visit)) = asked.extensions().get::<Option<Visit>>() {
        name_caller(visit, headers);
    }
    request
}

fn name_caller(visit: &Visit, headers: &mut HeaderMap) {
    headers.insert(DOOR, HeaderValue::from_static(visit.hop.name()));
    let (address, known) = match &visit.proof {
        Proof::Tailnet(claim, _) => (claim.address, None),
        Proof::Key(keyed) => (keyed.address, Some((KNOWN, keyed.known.header()))),
        Proof::Nobody(public) => (public.address, None),
    };
    for (name, value) in known.into_iter().chain([(CALLER, address.to_string())]) {
        // Numbers and ids may stand in a header.
        let _named = HeaderValue::from_str(&value).map(|value| headers.insert(name, value));
    }
    name_relayed(visit.relayed.as_ref(), headers);
}

/// What another machine's gateway says of its client: the node checks it once more.
pub(super) fn name_relayed(relayed: Option<&Relayed>, headers: &mut HeaderMap) {
    for (name, value) in relayed.into_iter().flat_map(Relayed::headers) {
        // It came in a header, or is made of what may stand in one.
        let _named = HeaderValue::from_str(&value).map(|value| headers.insert(name, value));
    }
}
