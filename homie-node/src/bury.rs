//! Lets the holders of sessions that are over go: ten minutes after their end, or when there are too many.

use std::sync::Arc;

use homie_protocol::id::SessionId;
use tokio::time::sleep_until;

use crate::folder;
use crate::registry::Due;
use crate::shared::Shared;

/// Runs until the node stops.
pub(crate) async fn bury(shared: Arc<Shared>) {
    loop {
        match shared.sessions.due() {
            Due::Now(session) => put_to_rest(&shared, session).await,
            Due::At(at) => tokio::select! {
                () = sleep_until(at.into()) => {}
                () = shared.sessions.ended() => {}
                () = shared.tasks.stopping() => return,
            },
            Due::Never => tokio::select! {
                () = shared.sessions.ended() => {}
                () = shared.tasks.stopping() => return,
            },
        }
    }
}

/// A holder that lives is told to end; its keeper writes down what is left when it has.
async fn put_to_rest(shared: &Shared, session: SessionId) {
    match shared.sessions.bury(session) {
        Some(link) => link.bury(),
        None => folder::put_away(&shared.dir.holder(&session)).await,
    }
}
