//! After a start: finds the holders of earlier nodes and links to them, before any door is open.

use std::sync::Arc;

use homie_holder::Record;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::SessionInfo;
use tokio::fs;
use tokio::time::sleep;

use crate::folder;
use crate::link::keeper::Keeper;
use crate::over::list_the_past;
use crate::shared::Shared;
use crate::start::{listed, remember};

/// Holders linked to at once. Each takes a second at most, so 64 take no more than two.
const AT_ONCE: usize = 32;

/// Lists every session that has a folder, and links to those whose holders live.
pub(crate) async fn adopt(shared: &Arc<Shared>) {
    list_the_past(shared).await;
    let sessions = find(shared).await;
    for some in sessions.chunks(AT_ONCE) {
        let mut settling = Vec::with_capacity(some.len());
        for session in some {
            if list(shared, *session).await {
                settling.push(Keeper::start(shared, *session));
            }
        }
        for settled in settling {
            // An error means that the node is stopping already.
            let _settled = settled.await;
        }
    }
    shared.recordings.end_the_lost(shared).await;
    tracing::info!(found = sessions.len(), "sessions of earlier starts");
}

async fn find(shared: &Shared) -> Vec<SessionId> {
    let mut found = Vec::new();
    let Ok(mut entries) = fs::read_dir(shared.dir.holders()).await else { return found };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        if let Some(session) = name.to_str().and_then(|name| name.parse().ok()) {
            found.push(session);
        } else {
            tracing::warn!(path = %entry.path().display(), "this is not the folder of a holder");
        }
    }
    found
}

async fn list(shared: &Arc<Shared>, session: SessionId) -> bool {
    let folder = shared.dir.holder(&session);
    match folder::record(&folder).await {
        Some(record) if record.session == session => {
            remember(shared, &record);
            shared.sessions.insert(adopted(shared, record));
            true
        }
        Some(_) => {
            tracing::error!(folder = %folder.display(), "the record in it is of another session");
            false
        }
        None => {
            shared.tasks.spawn(judge(Arc::clone(shared), session));
            false
        }
    }
}

fn adopted(shared: &Shared, record: Record) -> SessionInfo {
    let recording = shared.recordings.is_going(record.session);
    SessionInfo { recording, ..listed(record) }
}

/// Nothing was started there, or its holder, asked for by a node that is no more, is about to write down what.
async fn judge(shared: Arc<Shared>, session: SessionId) {
    let folder = shared.dir.holder(&session);
    if !folder::is_settled(&folder).await {
        tokio::select! {
            () = sleep(folder::SETTLED_AFTER) => {}
            () = shared.tasks.stopping() => return,
        }
    }
    match folder::record(&folder).await.filter(|record| record.session == session) {
        Some(record) => {
            remember(&shared, &record);
            shared.sessions.insert(adopted(&shared, record));
            // Its keeper goes on by itself.
            drop(Keeper::start(&shared, session));
        }
        None => folder::put_away(&folder).await,
    }
}
