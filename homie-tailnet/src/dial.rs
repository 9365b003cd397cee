//! A connection to another machine of the tailnet that tailscaled makes: the only way where the kernel has no interface for it.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::answer::refusal;
use crate::ask::Ask;
use crate::error::TailnetError;
use crate::limits::HEAD_BYTES;
use crate::link::{connect, request};
use crate::local_api::LocalApi;

/// What the connection becomes.
const PROTOCOL: &str = "ts-dial";

impl LocalApi {
    /// Connects to a port of another machine, by its address or its name. Every account of this machine may.
    pub async fn dial(&self, machine: &str, port: u16) -> Result<UnixStream, TailnetError> {
        let ask = Ask::dial();
        timeout(ask.time, talk(&self.socket, &ask, machine, port)).await.unwrap_or_else(|_| Err(ask.timed_out()))
    }
}

async fn talk(socket: &Path, ask: &Ask, machine: &str, port: u16) -> Result<UnixStream, TailnetError> {
    let asked = upgrading(ask, machine, port)?;
    let stream = TokioIo::new(connect(socket).await?);
    let shaken = Builder::new().max_buf_size(HEAD_BYTES).handshake(stream).await;
    let (sender, connection) = shaken.map_err(|error| ask.broken(&error))?;
    // It ends when it has given its socket away, or with its sender.
    let (_ended, dialled) = tokio::join!(connection.with_upgrades(), dialled(ask, sender, asked));
    dialled
}

fn upgrading(ask: &Ask, machine: &str, port: u16) -> Result<Request<Full<Bytes>>, TailnetError> {
    let mut asked = request(ask)?;
    let headers = asked.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
    headers.insert("dial-host", HeaderValue::from_str(machine).map_err(|error| ask.broken(&error))?);
    headers.insert("dial-port", HeaderValue::from(port));
    Ok(asked)
}

async fn dialled(
    ask: &Ask,
    mut sender: SendRequest<Full<Bytes>>,
    asked: Request<Full<Bytes>>,
) -> Result<UnixStream, TailnetError> {
    let answer = sender.send_request(asked).await.map_err(|error| ask.broken(&error))?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refused(ask, answer).await);
    }
    let upgraded = hyper::upgrade::on(answer).await.map_err(|error| ask.broken(&error))?;
    let parts = upgraded.downcast::<TokioIo<UnixStream>>().map_err(|_| ask.garbled("it is no connection"))?;
    // Whoever is called speaks second.
    if parts.read_buf.is_empty() { Ok(parts.io.into_inner()) } else { Err(ask.garbled("it spoke first")) }
}

async fn refused(ask: &Ask, answer: Response<Incoming>) -> TailnetError {
    let (head, body) = answer.into_parts();
    let words = Limited::new(body, ask.bytes).collect().await;
    let words = words.map_or_else(|_| BytesMut::new().freeze(), http_body_util::Collected::to_bytes);
    refusal(ask, &head, &words)
}
