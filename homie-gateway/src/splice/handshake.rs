//! What of a handshake is passed on. Extensions are left out: nobody here compresses.

use axum::body::Body;
use axum::http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::upgrade::Protocol;

const TO_MACHINE: &[HeaderName] = &[SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_PROTOCOL];
const TO_CLIENT: &[HeaderName] = &[SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL];

/// What a machine is asked for, of what the client asks for.
pub(super) fn asked(client: &Request<Body>, protocol: Protocol) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if protocol == Protocol::WebSocket {
        copy(TO_MACHINE, client.headers(), &mut headers);
    }
    ask_for(protocol, &mut headers);
    headers
}

/// The machine's yes, for the client.
pub(super) fn accepted(headers: &HeaderMap, protocol: Protocol) -> Response {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    copy(TO_CLIENT, headers, response.headers_mut());
    ask_for(protocol, response.headers_mut());
    response
}

pub(super) fn copy(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

fn ask_for(protocol: Protocol, headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static(protocol.name()));
}
