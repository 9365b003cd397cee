//! What is known of the machines of the mesh and their sessions, and what of it has changed. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use homie_protocol::event::{MachineChanged, MeshSessionChanged};
use homie_protocol::id::{NodeId, SessionId};
use homie_protocol::limits::PAGE;
use homie_protocol::methods::machine::{
    MachineInfo, MachineState, MachinesOutput, MeshSession, MeshSessionsOutput, SessionPlace,
};
use homie_protocol::methods::presence::Presence;
use homie_protocol::methods::session::{Cost, SessionInfo};
use homie_trust::{Machine, internet_page, key_door};

use super::cut;
use crate::twin::TWO;

/// Machines in one answer: each may have sixteen origins and says much of itself.
const MACHINES: usize = 100;

/// What somebody is told of. A machine comes before its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    Machine(NodeId),
    Session(SessionPlace),
}

impl Told {
    /// Whose it is.
    pub(super) const fn machine(self) -> NodeId {
        match self {
            Self::Machine(machine) | Self::Session(SessionPlace { machine, .. }) => machine,
        }
    }
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    Machine(MachineChanged),
    Session(MeshSessionChanged),
}

/// Whose machines somebody is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    All,
    One(NodeId),
}

impl Sight {
    pub(super) fn has(self, machine: NodeId) -> bool {
        self == Self::All || self == Self::One(machine)
    }
}

/// The machines.
#[derive(Debug, Default)]
pub(super) struct Table {
    machines: BTreeMap<NodeId, Entry>,
    changed: BTreeSet<Told>,
    /// Those whose key two machines have.
    twins: BTreeSet<NodeId>,
}

#[derive(Debug)]
struct Entry {
    info: MachineInfo,
    /// What its owners have tagged it with.
    tags: Vec<String>,
    /// Why it is not there, as far as its circuit tells.
    why: Option<String>,
    sessions: BTreeMap<SessionId, SessionInfo>,
}

impl Table {
    /// These are the machines now. One that stays keeps what is known of it.
    pub(super) fn set(&mut self, machines: &[Machine], own: NodeId) {
        let members: BTreeMap<NodeId, &Machine> =
            machines.iter().filter(|machine| !machine.is_retired).map(|machine| (machine.id(), machine)).collect();
        let gone: Vec<NodeId> = self.machines.keys().filter(|id| !members.contains_key(id)).copied().collect();
        for id in gone {
            self.remove(id);
        }
        for (id, machine) in members {
            let entry = self.machines.entry(id).or_insert_with(|| Entry::new(id, id == own));
            entry.tags.clone_from(&machine.tags);
            self.update(id, |info| (info.name, info.origins) = (machine.name.clone(), pages(machine)));
        }
    }

    fn remove(&mut self, id: NodeId) {
        let Some(entry) = self.machines.remove(&id) else { return };
        self.changed.insert(Told::Machine(id));
        // Each by itself: before anybody is told the machine may be there again, with others.
        let sessions = entry.sessions.into_keys();
        self.changed.extend(sessions.map(|session| Told::Session(SessionPlace { machine: id, session })));
    }

    /// A machine is there, or why it is not, at this time.
    pub(super) fn state(&mut self, id: NodeId, state: MachineState, why: Option<&str>, now: u64) {
        if let Some(entry) = self.machines.get_mut(&id) {
            entry.why = why.map(|why| {
                let mut why = why.to_owned();
                cut::shorten(&mut why, cut::WHY);
                why
            });
        }
        self.update(id, |info| {
            if state == MachineState::Up || info.state == MachineState::Up {
                info.seen_at = Some(now);
            }
            info.state = state;
            info.through = None;
        });
    }

    /// Two machines have the key of each of these.
    pub(super) fn twins(&mut self, twins: &[NodeId]) {
        let before = std::mem::replace(&mut self.twins, twins.iter().copied().collect());
        let all: BTreeSet<_> = before.union(&self.twins).copied().collect();
        for id in all {
            self.update(id, |_| {});
        }
    }

    /// On which way a machine is there: through this gateway, or straight.
    pub(super) fn way(&mut self, id: NodeId, through: Option<&str>) {
        self.update(id, |info| info.through = through.map(str::to_owned));
    }

    /// What a machine says of itself.
    pub(super) fn presence(&mut self, id: NodeId, said: Presence) {
        self.update(id, |info| info.presence = Some(cut::presence(said)));
    }

    fn update(&mut self, id: NodeId, change: impl FnOnce(&mut MachineInfo)) {
        let Some(entry) = self.machines.get_mut(&id) else { return };
        let before = entry.info.clone();
        change(&mut entry.info);
        entry.info.why = if self.twins.contains(&id) { Some(TWO.to_owned()) } else { entry.why.clone() };
        entry.info.tags = entry.shown_tags();
        if entry.info != before {
            self.changed.insert(Told::Machine(id));
        }
    }

    /// These are the sessions of a machine now.
    pub(super) fn sessions<'a>(&mut self, id: NodeId, now: impl Iterator<Item = &'a SessionInfo>) {
        let Some(entry) = self.machines.get_mut(&id) else { return };
        let (now, unlisted) = cut::listed(now);
        let before = std::mem::replace(&mut entry.sessions, now);
        let now = &entry.sessions;
        let is_same = |session: &SessionId| before.get(session) == now.get(session);
        let all: BTreeSet<_> = before.keys().chain(now.keys()).copied().collect();
        let changed = all.into_iter().filter(|session| !is_same(session));
        self.changed.extend(changed.map(|session| Told::Session(SessionPlace { machine: id, session })));
        self.update(id, |info| info.unlisted = unlisted);
    }

    /// Whether there are other machines and none of them is there. Who does not know yet which there are is alone.
    pub(super) fn is_alone(&self) -> bool {
        let mut others = self.machines.values().filter(|entry| !entry.info.is_own).peekable();
        let has_others = others.peek().is_some();
        let is_up = others.any(|other| other.info.state == MachineState::Up);
        self.machines.is_empty() || (has_others && !is_up)
    }

    /// Whether this machine is of the mesh.
    pub(super) fn has(&self, id: NodeId) -> bool {
        self.machines.contains_key(&id)
    }

    /// What has changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> BTreeSet<Told> {
        std::mem::take(&mut self.changed)
    }

    /// How it is now.
    pub(super) fn news(&self, told: Told) -> News {
        let entry = self.machines.get(&told.machine());
        match told {
            Told::Machine(id) => {
                let machine = entry.map(|entry| entry.info.clone());
                let removed = machine.is_none().then_some(id);
                News::Machine(MachineChanged { machine, removed })
            }
            Told::Session(SessionPlace { machine, session: id }) => {
                let session = entry.and_then(|entry| entry.sessions.get(&id)).cloned();
                let removed = session.is_none().then_some(id);
                News::Session(MeshSessionChanged { machine, session, removed })
            }
        }
    }

    /// The machines that somebody may see, after this one.
    pub(super) fn machines(&self, sight: Sight, after: Option<NodeId>) -> MachinesOutput {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let seen = self.machines.range((from, Bound::Unbounded)).filter(|(id, _)| sight.has(**id));
        let mut rest = seen.map(|(_, entry)| &entry.info);
        let machines: Vec<_> = rest.by_ref().take(MACHINES).cloned().collect();
        let next = rest.next().and(machines.last()).map(|last| last.id);
        MachinesOutput { machines, next }
    }

    /// The sessions of the machines that somebody may see, after this one.
    pub(super) fn sessions_after(&self, sight: Sight, after: Option<SessionPlace>) -> MeshSessionsOutput {
        let mut rest = self.places_after(after).filter(|(machine, _)| sight.has(*machine)).peekable();
        let (mut sessions, mut cost) = (Vec::new(), Cost::default());
        while let Some((machine, session)) = rest.next_if(|(_, session)| cost.admits(session) && sessions.len() < PAGE)
        {
            sessions.push(MeshSession { machine, session: session.clone() });
        }
        let place = |last: &MeshSession| SessionPlace { machine: last.machine, session: last.session.id };
        let next = rest.next().and(sessions.last()).map(place);
        MeshSessionsOutput { sessions, next }
    }

    fn places_after(&self, after: Option<SessionPlace>) -> impl Iterator<Item = (NodeId, &SessionInfo)> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Included(after.machine));
        let is_new = move |machine: NodeId, session: SessionId| {
            after.is_none_or(|after| SessionPlace { machine, session } > after)
        };
        self.machines.range((from, Bound::Unbounded)).flat_map(move |(machine, entry)| {
            let new = entry.sessions.values().filter(move |session| is_new(*machine, session.id));
            new.map(|session| (*machine, session))
        })
    }
}

/// The addresses of a key door are no pages.
fn pages(machine: &Machine) -> Vec<String> {
    let is_known = |origin: &&String| key_door(origin).is_none() && internet_page(origin).is_none();
    let known = machine.origins.iter().filter(is_known).map(String::as_str);
    known.chain(machine.internet_pages()).map(str::to_owned).collect()
}

impl Entry {
    fn new(id: NodeId, is_own: bool) -> Self {
        let info = MachineInfo {
            id,
            name: String::new(),
            is_own,
            state: MachineState::Calling,
            why: None,
            seen_at: None,
            through: None,
            origins: Vec::new(),
            tags: Vec::new(),
            presence: None,
            unlisted: 0,
        };
        Self { info, tags: Vec::new(), why: None, sessions: BTreeMap::new() }
    }

    /// What owners say, and where they say nothing, what it says itself.
    fn shown_tags(&self) -> Vec<String> {
        let claimed = self.info.presence.as_ref().map(|said| said.tags.as_slice()).unwrap_or_default();
        if self.tags.is_empty() { claimed.to_vec() } else { self.tags.clone() }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
