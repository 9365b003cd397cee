//! `gateway.sock`: circuits with the gateway for programs of the same user. It is no shortcut: such a program proves a
//! key like everybody else, it only needs no port and no WebSocket.

use homie_trust::check_peer;
use tokio::net::{UnixListener, UnixStream};

use crate::accept::rest_after;
use crate::circuits::Came;
use crate::house::Shared;

/// The authority that clients of this door name.
const HOST: &str = "local";

/// Takes connections for ever; the task ends with the gateway.
pub(crate) async fn accept(listener: UnixListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => admit(stream, &shared),
            Err(error) => rest_after(&error).await,
        }
    }
}

fn admit(stream: UnixStream, shared: &Shared) {
    if let Err(refusal) = check_peer(&stream) {
        return tracing::warn!(%refusal, "a caller of another user was sent away");
    }
    let (place, shared) = (shared.circuits.strangers(), shared.clone());
    let tasks = shared.tasks.clone();
    tasks.spawn_polite(|stopping| async move {
        let (reader, writer) = homie_circuit::unix(stream);
        shared.circuits.attend(reader, writer, Came::by_socket(HOST), place, stopping).await;
    });
}
