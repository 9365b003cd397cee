//! The doors of a node: sockets in its state directory, open for its own user alone.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::{Lobby, Place};
use homie_protocol::limits::{CIRCUITS, UNGREETED};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::shared::Shared;

mod admit;
mod caller;
pub(crate) mod local;
pub(crate) mod mesh;

/// How long a door rests when the system gives no more sockets.
const REST: Duration = Duration::from_millis(100);

/// A caller that has not said who it is.
pub(crate) struct Knock {
    stream: UnixStream,
    uid: u32,
    /// One of the door's places for those who have not been greeted.
    place: Place,
    /// The door's places for those who have.
    circuits: Arc<Semaphore>,
}

/// Lets callers in until the node stops. Of more than `limits::UNGREETED` who have not been greeted the one that has
/// waited longest must go: who says nothing keeps nobody out. Of those who have been, `limits::CIRCUITS` may stay.
pub(crate) async fn attend<F, G>(listener: UnixListener, shared: Arc<Shared>, greet: F)
where
    F: Fn(Knock, Arc<Shared>) -> G,
    G: Future<Output = ()> + Send + 'static,
{
    let (places, circuits) = (Lobby::new(UNGREETED), Arc::new(Semaphore::new(CIRCUITS)));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                if let Some(knock) = knock(stream, &places, &circuits) {
                    shared.tasks.spawn(greet(knock, Arc::clone(&shared)));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a caller could not be let in");
                sleep(REST).await;
            }
        }
    }
}

fn knock(stream: UnixStream, places: &Lobby, circuits: &Arc<Semaphore>) -> Option<Knock> {
    let uid = homie_trust::check_peer(&stream)
        .inspect_err(|refusal| tracing::warn!(%refusal, "a caller of another user was sent away"))
        .ok()?;
    Some(Knock { stream, uid, place: places.enter(), circuits: Arc::clone(circuits) })
}
