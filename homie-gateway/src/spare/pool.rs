//! The spares that lie at a gateway, and the tickets that marry one to a circuit. Pure: `now` is passed in, in milliseconds of a
//! clock that only goes forward.
//!
//! A spare that is given out is never given out again, whatever becomes of it: who has it closes it.

use std::collections::BTreeMap;

use homie_protocol::id::NodeId;

/// Spares that lie here of one machine. It keeps two; those of its last run may still be here when the next ones come. Of more
/// the oldest goes.
pub(super) const OF_ONE: usize = 4;

/// Spares that lie here of all machines together; the next one is refused. Each costs a socket and its TLS.
pub(super) const OF_ALL: usize = 512;

/// Tickets that wait for their answer: as many as there are circuits on their way to other machines, twice. One more has to wait.
pub(super) const PLEDGES: usize = 256;

/// How long a ticket is good.
pub(super) const TICKET_MS: u64 = 10_000;

/// How long after one was taken another one is worth waiting for: the machine opens it at once.
const EXPECTED_MS: u64 = 10_000;

/// Written to a spare when it is taken, and said back by the machine.
pub(super) type Ticket = [u8; 16];

/// One spare; never another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpareId(u64);

/// There is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many at once")]
pub(super) struct Full;

/// What lies here, and what is promised. `S` is the spare itself.
#[derive(Debug)]
pub(super) struct Pool<S> {
    machines: BTreeMap<NodeId, Kept<S>>,
    pledges: BTreeMap<Ticket, Pledge>,
    born: u64,
}

#[derive(Debug)]
struct Kept<S> {
    /// The oldest first.
    idle: Vec<(SpareId, S)>,
    taken_at: Option<u64>,
}

#[derive(Debug)]
struct Pledge {
    spare: SpareId,
    until: u64,
}

impl<S> Default for Pool<S> {
    fn default() -> Self {
        Self { machines: BTreeMap::new(), pledges: BTreeMap::new(), born: 0 }
    }
}

impl<S> Pool<S> {
    /// A spare of this machine has come. Gives the one that had to go for it.
    pub(super) fn add(&mut self, machine: NodeId, spare: S) -> Result<(SpareId, Option<S>), Full> {
        let (all, own) = (self.len(), self.of(machine));
        if own < OF_ONE && all >= OF_ALL || !self.has_room_for(machine) {
            return Err(Full);
        }
        self.born += 1;
        let id = SpareId(self.born);
        let kept = self.machines.entry(machine).or_insert_with(|| Kept { idle: Vec::new(), taken_at: None });
        let gone = (own >= OF_ONE).then(|| kept.idle.remove(0).1);
        kept.idle.push((id, spare));
        Ok((id, gone))
    }

    /// Machines that keep nothing here any more give their places to others.
    fn has_room_for(&mut self, machine: NodeId) -> bool {
        if self.machines.len() >= OF_ALL && !self.machines.contains_key(&machine) {
            self.machines.retain(|_, kept| !kept.idle.is_empty());
        }
        self.machines.len() < OF_ALL || self.machines.contains_key(&machine)
    }

    /// Takes the youngest of this machine, which was heard of last, for this ticket; none if none lies here.
    pub(super) fn take(&mut self, machine: NodeId, ticket: Ticket, now: u64) -> Result<Option<(SpareId, S)>, Full> {
        self.pledges.retain(|_, pledge| now < pledge.until);
        if self.pledges.len() >= PLEDGES || self.pledges.contains_key(&ticket) {
            return Err(Full);
        }
        let Some(kept) = self.machines.get_mut(&machine) else { return Ok(None) };
        let Some((spare, taken)) = kept.idle.pop() else { return Ok(None) };
        kept.taken_at = Some(now);
        self.pledges.insert(ticket, Pledge { spare, until: now + TICKET_MS });
        Ok(Some((spare, taken)))
    }

    /// Whether a spare that has said this ticket may be used: it was written to this one, not too long ago, and nobody has said
    /// it before.
    pub(super) fn redeem(&mut self, ticket: &Ticket, spare: SpareId, now: u64) -> bool {
        if self.pledges.get(ticket).is_none_or(|pledge| pledge.spare != spare) {
            return false;
        }
        self.pledges.remove(ticket).is_some_and(|pledge| now < pledge.until)
    }

    /// Nobody waits for this one's answer any more.
    pub(super) fn give_up(&mut self, spare: SpareId) {
        self.pledges.retain(|_, pledge| pledge.spare != spare);
    }

    /// A spare that lay here is dead.
    pub(super) fn lost(&mut self, machine: NodeId, spare: SpareId) {
        if let Some(kept) = self.machines.get_mut(&machine) {
            kept.idle.retain(|(id, _)| *id != spare);
        }
    }

    /// Forgets the machines that are none of the mesh any more, and gives up what lies here of them.
    pub(super) fn retain(&mut self, is_member: impl Fn(NodeId) -> bool) {
        self.machines.retain(|machine, _| is_member(*machine));
    }

    /// Whether this machine has kept one here, since it came into the mesh and this gateway began.
    pub(super) fn knows(&self, machine: NodeId) -> bool {
        self.machines.contains_key(&machine)
    }

    /// Whether one lies here, or the next is on its way.
    pub(super) fn expects(&self, machine: NodeId, now: u64) -> bool {
        self.machines
            .get(&machine)
            .is_some_and(|kept| !kept.idle.is_empty() || kept.taken_at.is_some_and(|taken| now < taken + EXPECTED_MS))
    }

    /// How many of this machine lie here.
    pub(super) fn of(&self, machine: NodeId) -> usize {
        self.machines.get(&machine).map_or(0, |kept| kept.idle.len())
    }

    fn len(&self) -> usize {
        self.machines.values().map(|kept| kept.idle.len()).sum()
    }
}

#[cfg(test)]
#[path = "pool_model.rs"]
mod model;
#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
