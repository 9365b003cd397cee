//! The end of a session: its holder is gone, so what there is to know is written into the history, and its folder goes.
//!
//! The list says at once that it is over. Only when all is written down is the session *past*: then it is shown from the
//! history, and can be run again.

use std::path::Path;
use std::sync::Arc;

use homie_holder::{ExitRecord, LastScreen, Record};
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Face, SessionInfo, SessionState};
use tokio::task::spawn_blocking;

use crate::clock::now_ms;
use crate::folder;
use crate::history::{Past, answered, face_of};
use crate::shared::Shared;

/// Sessions that are over and stay in the list.
pub(crate) const PAST_MOST: usize = 200;

/// Milliseconds that they stay.
pub(crate) const PAST_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// The holder of a session is gone for good.
pub(crate) async fn over(shared: &Arc<Shared>, session: SessionId) {
    let folder = shared.dir.holder(&session);
    let exit = folder::exit(&folder).await;
    shared.sessions.gone(session, exit.map(|exit| exit.status));
    shared.recordings.over(shared, session).await;
    let Some(info) = shared.sessions.info(session) else {
        // It was taken off the list meanwhile: nobody will ask.
        return folder::put_away(&folder).await;
    };
    let past = past(shared, info, exit, &folder).await;
    write_down(shared, past.clone(), &folder).await;
    shared.sessions.past(past.info, past.ended_at);
    forget_the_oldest(shared);
}

/// Takes off the list, for good, what is too old or too much.
pub(crate) fn forget_the_oldest(shared: &Shared) {
    let stale = shared.sessions.stale(now_ms());
    if stale.is_empty() {
        return;
    }
    for session in &stale {
        shared.sessions.remove(*session);
    }
    if let Err(refusal) = shared.history.forget(stale) {
        // The next start forgets them.
        tracing::warn!(%refusal, "the history could not be told to forget");
    }
}

/// Lists what the history knows. A session whose holder lives takes its own place later.
pub(crate) async fn list_the_past(shared: &Shared) {
    match shared.history.newest(PAST_MOST, now_ms().saturating_sub(PAST_MS)).await {
        Ok(all) => all.into_iter().for_each(|past| shared.sessions.past(past.info, past.ended_at)),
        Err(refusal) => tracing::warn!(%refusal, "sessions that are over cannot be listed"),
    }
}

/// The folder is the truth until the history has it.
async fn write_down(shared: &Shared, past: Past, folder: &Path) {
    let session = past.info.id;
    let kept = match shared.history.keep(past) {
        Ok(kept) => answered(kept).await,
        Err(refusal) => Err(refusal),
    };
    match kept {
        Ok(()) => folder::put_away(folder).await,
        Err(refusal) => tracing::warn!(%session, %refusal, "a session that is over is not kept; its folder stays"),
    }
}

async fn past(shared: &Shared, info: SessionInfo, exit: Option<ExitRecord>, folder: &Path) -> Past {
    let record = folder::record(folder).await.filter(|record| record.session == info.id);
    let incarnation = info.incarnation;
    let screen = folder::screen(folder).await.filter(|screen| screen.head.incarnation == incarnation);
    let is_later_boot = record.as_ref().is_some_and(|record| is_of_another_boot(record, &shared.boot));
    let with_machine = exit.map_or(is_later_boot, |exit| exit.by_system);
    let info = ended(info, with_machine, screen.as_ref()).await;
    let ended_at = match (exit, &screen) {
        (Some(exit), _) => exit.ended_at,
        // Nobody saw the end, but not long before it this was written.
        (None, Some(screen)) if with_machine => screen.head.at,
        (None, _) => now_ms(),
    };
    let login = record.as_ref().is_some_and(|record| record.login);
    Past { info, ended_at, env: record.map(|record| record.env), login, screen }
}

/// A session as lists show it from now on.
async fn ended(info: SessionInfo, with_machine: bool, screen: Option<&LastScreen>) -> SessionInfo {
    let (state, exit) = match info.state {
        SessionState::Lost | SessionState::Exited if with_machine => (SessionState::Ended, None),
        state => (state, info.exit),
    };
    let face = match screen.cloned() {
        // What lists show is then what an attach shows.
        Some(screen) => spawn_blocking(move || face_of(&screen)).await.unwrap_or_default(),
        None => info.face.clone(),
    };
    // Nobody can answer it any more, and the folder is on no screen.
    let face = Face { attention: None, folder: info.face.folder, ..face };
    SessionInfo { state, exit, face, viewers: 0, pid: None, holder_pid: None, recording: false, ..info }
}

/// A record that does not say is of this boot, as far as anybody knows.
fn is_of_another_boot(record: &Record, boot: &str) -> bool {
    record.boot.as_deref().is_some_and(|of| of != boot)
}
