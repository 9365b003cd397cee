//! `mesh.sock`: where a gateway of the same user joins its clients to this node. HTTP for one request, then a circuit.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homie_circuit::upgrade::{accept, circuit};
use homie_circuit::{FrameReader, FrameWriter};
use homie_protocol::limits::HELLO_MS;
use homie_trust::NodeDoor;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, on};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Knock;
use super::admit::admit;
use crate::lock::locked;
use crate::shared::Shared;

/// How long a caller may take to ask for its circuit.
const ASKED_WITHIN: Duration = Duration::from_millis(HELLO_MS);

/// Serves one caller.
pub(crate) async fn greet(mut knock: Knock, shared: Arc<Shared>) {
    let path = format!("/m/{}", shared.server.key.node_id());
    let asked = tokio::select! {
        asked = timeout(ASKED_WITHIN, upgraded(knock.stream, &path)) => asked,
        () = knock.place.must_leave() => return tracing::debug!("a caller gave way to newer ones"),
    };
    match asked {
        Ok(Some((reader, writer))) => {
            admit(reader, writer, NodeDoor::Mesh { uid: knock.uid }, (knock.place, knock.circuits), &shared).await;
        }
        Ok(None) => tracing::debug!("a caller asked for no circuit"),
        Err(_) => tracing::debug!("a caller took too long to ask for a circuit"),
    }
}

async fn upgraded(stream: UnixStream, path: &str) -> Option<(FrameReader, FrameWriter)> {
    let asked: Mutex<Option<OnUpgrade>> = Mutex::default();
    let service = service_fn(|request| {
        let answer = answer(request, path, &asked);
        async { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.with_upgrades().await {
        tracing::debug!(%error, "a caller's request broke off");
    }
    let upgrade = locked(&asked).take()?;
    let upgraded =
        upgrade.await.inspect_err(|error| tracing::debug!(%error, "a caller left before its circuit")).ok()?;
    circuit(upgraded).inspect_err(|error| tracing::error!(%error, "a connection cannot become a circuit")).ok()
}

/// The handshake's answer; everything that is not `GET` of our own circuit is refused in words.
fn answer(mut request: Request<Incoming>, path: &str, asked: &Mutex<Option<OnUpgrade>>) -> Response<String> {
    if request.uri().path() != path {
        return refuse(StatusCode::NOT_FOUND, "this node is not here");
    }
    if request.method() != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "a circuit is asked for with GET");
    }
    match accept(&request) {
        Ok(accepted) => {
            *locked(asked) = Some(on(&mut request));
            accepted.map(|()| String::new())
        }
        Err(error) => refuse(error.status(), &error.to_string()),
    }
}

fn refuse(status: StatusCode, words: &str) -> Response<String> {
    let mut response = Response::new(format!("{words}\n"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
