//! From an HTTP request to a circuit: the WebSocket handshake, with subprotocol `homie.v1`, or what leads to a sealed one.

use bytes::Bytes;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{FrameReader, FrameWriter, websocket};

/// The subprotocol that both sides must name.
pub const SUBPROTOCOL: &str = "homie.v1";

/// What is spoken after an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Frames in a WebSocket.
    WebSocket,
    /// TLS with the node itself, and frames in it.
    Sealed,
}

impl Protocol {
    /// As it stands in `Upgrade`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Sealed => "homie-tls",
        }
    }

    /// What a request asks for, if it asks for one of them.
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        let is_upgrade = request.method() == Method::GET && names(request.headers(), &CONNECTION, "upgrade");
        let wanted = |protocol: &Self| names(request.headers(), &UPGRADE, protocol.name());
        [Self::WebSocket, Self::Sealed].into_iter().find(|protocol| is_upgrade && wanted(protocol))
    }

    /// The answer that accepts it.
    fn accepted(self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let answer = response.headers_mut();
        answer.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        answer.insert(UPGRADE, HeaderValue::from_static(self.name()));
        response
    }
}

/// Why a request does not become a circuit; [`UpgradeError::status`] is what to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// It does not ask for a WebSocket.
    #[error("this address is a WebSocket, ask for an upgrade with GET")]
    NotWebSocket,
    /// It asks for another WebSocket version.
    #[error("Sec-WebSocket-Version must be 13")]
    Version,
    /// The key is missing.
    #[error("Sec-WebSocket-Key is missing")]
    Key,
    /// It does not offer our subprotocol.
    #[error("Sec-WebSocket-Protocol must offer homie.v1")]
    Subprotocol,
    /// The connection is neither TCP nor a unix socket of ours.
    #[error("the connection cannot become a circuit")]
    Socket,
}

impl UpgradeError {
    /// The HTTP status that says so.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotWebSocket | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Key | Self::Subprotocol => StatusCode::BAD_REQUEST,
            Self::Socket => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Checks the handshake and gives the answer that accepts it, `101`. Answer with it, then await
/// `hyper::upgrade::on(request)` and call [`circuit`]. The connection must be served `with_upgrades`.
pub fn accept<B>(request: &Request<B>) -> Result<Response<()>, UpgradeError> {
    if Protocol::of(request) != Some(Protocol::WebSocket) {
        return Err(UpgradeError::NotWebSocket);
    }
    let headers = request.headers();
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(UpgradeError::Version);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(UpgradeError::Key)?;
    if !names(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(UpgradeError::Subprotocol);
    }
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| UpgradeError::Key)?;
    let mut response = Protocol::WebSocket.accepted();
    let answer = response.headers_mut();
    answer.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    answer.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The answer to who asks for a sealed circuit: answer with it, then await `hyper::upgrade::on(request)`, and give what
/// [`socket`] finds to a [`Sealer`](crate::sealed::Sealer).
pub fn accept_sealed() -> Response<()> {
    Protocol::Sealed.accepted()
}

/// Takes the unix socket back out of an upgraded connection, and what was read of it already.
pub fn socket(upgraded: Upgraded) -> Result<(UnixStream, Bytes), UpgradeError> {
    let parts = upgraded.downcast::<TokioIo<UnixStream>>().map_err(|_| UpgradeError::Socket)?;
    Ok((parts.io.into_inner(), parts.read_buf))
}

/// Turns an upgraded connection into a circuit. It must have been served by hyper's own `http1` connection over
/// `TokioIo<UnixStream>` or `TokioIo<TcpStream>`: what is inside is taken out again.
pub fn circuit(upgraded: Upgraded) -> Result<(FrameReader, FrameWriter), UpgradeError> {
    let upgraded = match upgraded.downcast::<TokioIo<UnixStream>>() {
        Ok(parts) => return Ok(websocket(parts.io.into_inner(), &parts.read_buf)),
        Err(upgraded) => upgraded,
    };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => Ok(websocket(parts.io.into_inner(), &parts.read_buf)),
        Err(_) => Err(UpgradeError::Socket),
    }
}

/// Whether a header's comma-separated list holds this word.
fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let lists = headers.get_all(header).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|name| name.trim().eq_ignore_ascii_case(word))
}
