//! The pump of the fake: takes connections, and answers each request by the script.

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::answers::{Answer, answer, endpoint};
use super::bodies::{AnyBody, endless, whole};
use super::script::{Mishap, Script};

/// Bytes of a request's body.
const BODY_BYTES: usize = 1024 * 1024;

pub(super) async fn accept(listener: UnixListener, script: Arc<Mutex<Script>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&script)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: UnixStream, script: Arc<Mutex<Script>>) {
    let service = service_fn(|request| respond(request, Arc::clone(&script)));
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, script: Arc<Mutex<Script>>) -> io::Result<Response<AnyBody>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES).collect().await.map_err(io::Error::other)?.to_bytes();
    let Answer { status, headers, body } = match note(&script, &head) {
        None => answer(&mut script.lock().unwrap_or_else(PoisonError::into_inner), &head, &body),
        Some(Mishap::Silence) => pending().await,
        Some(Mishap::HangUp) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Mishap::Answer(status, body)) => Answer { status, headers: Vec::new(), body: whole(body) },
        Some(Mishap::Endless) => Answer { status: 200, headers: Vec::new(), body: endless() },
    };
    let mut response = Response::builder().status(status).header("Tailscale-Cap", "131");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).map_err(io::Error::other)
}

/// Writes down what is asked, and tells whether that goes wrong.
fn note(script: &Mutex<Script>, head: &Parts) -> Option<Mishap> {
    let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
    let path = head.uri.to_string();
    script.asked.push(format!("{} {}", head.method, path.trim_start_matches("/localapi/v0/")));
    script.mishaps.get(endpoint(head)).cloned()
}
