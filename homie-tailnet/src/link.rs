//! A connection to tailscaled, driven only while its owner waits for something on it: no task is left behind, and
//! whoever drops it has hung up.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{HOST, IF_MATCH};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::ask::Ask;
use crate::error::TailnetError;
use crate::limits::HEAD_BYTES;

/// The only name that tailscaled answers to; with any other it takes the caller for a web page.
const NAME: &str = "local-tailscaled.sock";

/// A connection for one request.
pub(crate) struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// Nothing once it has ended.
    connection: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

impl Link {
    pub(crate) async fn open(socket: &Path, ask: &Ask) -> Result<Self, TailnetError> {
        let stream = TokioIo::new(connect(socket).await?);
        let shaken = Builder::new().max_buf_size(HEAD_BYTES).handshake(stream).await;
        let (sender, connection) = shaken.map_err(|error| ask.broken(&error))?;
        let connection = async {
            // Whoever waits for an answer is told the same.
            let _ended = connection.await;
        };
        Ok(Self { sender, connection: Some(Box::pin(connection)) })
    }

    /// Sends the request and waits for the head of the answer.
    pub(crate) async fn send(&mut self, ask: &Ask) -> Result<Response<Incoming>, TailnetError> {
        let request = request(ask)?;
        let sent = self.sender.send_request(request);
        drive(&mut self.connection, sent).await.map_err(|error| ask.broken(&error))
    }

    /// The next piece of the answer, nothing at its end. Whoever stops waiting loses none.
    pub(crate) async fn piece(&mut self, ask: &Ask, body: &mut Incoming) -> Result<Option<Bytes>, TailnetError> {
        let next = drive(&mut self.connection, body.frame()).await.transpose();
        let frame = next.map_err(|error| ask.broken(&error))?;
        // Trailers are not asked for.
        Ok(frame.map(|frame| frame.into_data().unwrap_or_default()))
    }

    /// The rest of the answer.
    pub(crate) async fn whole(&mut self, ask: &Ask, mut body: Incoming) -> Result<Bytes, TailnetError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece(ask, &mut body).await? {
            if whole.len() + piece.len() > ask.bytes {
                return Err(TailnetError::TooLong { what: ask.what, limit: ask.bytes });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

/// A bare connection to the socket.
pub(crate) async fn connect(socket: &Path) -> Result<UnixStream, TailnetError> {
    let connected = UnixStream::connect(socket).await;
    connected.map_err(|source| TailnetError::NotRunning { socket: socket.to_owned(), source })
}

/// A question in HTTP.
pub(crate) fn request(ask: &Ask) -> Result<Request<Full<Bytes>>, TailnetError> {
    let path = format!("/localapi/v0/{}", ask.path);
    let mut request = Request::builder().method(&ask.method).uri(path).header(HOST, NAME);
    if let Some(etag) = &ask.if_match {
        request = request.header(IF_MATCH, etag);
    }
    request.body(Full::new(ask.body.clone())).map_err(|error| ask.broken(&error))
}

/// Waits for `work`, and meanwhile moves the bytes of the connection that it waits for.
async fn drive<T>(
    connection: &mut Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    if let Some(running) = connection {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = running => *connection = None,
        }
    }
    work.await
}
