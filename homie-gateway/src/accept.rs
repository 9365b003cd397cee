//! The pump of the door: takes connections, gives each its place in the lobby, one request and a limit of time.
//!
//! `routes` answers each connection's first request with `Connection: close`: on loopback a second connection costs
//! nothing, and none waits between two requests.

use std::io;
use std::time::Duration;

use axum::Router;
use homie_circuit::{Lobby, Place};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::limits::{ANSWER_TIME, HEAD_BYTES, HEAD_TIME};
use crate::tasks::Tasks;

/// How long a door without file descriptors rests before it tries again.
const REST: Duration = Duration::from_millis(100);

/// Takes connections for ever; the task ends with the gateway.
pub(crate) async fn accept(listener: TcpListener, router: Router, lobby: Lobby, tasks: Tasks) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => tasks.spawn(one_request(socket, router.clone(), lobby.enter())),
            Err(error) => rest_after(&error).await,
        }
    }
}

async fn one_request(socket: TcpStream, router: Router, mut place: Place) {
    // A keystroke does not wait for company. Where it cannot be set, it is only slower.
    let _set = socket.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::select! {
        () = place.must_leave() => tracing::debug!("a connection gave way to newer ones"),
        served = timeout(ANSWER_TIME, connection) => match served {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!("a connection ended: {error}"),
            Err(_) => tracing::debug!("a connection took too long"),
        },
    }
}

async fn rest_after(error: &io::Error) {
    // A client that left between its connect and our accept is its own matter.
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return;
    }
    tracing::warn!("cannot accept a connection: {error}");
    sleep(REST).await;
}
