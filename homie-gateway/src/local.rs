//! `gateway.sock`: circuits with the gateway for programs of the same user. It is no shortcut: such a program proves a
//! key like everybody else, it only needs no port and no WebSocket.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use homie_trust::check_peer;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::sleep;

use crate::circuit::Came;
use crate::routes::Shared;

/// The authority that clients of this door name.
const HOST: &str = "local";

/// How long a door without file descriptors rests before it tries again.
const REST: Duration = Duration::from_millis(100);

/// Opens the door. What an earlier gateway has left there is removed: we hold its lock.
pub(crate) fn open(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    // Until here nobody else could come near: the state directory is ours alone.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes connections for ever; the task ends with the gateway.
pub(crate) async fn accept(listener: UnixListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => admit(stream, &shared),
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                sleep(REST).await;
            }
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
