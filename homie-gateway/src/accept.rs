//! The pumps of the doors: take connections, give each its place in the lobby, one request and a limit of time.
//!
//! `routes` answers each connection's first request with `Connection: close`: on loopback a second connection costs
//! nothing, and none waits between two requests.

use std::io;
use std::time::Duration;

use axum::Router;
use homie_circuit::{Lobby, Place};
use homie_tailnet::LocalApi;
use homie_trust::{own_uid, peer_uid};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::hop::Hop;
use crate::limits::{ANSWER_TIME, HEAD_BYTES, HEAD_TIME};
use crate::neighbour::Neighbour;
use crate::tasks::Tasks;

/// How long a door without file descriptors rests before it tries again.
const REST: Duration = Duration::from_millis(100);

/// What is behind a door.
#[derive(Clone)]
pub(crate) struct Entrance {
    pub(crate) router: Router,
    pub(crate) lobby: Lobby,
    pub(crate) tasks: Tasks,
}

/// Takes connections to the loopback port for ever; the task ends with the gateway.
pub(crate) async fn from_loopback(listener: TcpListener, entrance: Entrance) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => entrance.take_loopback(socket),
            Err(error) => rest_after(&error).await,
        }
    }
}

/// The same at `serve.sock`, of tailscaled alone.
pub(crate) async fn from_serve(listener: UnixListener, api: LocalApi, entrance: Entrance) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                let (api, inside, place) = (api.clone(), entrance.clone(), entrance.lobby.enter());
                entrance.tasks.spawn(async move {
                    if is_tailscaled(&socket, &api).await {
                        one_request(socket, Hop::Serve, inside.router, place).await;
                    }
                });
            }
            Err(error) => rest_after(&error).await,
        }
    }
}

/// The same on one of our own tailnet addresses, until the door is closed.
pub(crate) async fn from_tailnet(
    listener: TcpListener,
    tls: TlsAcceptor,
    entrance: Entrance,
    mut closed: watch::Receiver<()>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closed.changed() => return,
        };
        match accepted {
            Ok((socket, peer)) => {
                let (tls, inside, place) = (tls.clone(), entrance.clone(), entrance.lobby.enter());
                entrance.tasks.spawn(one_over_tls(socket, Hop::Tailnet(peer), tls, inside.router, place));
            }
            Err(error) => rest_after(&error).await,
        }
    }
}

impl Entrance {
    fn take_loopback(&self, socket: TcpStream) {
        set_nodelay(&socket);
        let hop = Hop::Loopback(Neighbour::at(&socket));
        self.tasks.spawn(one_request(socket, hop, self.router.clone(), self.lobby.enter()));
    }
}

/// Whether tailscaled is at the other end, whose user the kernel tells. If that is our own, any program of ours could be.
async fn is_tailscaled(socket: &UnixStream, api: &LocalApi) -> bool {
    let (peer, daemon) = (peer_uid(socket), api.daemon_uid().await);
    match (peer, daemon) {
        (Ok(peer), Ok(daemon)) if passes_for_tailscaled(peer, daemon, own_uid()) => true,
        (peer, daemon) => {
            tracing::warn!("a caller that is not tailscaled was sent away: {peer:?} is not {daemon:?}");
            false
        }
    }
}

const fn passes_for_tailscaled(peer: u32, daemon: u32, own: u32) -> bool {
    peer == daemon && daemon != own
}

pub(crate) async fn one_over_tls(socket: TcpStream, hop: Hop, tls: TlsAcceptor, router: Router, mut place: Place) {
    set_nodelay(&socket);
    let shaken = tokio::select! {
        shaken = timeout(HEAD_TIME, tls.accept(socket)) => shaken,
        () = place.must_leave() => return tracing::debug!("a connection gave way to newer ones"),
    };
    match shaken {
        Ok(Ok(socket)) => one_request(socket, hop, router, place).await,
        Ok(Err(error)) => tracing::debug!("a connection ended in its TLS handshake: {error}"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

pub(crate) async fn one_request<S>(socket: S, hop: Hop, router: Router, mut place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answers = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(hop);
        answers.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service)
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

/// A keystroke does not wait for company. Where it cannot be set, it is only slower.
pub(crate) fn set_nodelay(socket: &TcpStream) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!("a connection is gone already: {error}");
    }
}

pub(crate) async fn rest_after(error: &io::Error) {
    // A client that left between its connect and our accept is its own matter.
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return;
    }
    tracing::warn!("cannot accept a connection: {error}");
    sleep(REST).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_tailscaled_passes_for_it() {
        assert!(passes_for_tailscaled(0, 0, 1000));
        for (peer, daemon, own) in [(1000, 0, 1000), (1001, 0, 1000), (0, 1000, 1000), (1000, 1000, 1000), (0, 0, 0)] {
            assert!(!passes_for_tailscaled(peer, daemon, own), "{peer} {daemon} {own}");
        }
    }
}
