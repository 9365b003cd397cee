//! The same asked of several machines of the mesh: so many at once, each within a limit of time. Whoever does not answer says
//! why, and holds nobody up.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::MachineInfo;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::here::{Here, connect};
use crate::mesh::Mesh;
use crate::on;
use crate::outcome::{Failure, Outcome, code_and_words};

/// Machines that are asked at once.
pub(crate) const AT_ONCE: usize = 8;

/// A machine of the mesh that is to be called.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    id: NodeId,
    pub(crate) name: String,
    is_own: bool,
}

impl From<&MachineInfo> for Target {
    fn from(machine: &MachineInfo) -> Self {
        Self { id: machine.id, name: machine.name.clone(), is_own: machine.is_own }
    }
}

impl Target {
    /// The machines that somebody names, each once; none if one of the names says nothing or may be several.
    pub(crate) fn named(mesh: &Mesh, wanted: &[String]) -> Outcome<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        for wanted in wanted {
            let machines = match wanted.strip_prefix("tag:") {
                Some(tag) => mesh.tagged(tag)?,
                None => vec![mesh.called(wanted)?],
            };
            for machine in machines {
                if found.iter().all(|known| known.id != machine.id) {
                    found.push(machine.into());
                }
            }
        }
        Ok(found)
    }

    /// Calls its node.
    pub(crate) async fn call(&self) -> Outcome<Here> {
        if self.is_own { connect().await } else { on::connect_to(self.id, &self.name).await }
    }
}

/// Asks all of them, and gives their answers, or why there is none, in the order of the machines.
pub(crate) async fn each<T, Asking>(
    machines: &[Target],
    limit: Duration,
    ask: impl Fn(Here) -> Asking + Clone + Send + 'static,
) -> Vec<Result<T, String>>
where
    T: Send + 'static,
    Asking: Future<Output = Outcome<T>> + Send,
{
    let (turns, mut asking) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for (place, machine) in machines.iter().cloned().enumerate() {
        let (turns, ask) = (Arc::clone(&turns), ask.clone());
        asking.spawn(async move {
            let _turn = turns.acquire_owned().await;
            let asked = timeout(limit, async move {
                let here = machine.call().await?;
                ask(here).await
            });
            (place, asked.await.unwrap_or_else(|_| Err(late(limit))).map_err(|failure| code_and_words(&failure).1))
        });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// It does not answer in time.
pub(crate) fn late(limit: Duration) -> Failure {
    Failure::Unreachable(anyhow!("it does not answer within {} seconds", limit.as_secs()))
}
