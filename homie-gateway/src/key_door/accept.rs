//! The pump of the key door: takes connections, shakes hands with keys, and hands on who was let in.

use std::net::SocketAddr;
use std::time::Duration;

use homie_circuit::Place;
use homie_trust::Source;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Doorkeeper;
use crate::accept::{Entrance, one_request, rest_after, set_nodelay};
use crate::limits::HEAD_TIME;

/// How long somebody who was not let in may take to hear it. What it has sent meanwhile would otherwise cut the answer off.
const FAREWELL: Duration = Duration::from_secs(1);

/// Bytes of it that are listened to.
const LAST_WORDS: u64 = 64 * 1024;

/// Takes connections for ever; the task ends with the gateway.
pub(super) async fn from_keys(listener: TcpListener, tls: TlsAcceptor, doorkeeper: Doorkeeper, entrance: Entrance) {
    loop {
        match listener.accept().await {
            // Whoever knocks all the time waits outside: a handshake costs more than a connection.
            Ok((socket, peer)) if doorkeeper.knocks.allows(&Source::of(peer.ip())) => {
                let (tls, doorkeeper, inside) = (tls.clone(), doorkeeper.clone(), entrance.clone());
                let place = entrance.lobby.enter();
                entrance.tasks.spawn(one_with_key((socket, peer), tls, doorkeeper, inside, place));
            }
            Ok((_, peer)) => tracing::debug!("{} knocks too often", peer.ip()),
            Err(error) => rest_after(&error).await,
        }
    }
}

async fn one_with_key(
    (socket, peer): (TcpStream, SocketAddr),
    tls: TlsAcceptor,
    doorkeeper: Doorkeeper,
    inside: Entrance,
    mut place: Place,
) {
    set_nodelay(&socket);
    let shaken = tokio::select! {
        shaken = timeout(HEAD_TIME, tls.accept(socket).into_fallible()) => shaken,
        () = place.must_leave() => return tracing::debug!("a connection gave way to newer ones"),
    };
    match shaken {
        Ok(Ok(socket)) => {
            let Some(hop) = doorkeeper.who(socket.get_ref().1, peer) else { return };
            one_request(socket, hop, inside.router, place).await;
        }
        Ok(Err((error, socket))) => {
            tracing::debug!("{} did not get through the handshake: {error}", peer.ip());
            tokio::select! {
                () = see_off(socket) => {}
                () = place.must_leave() => {}
            }
        }
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// Waits until the other end has heard why, and leaves.
async fn see_off(mut socket: TcpStream) {
    let leaving = async {
        socket.shutdown().await?;
        tokio::io::copy(&mut socket.take(LAST_WORDS), &mut tokio::io::sink()).await
    };
    if !matches!(timeout(FAREWELL, leaving).await, Ok(Ok(_))) {
        tracing::debug!("somebody who was not let in does not leave by itself");
    }
}
