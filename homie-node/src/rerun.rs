//! Runs the command of a session that is over again: the same session, born anew, with a new holder in the same folder.

use std::sync::Arc;
use std::time::Duration;

use homie_holder::HoldSpec;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::Incarnation;
use homie_protocol::methods::session::{RerunParams, SessionInfo, StartParams};
use homie_trust::{SystemRandom, random_bytes};
use tokio::time::timeout;

use crate::clock::now_ms;
use crate::folder;
use crate::sessions::Rebirth;
use crate::shared::Shared;
use crate::start::{blocking, born, check};

/// How long the old holder may take to go. It only has to write down its last screen.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Runs a session again, and gives it as lists show it.
pub(crate) async fn rerun(shared: &Arc<Shared>, params: RerunParams) -> Result<SessionInfo, Refusal> {
    let rebirth = shared.sessions.reborn(params.session)?;
    let wish = started_as(shared, &rebirth, params).await?;
    // Before anything of the old birth goes.
    let wish = blocking(move || check(&wish).map(|()| wish)).await?;
    if let Some(link) = &rebirth.link {
        link.bury();
    }
    timeout(GONE_WITHIN, shared.sessions.until_past(params.session)).await.map_err(|_| {
        Refusal::new(Code::Unreachable, "session: its old holder does not go; try again later, or start a new one")
    })?;
    let spec = HoldSpec {
        session: params.session,
        incarnation: Incarnation::from_bytes(random_bytes(&SystemRandom)?),
        folder: shared.dir.holder(&params.session),
        name: Some(rebirth.name.clone()),
        command: wish.command,
        cwd: wish.cwd,
        env: wish.env.unwrap_or_default(),
        size: params.size,
        // Who runs it again wants to see it.
        pipes: false,
        joined: false,
        created_at: now_ms(),
        wish: None,
    };
    born(shared, &spec).await
}

/// What the session was started with: its holder's record says it, or the history.
async fn started_as(shared: &Shared, rebirth: &Rebirth<'_>, params: RerunParams) -> Result<StartParams, Refusal> {
    let session = params.session;
    let (command, login, cwd, env) = match folder::record(&shared.dir.holder(&session)).await {
        Some(record) if record.session == session => (record.command, record.login, record.cwd, Some(record.env)),
        Some(_) | None => {
            let past = shared.history.one(session).await?.ok_or_else(forgotten)?;
            (past.info.command, past.login, past.info.cwd, past.env)
        }
    };
    Ok(StartParams {
        name: Some(rebirth.name.clone()),
        command: Some(command).filter(|_| !login),
        cwd: Some(cwd),
        env: Some(env.ok_or_else(forgotten)?),
        size: params.size,
        pipes: None,
    })
}

fn forgotten() -> Refusal {
    Refusal::new(Code::NotFound, "session: nobody knows any more what it was started with; start a new one")
}
