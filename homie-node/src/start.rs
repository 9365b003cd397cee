//! Starts a session: checks the wish, starts its holder, lists it. Runs to its end even if nobody waits any more.

use std::sync::Arc;

use homie_holder::{HoldSpec, Record, default_name};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::machine::answers::Wish;
use homie_protocol::method::{self, Method};
use homie_protocol::methods::session::{SessionInfo, Start, StartOutput, StartParams};
use homie_protocol::name::Name;
use homie_trust::{SystemRandom, random_bytes};
use tokio::task::spawn_blocking;

use crate::clock::now_ms;
use crate::folder;
use crate::link::keeper::Keeper;
use crate::registry::Wanted;
use crate::shared::Shared;

mod check;

pub(crate) use check::check;

/// Starts a session and gives it as lists show it.
pub(crate) async fn start(
    shared: &Arc<Shared>,
    params: StartParams,
    wish: Option<Wish>,
) -> Result<SessionInfo, Refusal> {
    let (params, wanted) = blocking(move || {
        check(&params)?;
        let wanted = wanted(&params)?;
        Ok((params, wanted))
    })
    .await?;
    let place = shared.sessions.reserve(&wanted)?;
    let spec = spec(shared, params, place.name.clone(), wish)?;
    born(shared, &spec).await
}

/// Starts the holder of a session, new or born again, and lists it.
pub(crate) async fn born(shared: &Arc<Shared>, spec: &HoldSpec) -> Result<SessionInfo, Refusal> {
    let (dir, session) = (shared.dir.clone(), spec.session);
    blocking(move || dir.create_holder(&session).map_err(Refusal::from)).await?;
    if let Err(refusal) = shared.spawn.spawn(spec).await {
        folder::put_away(&spec.folder).await;
        return Err(refusal);
    }
    let record = folder::record(&spec.folder).await.ok_or_else(unrecorded)?;
    shared.sessions.insert(listed(record));
    // Settled or stopped in the middle: either way the list knows what there is to know.
    let _settled = Keeper::start(shared, session).await;
    shared.sessions.info(session).ok_or_else(|| Refusal::new(Code::Ended, "the session was over at once"))
}

/// A session as its record has it, before its holder says more.
pub(crate) fn listed(record: Record) -> SessionInfo {
    let Record { session, incarnation, name, command, cwd, size, created_at, .. } = record;
    SessionInfo { command, cwd, size, ..SessionInfo::begun(session, incarnation, name, created_at) }
}

/// The name that was chosen, or the program's.
fn wanted(params: &StartParams) -> Result<Wanted, Refusal> {
    match &params.name {
        Some(name) => Ok(Wanted::Chosen(Name::parse(name)?.into_string())),
        None => Ok(Wanted::Any(default_name(params.command.as_deref(), params.env.as_ref()))),
    }
}

/// A session that an earlier node has started: asked for again with the same key it is the answer, as if that node still
/// lived. If it was killed before it could answer, its client does ask again.
pub(crate) fn remember(shared: &Shared, record: &Record) {
    let Some(wish) = record.wish else { return };
    let (pid, holder_pid) = (Some(record.pid), Some(record.holder));
    let session = SessionInfo { pid, holder_pid, ..listed(record.clone()) };
    let answer = method::answer::<Start>(1, &Ok(StartOutput { session }));
    let age = now_ms().saturating_sub(record.created_at);
    shared.answers.remember(wish, Start::ROW.name, age, answer);
}

fn spec(shared: &Shared, params: StartParams, name: String, wish: Option<Wish>) -> Result<HoldSpec, Refusal> {
    let pipes = params.pipes == Some(true);
    let session = SessionId::from_bytes(random_bytes(&SystemRandom)?);
    Ok(HoldSpec {
        session,
        incarnation: Incarnation::from_bytes(random_bytes(&SystemRandom)?),
        folder: shared.dir.holder(&session),
        name: Some(name),
        command: params.command,
        cwd: params.cwd,
        env: params.env.unwrap_or_default(),
        size: params.size,
        pipes,
        joined: pipes,
        created_at: now_ms(),
        wish,
    })
}

/// Runs what asks the file system where it may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(Refusal::new(Code::Internal, error.to_string())))
}

fn unrecorded() -> Refusal {
    Refusal::new(Code::StartFailed, "the session could not be started: its holder left no record")
}
