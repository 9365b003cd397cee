//! A node as the commands reach it, in a single attempt, with words where nobody answers: this machine's over `local.sock`,
//! another's as `on` finds it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_circuit::client::{AttachOptions, Attachment, Client, Config, State};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::{NodeId, SessionId};
use homie_protocol::method::Method;
use homie_protocol::methods::session::{List, ListOutput, ListParams, SessionInfo, SessionState};
use homie_trust::{DeviceIdentity, KeyPair, StateDir};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::home;
use crate::mesh::Mesh;
use crate::on::{self, Far, Where};
use crate::outcome::{Failure, Outcome};
use crate::pick::{Unpicked, pick};

/// How long the node may take to answer: a holder has 5 s to start or to say something.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// The same where the node itself waits up to 30 s for a program.
const ACTED_WITHIN: Duration = Duration::from_secs(40);

/// The node that a command is for.
#[derive(Debug)]
pub(crate) struct Here {
    pub(crate) client: Client,
    /// What its machine is called.
    pub(crate) machine: String,
    /// The node's id.
    pub(crate) id: NodeId,
    /// The state directory of this machine.
    pub(crate) state: StateDir,
    /// Of another machine, what is known of it.
    pub(crate) far: Option<Far>,
}

/// Which sessions a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sought {
    /// All of them.
    Any,
    /// Those that are over.
    Over,
}

/// Calls this machine's node and does something with it.
pub(crate) fn with_node<T>(work: impl AsyncFnOnce(Here) -> Outcome<T>) -> Outcome<T> {
    with_machine(None, work)
}

/// The same with another machine's, if one is named.
pub(crate) fn with_machine<T>(machine: Option<&str>, work: impl AsyncFnOnce(Here) -> Outcome<T>) -> Outcome<T> {
    on_runtime(async {
        let here = match machine {
            None => connect().await?,
            Some(machine) => on::connect(machine).await?,
        };
        work(here).await
    })
}

/// Does something with a session: one of the machine that is named; if none is, one of this machine, else the one of the mesh
/// that has exactly this name.
pub(crate) fn with_session<T>(
    meant: (Where<'_>, &str),
    work: impl AsyncFnOnce(Here, SessionInfo) -> Outcome<T>,
) -> Outcome<T> {
    with_one_of(Sought::Any, meant, work)
}

/// The same with a session that is over, whatever else has its name.
pub(crate) fn with_session_that_is_over<T>(
    meant: (Where<'_>, &str),
    work: impl AsyncFnOnce(Here, SessionInfo) -> Outcome<T>,
) -> Outcome<T> {
    with_one_of(Sought::Over, meant, work)
}

fn with_one_of<T>(
    sought: Sought,
    (place, wanted): (Where<'_>, &str),
    work: impl AsyncFnOnce(Here, SessionInfo) -> Outcome<T>,
) -> Outcome<T> {
    with_machine(place.machine(), async |here| match here.found(sought, wanted).await {
        Err(Failure::NotFound(none)) if place == Where::Anywhere => {
            let (there, session) = elsewhere(sought, wanted).await?.ok_or(Failure::NotFound(none))?;
            work(there, session).await
        }
        session => work(here, session?).await,
    })
}

/// The session of another machine. Without a gateway here nobody knows of any.
async fn elsewhere(sought: Sought, wanted: &str) -> Outcome<Option<(Here, SessionInfo)>> {
    let mesh = match Mesh::ask().await {
        Ok(mesh) => mesh,
        Err(Failure::Unreachable(_)) => return Ok(None),
        Err(other) => return Err(other),
    };
    let Some((machine, session)) = mesh.elsewhere(sought, wanted)? else { return Ok(None) };
    let there = on::connect_to(machine.id, &machine.name).await?;
    let session = there.found(sought, &session.id.to_string()).await?;
    Ok(Some((there, session)))
}

/// Does something that waits, to its end.
pub(crate) fn on_runtime<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work);
    // A thread may still wait for a key, or for a terminal that takes nothing.
    runtime.shutdown_background();
    outcome
}

/// A command has little to do at once.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().context("cannot start threads")
}

/// Calls this machine's node.
pub(crate) async fn connect() -> Outcome<Here> {
    let state = home::state_behind("local.sock")?.ok_or_else(no_node)?;
    let key = KeyPair::machine_public(&state)?;
    let identity = DeviceIdentity::without_key(key)?;
    let client = Client::connect(Config::local(state.local_sock(), Arc::new(identity))).await;
    let client = client.map_err(|refusal| match refusal.code {
        Code::Unreachable => no_node(),
        _ => Failure::from(refusal),
    })?;
    let machine = match &*client.state().borrow() {
        State::Up(up) => up.name.clone(),
        _ => home::host_name(),
    };
    Ok(Here { client, machine, id: homie_trust::node_id(&key), state, far: None })
}

impl Here {
    /// Calls a method.
    pub(crate) async fn ask<M: Method>(&self, params: &M::Params) -> Outcome<M::Output>
    where
        M::Output: 'static,
    {
        self.ask_within::<M>(params, ANSWERED_WITHIN).await
    }

    /// The same for a method that waits for a program.
    pub(crate) async fn ask_patiently<M: Method>(&self, params: &M::Params) -> Outcome<M::Output>
    where
        M::Output: 'static,
    {
        self.ask_within::<M>(params, ACTED_WITHIN).await
    }

    async fn ask_within<M: Method>(&self, params: &M::Params, limit: Duration) -> Outcome<M::Output>
    where
        M::Output: 'static,
    {
        match timeout(limit, self.client.request::<M>(params)).await {
            Ok(answer) => Ok(answer.map_err(|refusal| self.explain(refusal))?),
            Err(_) => Err(self.silent()),
        }
    }

    /// Attaches to a session.
    pub(crate) async fn attach(&self, options: AttachOptions) -> Outcome<Attachment> {
        match timeout(ANSWERED_WITHIN, self.client.attach(options)).await {
            Ok(attachment) => Ok(attachment.map_err(|refusal| self.explain(refusal))?),
            Err(_) => Err(self.silent()),
        }
    }

    /// All sessions, the oldest first.
    pub(crate) async fn sessions(&self) -> Outcome<Vec<SessionInfo>> {
        let (mut sessions, mut after): (_, Option<SessionId>) = (Vec::new(), None);
        loop {
            let page: ListOutput = self.ask::<List>(&ListParams { subscribe: None, after }).await?;
            sessions.extend(page.sessions);
            after = page.next;
            if after.is_none() {
                sessions.sort_by_key(|session| session.created_at);
                return Ok(sessions);
            }
        }
    }

    /// The session that somebody means.
    async fn found(&self, sought: Sought, wanted: &str) -> Outcome<SessionInfo> {
        match sought {
            Sought::Any => picked(&self.sessions().await?, wanted),
            Sought::Over => self.session_that_is_over(wanted).await,
        }
    }

    /// A session's name, so that it can be typed again here.
    pub(crate) fn spoken(&self, name: &str) -> String {
        Far::spoken(self.far.as_ref(), name)
    }

    fn explain(&self, refusal: Refusal) -> Refusal {
        match &self.far {
            Some(far) => far.explain(refusal),
            None => refusal,
        }
    }

    fn silent(&self) -> Failure {
        match &self.far {
            Some(far) => far.silent(),
            None => Failure::Unreachable(anyhow!("the node does not answer; `homie logs` may say why")),
        }
    }

    /// The session that is over and that somebody means, whatever else has its name.
    async fn session_that_is_over(&self, wanted: &str) -> Outcome<SessionInfo> {
        let all = self.sessions().await?;
        let is_over = |session: &&SessionInfo| session.state != SessionState::Running;
        let over: Vec<_> = all.iter().filter(is_over).cloned().collect();
        if pick(&over, wanted).is_err() && pick(&all, wanted).is_ok() {
            return Err(Failure::Refused(anyhow!("{wanted} runs; `homie kill` ends it first")));
        }
        picked(&over, wanted)
    }
}

fn picked(sessions: &[SessionInfo], wanted: &str) -> Outcome<SessionInfo> {
    pick(sessions, wanted).cloned().map_err(|unpicked| match unpicked {
        Unpicked::None { .. } => Failure::NotFound(unpicked.into()),
        Unpicked::Several { .. } => Failure::Usage(unpicked.into()),
    })
}

/// What to do where no node runs, in a sentence.
pub(crate) fn no_node() -> Failure {
    Failure::Unreachable(anyhow!("no node runs here; start one with `homie up --detach`"))
}
