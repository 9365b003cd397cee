//! `mesh.roster.*`: what node and gateway tell of the roster, and take from callers. Whoever brings an entry proves nothing
//! by it: its signature does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::Role;
use homie_protocol::limits::{ENTRIES_READ, ENTRIES_TOLD};
use homie_protocol::methods::mesh::{
    MeshService, NamesOutput, ReadOutput, ReadParams, TellOutput, TellParams, WaitOutput, WaitParams,
};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::audit::Actor;
use crate::exchange::Server;
use crate::greeter::{Caller, Who};
use crate::tailnet::TailnetCaller;

/// How long an answer is held back for something new: less than proxies and clients give up after.
const WAITS: Duration = Duration::from_secs(20);

/// How often is looked for it: another machine is to hear of a revocation within two seconds.
const LOOK: Duration = Duration::from_millis(250);

/// Serves them to one circuit.
#[derive(Debug, Clone)]
pub struct RosterDesk {
    server: Arc<Server>,
    found: Option<watch::Receiver<TailnetCaller>>,
}

impl RosterDesk {
    /// For a caller who came from the tailnet, if it did, as whom it is found to be at any time.
    pub fn new(server: Arc<Server>, found: Option<watch::Receiver<TailnetCaller>>) -> Self {
        Self { server, found }
    }

    fn role_of(&self, caller: &Caller) -> Result<Role, Refusal> {
        self.server.role_now(caller, self.found.as_ref().map(watch::Receiver::borrow).as_deref())
    }
}

impl MeshService for RosterDesk {
    type Caller = Caller;

    async fn names(&self, _: &Caller, _: Empty) -> Result<NamesOutput, Refusal> {
        let members = self.server.roster.members()?;
        Ok(NamesOutput { root: members.root(), names: members.by_owners().map(|(name, _)| name).collect() })
    }

    async fn read(&self, _: &Caller, params: ReadParams) -> Result<ReadOutput, Refusal> {
        at_most(ENTRIES_READ, params.names.len(), "names")?;
        let members = self.server.roster.members()?;
        let wanted: BTreeSet<_> = params.names.into_iter().collect();
        let known = members.by_owners().filter(|(name, _)| wanted.contains(name));
        Ok(ReadOutput { entries: known.map(|(_, signed)| signed.clone()).collect() })
    }

    async fn tell(&self, caller: &Caller, params: TellParams) -> Result<TellOutput, Refusal> {
        at_most(ENTRIES_TOLD, params.entries.len(), "entries")?;
        let (server, actor) = (Arc::clone(&self.server), actor(caller));
        let taken = spawn_blocking(move || server.roster.merge(&params.root, &params.entries, &actor)).await;
        let lost = |_| Refusal::new(Code::Internal, "the entries could not be taken; this machine's log says why");
        taken.map_err(lost)??;
        Ok(TellOutput { role: self.role_of(caller)? })
    }

    async fn wait(&self, _: &Caller, params: WaitParams) -> Result<WaitOutput, Refusal> {
        let until = Instant::now() + WAITS;
        loop {
            let head = self.server.roster.members()?.head();
            if head != params.head || Instant::now() >= until {
                return Ok(WaitOutput { head });
            }
            sleep(LOOK).await;
        }
    }
}

fn at_most(most: usize, count: usize, field: &str) -> Result<(), Refusal> {
    if count <= most { Ok(()) } else { Err(Refusal::new(Code::OutOfRange, format!("{field}: at most {most} at once"))) }
}

fn actor(caller: &Caller) -> Actor {
    match caller.device() {
        Some(device) => Actor::device(device.id, "mesh.roster.tell"),
        None if matches!(caller.who, Who::Local { .. }) => Actor::local("mesh.roster.tell"),
        None => Actor::unknown("mesh.roster.tell"),
    }
}
