//! The way to another machine: TCP, TLS whose certificate has the machine's name, HTTP/1.1, and a WebSocket.
//!
//! What goes wrong on it is told in words that name the machine (`words`). Where TCP does not reach, somebody else connects
//! (`line`). Reader and writer want a socket: between them and TLS there is a pair of them.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use homie_protocol::code::Refusal;
use homie_protocol::hello::Identity;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{
    CONNECTION, HOST, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::bridge::bridge;
use crate::open::websocket_of_client;
use crate::reader::FrameReader;
use crate::sealed::{self, Exporter, Sealed};
use crate::upgrade::{Protocol, SUBPROTOCOL};
use crate::writer::FrameWriter;

mod line;
mod words;

use line::ANSWERED_WITHIN;
pub use line::{Dial, Dialling, Duplex, Line, tcp};
use words::{Words, speaks_no_tls};

/// What every gateway tells of itself.
pub const ABOUT: &str = "/.well-known/homie";

/// What nobody else tells of itself.
const OF_HOMIE: &[u8] = b"\"homie\"";

/// Bytes of an answer that is no circuit: ours have a few hundred.
const ANSWER_BYTES: usize = 16 * 1024;

/// Where on another machine a server is.
#[derive(Debug, Clone)]
pub struct Web {
    /// Addresses or names, tried in this order; a name is looked up anew each time.
    pub targets: Vec<String>,
    /// The port.
    pub port: u16,
    /// Who connects, if not this machine's own TCP.
    pub through: Option<Arc<dyn Dial>>,
    /// The name that the machine's certificate must have; [`sealed::NAME`] where it shows its bare key.
    pub name: String,
    /// What is asked for: the name, with the port where that is not the usual one.
    pub authority: String,
    /// The path of the circuit.
    pub path: String,
    /// Whose certificates are believed.
    pub tls: Arc<ClientConfig>,
}

/// An upgrade that the machine has agreed to.
#[derive(Debug)]
pub struct Agreed {
    /// What it has answered.
    pub headers: HeaderMap,
    /// What is said from then on.
    pub socket: UnixStream,
    /// What it has said already.
    pub early: Bytes,
}

impl Web {
    /// Asks for a page, which is small.
    pub async fn get(&self, path: &str) -> Result<Bytes, Refusal> {
        let answer = self.ask(path, &HeaderMap::new()).await?;
        match answer.status() {
            StatusCode::OK => self.text(answer).await,
            status => Err(self.words().answer(status, &self.text(answer).await?)),
        }
    }

    /// Asks for a page with headers that hold for this one connection, of which they are told what both ends alone know.
    pub async fn get_bound<E: From<Refusal>>(
        &self,
        path: &str,
        headers: impl FnOnce(&Exporter) -> Result<HeaderMap, E>,
    ) -> Result<(Bytes, Exporter), E> {
        let socket = self.secured(self.connect().await?).await?;
        let exporter = sealed::keyed::exporter(socket.get_ref().1)?;
        let answer = self.ask_over(socket, path, &headers(&exporter)?).await?;
        match answer.status() {
            StatusCode::OK => Ok((self.text(answer).await?, exporter)),
            status => Err(self.words().answer(status, &self.text(answer).await?).into()),
        }
    }

    /// Opens a circuit.
    pub(crate) async fn circuit(&self) -> Result<(FrameReader, FrameWriter), Refusal> {
        let key = generate_key();
        let Agreed { headers, socket, early } = self.upgrade(&asking_for_websocket(&key)).await?;
        let accepts = headers.get(SEC_WEBSOCKET_ACCEPT).map(|accept| accept.as_bytes().to_vec());
        if accepts != Some(derive_accept_key(key.as_bytes()).into_bytes()) {
            return Err(self.words().no_homie());
        }
        Ok(websocket_of_client(socket, &early))
    }

    /// Opens a circuit that is sealed from the gateway there, with the machine that it leads to.
    pub(crate) async fn sealed(&self, identity: Arc<dyn Identity>) -> Result<Sealed, Refusal> {
        let Agreed { socket, early, .. } = self.upgrade(&asking(Protocol::Sealed)).await?;
        // The machine speaks second.
        if !early.is_empty() {
            return Err(self.words().no_homie());
        }
        sealed::connect(socket, identity).await
    }

    /// Asks for an upgrade with these headers, whatever is to be spoken then.
    pub async fn upgrade(&self, headers: &HeaderMap) -> Result<Agreed, Refusal> {
        let answer = self.ask(&self.path, headers).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.words().answer(answer.status(), &self.text(answer).await?));
        }
        let headers = answer.headers().clone();
        let upgraded = hyper::upgrade::on(answer).await.map_err(|error| self.words().broken(&error))?;
        let parts = upgraded.downcast::<TokioIo<Line>>().map_err(|_| self.words().no_homie())?;
        let (socket, far) = UnixStream::pair().map_err(|error| self.words().broken(&error))?;
        // It ends with either of its ends.
        tokio::spawn(bridge(parts.io.into_inner(), far));
        Ok(Agreed { headers, socket, early: parts.read_buf })
    }

    async fn ask(&self, path: &str, headers: &HeaderMap) -> Result<Response<Incoming>, Refusal> {
        let socket = self.shake_hands().await?;
        self.ask_over(socket, path, headers).await
    }

    async fn ask_over(
        &self,
        socket: impl Duplex + 'static,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response<Incoming>, Refusal> {
        let asked = Request::get(path).header(HOST, &self.authority).body(Empty::<Bytes>::new());
        let mut asked = asked.map_err(|error| self.words().broken(&error))?;
        asked.headers_mut().extend(headers.clone());
        let io = TokioIo::new(socket);
        let (mut sender, connection) = http1::handshake(io).await.map_err(|error| self.words().broken(&error))?;
        // It ends with the answer, or by giving its socket away.
        tokio::spawn(connection.with_upgrades());
        sender.send_request(asked).await.map_err(|error| self.words().unanswered(&error))
    }

    async fn text(&self, answer: Response<Incoming>) -> Result<Bytes, Refusal> {
        let text = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        Ok(text.map_err(|error| self.words().broken(&*error))?.to_bytes())
    }

    async fn shake_hands(&self) -> Result<Line, Refusal> {
        let socket = self.connect().await?;
        if self.is_proved() { Ok(socket) } else { Ok(Box::new(self.secured(socket).await?)) }
    }

    async fn secured(&self, socket: Line) -> Result<TlsStream<Line>, Refusal> {
        let name = ServerName::try_from(self.name.clone()).map_err(|_| self.words().no_name())?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        match connector.connect(name, socket).await {
            Ok(socket) => Ok(socket),
            Err(error) if speaks_no_tls(&error) && self.is_bare().await => Err(self.words().unprotected()),
            Err(error) => Err(self.words().handshake(&error)),
        }
    }

    /// Whether Homie answers there without TLS.
    async fn is_bare(&self) -> bool {
        let asking = async {
            let socket = self.connect().await.ok()?;
            let answer = self.ask_over(socket, ABOUT, &HeaderMap::new()).await.ok()?;
            self.text(answer).await.ok()
        };
        let said = timeout(ANSWERED_WITHIN, asking).await.ok().flatten();
        said.is_some_and(|said| said.windows(OF_HOMIE.len()).any(|part| part == OF_HOMIE))
    }

    async fn connect(&self) -> Result<Line, Refusal> {
        let mut refusal = self.words().silent();
        let limit = self.through.as_ref().map_or(ANSWERED_WITHIN, |through| through.patience());
        for target in &self.targets {
            match timeout(limit, self.dial(target)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) => refusal = self.words().unconnected(&error),
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    async fn dial(&self, target: &str) -> io::Result<Line> {
        match &self.through {
            Some(through) => through.dial(target, self.port).await,
            None => line::tcp(target, self.port).await,
        }
    }

    /// Whether it shows its bare key, and wants ours.
    fn is_keyed(&self) -> bool {
        self.name == sealed::NAME
    }

    /// Whether whoever connects vouches for the other end.
    fn is_proved(&self) -> bool {
        self.through.as_ref().is_some_and(|through| through.is_proved())
    }

    /// What people are told that it is: a machine's id says nothing to them.
    pub fn label(&self) -> Cow<'_, str> {
        if self.is_proved() {
            return Cow::Borrowed(&self.name);
        }
        match self.targets.first().filter(|_| self.is_keyed()) {
            None => Cow::Borrowed(&self.authority),
            Some(target) if target.contains(':') => Cow::Owned(format!("[{target}]:{}", self.port)),
            Some(target) => Cow::Owned(format!("{target}:{}", self.port)),
        }
    }

    fn words(&self) -> Words<'_> {
        Words { authority: self.label(), is_keyed: self.is_keyed() }
    }
}

fn asking(protocol: Protocol) -> HeaderMap {
    let said = [(CONNECTION, "Upgrade"), (UPGRADE, protocol.name())];
    said.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect()
}

fn asking_for_websocket(key: &str) -> HeaderMap {
    let mut headers = asking(Protocol::WebSocket);
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    // It is base64.
    headers.extend(HeaderValue::from_str(key).ok().map(|key| (SEC_WEBSOCKET_KEY, key)));
    headers
}
