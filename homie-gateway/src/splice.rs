//! `GET /m/<node id>`: hands a client's handshake to the machine's node, then joins the two.
//!
//! The client's WebSocket key goes to the node and the node's answer comes back, so that the handshake is between those
//! two as well. Extensions are left out: nobody here compresses.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, HOST, HeaderName, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::upgrade::is_websocket;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::admit::Visit;
use crate::hop::Hop;
use crate::join::join_any;
use crate::limits::NODE_TIME;
use crate::neighbour::user_of;
use crate::routes::Shared;

const TO_NODE: &[HeaderName] = &[HOST, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_PROTOCOL];
/// Of whom the node shall ask its own tailscaled. Only ours reach it: what a client calls so is left out.
const DOOR: HeaderName = HeaderName::from_static("homie-door");
const CALLER: HeaderName = HeaderName::from_static("homie-caller");
/// Whose tries are spent at the node by a client of this machine.
const USER: HeaderName = HeaderName::from_static("homie-user");

const TO_CLIENT: &[HeaderName] = &[SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL];

/// The node's answer to a handshake.
type Handshake = hyper::Response<hyper::body::Incoming>;

/// Why a node was not reached.
#[derive(Debug, thiserror::Error)]
enum NodeAway {
    #[error("its socket does not answer: {0}")]
    Socket(#[from] io::Error),
    #[error("{0}")]
    Stranger(homie_protocol::code::Refusal),
    #[error("the handshake failed: {0}")]
    Handshake(#[from] hyper::Error),
    #[error("the handshake took too long")]
    Slow(#[from] tokio::time::error::Elapsed),
}

/// Answers the handshake with the node's answer, and starts the join if it is yes.
pub(crate) async fn splice(shared: Shared, mut request: Request<Body>) -> Response {
    let wanted = request.uri().path().strip_prefix("/m/").and_then(|text| text.parse().ok());
    if wanted != Some(shared.node) {
        return plain(StatusCode::NOT_FOUND, "This gateway knows no such machine.\n");
    }
    let Ok(permit) = shared.splices.clone().try_acquire_owned() else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "Too many circuits at once; come back.\n");
    };
    if !is_websocket(&request) {
        return plain(StatusCode::UPGRADE_REQUIRED, "This is the address of a circuit: open it as a WebSocket.\n");
    }
    let user = user_of(request.extensions().get::<Hop>().and_then(|hop| hop.neighbour())).await;
    let mut answer = match ask(&shared.mesh_sock, handshake(&request, user)).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!("the node is away: {error}");
            return plain(
                StatusCode::BAD_GATEWAY,
                "The node of this machine does not answer; start it or come back.\n",
            );
        }
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return refused_by_node(answer.status());
    }
    let sides = (hyper::upgrade::on(&mut request), hyper::upgrade::on(&mut answer));
    shared.tasks.spawn(async move {
        run(sides).await;
        drop(permit);
    });
    accepted(answer.headers())
}

async fn run((client, node): (OnUpgrade, OnUpgrade)) {
    let (client, node) = match tokio::try_join!(client, node) {
        Ok(sides) => sides,
        Err(error) => return tracing::debug!("a client left during its handshake: {error}"),
    };
    if let Err(error) = join_any(client, node).await {
        tracing::debug!("a splice ended: {error}");
    }
}

async fn ask(mesh_sock: &Path, handshake: Request<Body>) -> Result<Handshake, NodeAway> {
    timeout(NODE_TIME, async {
        let socket = UnixStream::connect(mesh_sock).await?;
        homie_trust::check_peer(&socket).map_err(NodeAway::Stranger)?;
        let (mut node, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        // It ends with the answer, or by giving its socket to the join.
        tokio::spawn(connection.with_upgrades());
        Ok(node.send_request(handshake).await?)
    })
    .await?
}

fn handshake(asked: &Request<Body>, user: Option<u32>) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request.uri_mut().clone_from(asked.uri());
    copy(TO_NODE, asked.headers(), request.headers_mut());
    ask_for_websocket(request.headers_mut());
    if let Some(Some(visit)) = asked.extensions().get::<Option<Visit>>() {
        name_caller(visit, request.headers_mut());
    }
    request.headers_mut().extend(user.map(|user| (USER, user.into())));
    request
}

fn name_caller(visit: &Visit, headers: &mut HeaderMap) {
    headers.insert(DOOR, HeaderValue::from_static(visit.hop.name()));
    let address = visit.claim.address.to_string();
    if let Ok(address) = HeaderValue::from_str(&address) {
        headers.insert(CALLER, address);
    }
}

fn accepted(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    copy(TO_CLIENT, headers, response.headers_mut());
    ask_for_websocket(response.headers_mut());
    response
}

fn copy(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

fn ask_for_websocket(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

fn refused_by_node(status: StatusCode) -> Response {
    let status = if status.is_client_error() || status.is_server_error() { status } else { StatusCode::BAD_GATEWAY };
    plain(status, "The node refused the handshake.\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}
