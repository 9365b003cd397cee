//! The pump of the door to the internet: takes connections, as many of each address as it may have, and shakes hands.

use std::net::SocketAddr;
use std::sync::Arc;

use homie_protocol::hello::Role;
use homie_trust::{Public, Source};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::crowd::Crowd;
use crate::accept::{Entrance, one_over_tls, rest_after};
use crate::hop::Hop;
use crate::limits::{LOBBY, PUBLIC_WAITING};
use crate::rate::Rate;

/// Who waits before the door.
#[derive(Clone)]
pub(crate) struct Porch {
    highest: Role,
    /// Handshakes of one address.
    knocks: Arc<Rate>,
    /// Connections without an answer.
    waiting: Crowd,
}

impl Porch {
    /// Nobody yet.
    pub(crate) fn new(highest: Role) -> Self {
        // Of those that have given way some are still on their way out.
        Self { highest, knocks: Arc::new(Rate::new()), waiting: Crowd::new(PUBLIC_WAITING, 2 * LOBBY) }
    }
}

/// Takes connections for ever; the task ends with the gateway.
pub(super) async fn from_internet(listener: TcpListener, tls: TlsAcceptor, porch: Porch, entrance: Entrance) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                let address = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                let source = Source::of(address.ip());
                // Whoever knocks all the time waits outside: a handshake costs more than a connection.
                let place = porch.knocks.allows(&source).then(|| porch.waiting.enter(&source)).flatten();
                let Some(place) = place else {
                    tracing::debug!("{} knocks too often", address.ip());
                    continue;
                };
                let hop = Hop::Public(Public { address, highest: porch.highest });
                let (tls, router, lobby) = (tls.clone(), entrance.router.clone(), entrance.lobby.enter());
                entrance.tasks.spawn(async move {
                    one_over_tls(socket, hop, tls, router, lobby).await;
                    drop(place);
                });
            }
            Err(error) => rest_after(&error).await,
        }
    }
}
