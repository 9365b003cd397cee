//! `mesh.machine.*` and `mesh.session.list`: who asks for the table, and who is told of its changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use homie_circuit::{FrameWriter, Subscribers, Turn};
use homie_protocol::code::Refusal;
use homie_protocol::control::Empty;
use homie_protocol::id::{CircuitId, NodeId};
use homie_protocol::methods::machine::{
    FoundOutput, MachineService, MachinesOutput, MachinesParams, MeshSessionsOutput, MeshSessionsParams,
};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use super::table::{News, Sight, Table, Told};
use crate::find::Found;
use crate::homecoming::Alone;

/// How long changes are gathered once some were told: a hundred machines that change all the time are ten messages a second
/// and session, not a thousand.
const GATHERED: Duration = Duration::from_millis(100);

/// How long after the last word of another machine nothing is missed that matters: a gateway that is killed sends its clients to us.
const UNHEARD: Duration = Duration::from_secs(10);

/// The table, and those who are told.
#[derive(Debug)]
pub(crate) struct Desk {
    own: NodeId,
    /// Machines that are none of the mesh.
    found: Arc<Found>,
    state: Mutex<State>,
    changed: Notify,
    /// Whether another machine is heard.
    alone: watch::Sender<Alone>,
}

#[derive(Debug, Default)]
struct State {
    table: Table,
    /// Those who may see all machines.
    members: Subscribers<Told>,
    /// Those who may see this one.
    guests: Subscribers<Told>,
}

/// A circuit that asks.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) circuit: CircuitId,
    pub(crate) writer: FrameWriter,
    pub(crate) turn: Turn,
    /// Whether the roster knows the device.
    pub(crate) is_member: bool,
}

impl Desk {
    /// Of the gateway on this machine.
    pub(super) fn new(own: NodeId, found: Arc<Found>) -> Self {
        Self {
            own,
            found,
            state: Mutex::default(),
            changed: Notify::new(),
            alone: watch::Sender::new(Some(Instant::now())),
        }
    }

    /// Something is known better.
    pub(super) fn learn(&self, change: impl FnOnce(&mut Table)) {
        let mut state = self.state();
        change(&mut state.table);
        let is_alone = state.table.is_alone();
        self.alone.send_if_modified(|since| {
            let is_news = since.is_some() != is_alone;
            if is_news {
                *since = is_alone.then(|| Instant::now() + UNHEARD);
            }
            is_news
        });
        drop(state);
        self.changed.notify_one();
    }

    /// Tells whether another machine is heard.
    pub(crate) fn alone(&self) -> watch::Receiver<Alone> {
        self.alone.subscribe()
    }

    /// Tells changes, for ever.
    pub(super) async fn tell(&self) {
        loop {
            self.changed.notified().await;
            self.state().tell(self.own);
            sleep(GATHERED).await;
        }
    }

    /// The answer of this turn has left: what has changed meanwhile follows it.
    pub(crate) fn answered(&self, circuit: CircuitId, turn: Turn) {
        let mut guard = self.state();
        let State { table, members, guests } = &mut *guard;
        for subscribers in [members, guests] {
            for told in subscribers.release(circuit, turn) {
                match table.news(told) {
                    News::Machine(news) => subscribers.tell_one(circuit, told, &news),
                    News::Session(news) => subscribers.tell_one(circuit, told, &news),
                }
            }
        }
    }

    /// The circuit is over.
    pub(crate) fn closed(&self, circuit: CircuitId) {
        let mut state = self.state();
        state.members.remove(circuit);
        state.guests.remove(circuit);
    }

    fn sight(&self, asking: &Asking) -> Sight {
        if asking.is_member { Sight::All } else { Sight::One(self.own) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The table is changed in steps that leave it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, own: NodeId) {
        for told in self.table.take_changed() {
            let guests = (told.machine() == own).then_some(&mut self.guests);
            for subscribers in [Some(&mut self.members), guests].into_iter().flatten() {
                match self.table.news(told) {
                    News::Machine(news) => subscribers.tell(told, &news),
                    News::Session(news) => subscribers.tell(told, &news),
                }
            }
        }
    }

    /// Whom an asking circuit is counted among, and held back for.
    fn subscribers(&mut self, asking: &Asking) -> &mut Subscribers<Told> {
        if asking.is_member { &mut self.members } else { &mut self.guests }
    }
}

/// The desk, as circuits ask it.
pub(crate) struct Asked(pub(crate) Arc<Desk>);

impl MachineService for Asked {
    type Caller = Asking;

    async fn machines(&self, asking: &Asking, params: MachinesParams) -> Result<MachinesOutput, Refusal> {
        let mut state = self.0.state();
        if params.subscribe == Some(true) {
            // What is told from now on is what changes from now on.
            state.tell(self.0.own);
            state.subscribers(asking).add(asking.circuit, asking.writer.clone());
        }
        state.subscribers(asking).hold(asking.circuit, asking.turn);
        Ok(state.table.machines(self.0.sight(asking), params.after))
    }

    async fn sessions(&self, asking: &Asking, params: MeshSessionsParams) -> Result<MeshSessionsOutput, Refusal> {
        let mut state = self.0.state();
        state.subscribers(asking).hold(asking.circuit, asking.turn);
        Ok(state.table.sessions_after(self.0.sight(asking), params.after))
    }

    async fn found(&self, asking: &Asking, _: Empty) -> Result<FoundOutput, Refusal> {
        if !asking.is_member {
            return Ok(FoundOutput { found: Vec::new(), unlisted: 0 });
        }
        let state = self.0.state();
        Ok(self.0.found.others(|node| state.table.has(node)))
    }
}

#[cfg(test)]
#[path = "desk_model.rs"]
mod model;
