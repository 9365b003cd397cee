//! Everything that was found, and which place is to be asked next. Pure: the time and the lots come in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::{FoundAt, FoundBy, FoundMachine, FoundOutput};

use super::about::About;
use super::patience::{again, first};
use crate::reach::Place;

/// Machines that are shown.
const SHOWN: usize = 64;

/// Places of a machine that are shown.
const PLACES: usize = 8;

/// Questions that may be under way at once.
const AT_ONCE: usize = 8;

/// Of them, those at places of which the local network tells: whoever is on its cable makes as many as it likes …
const HEARD_AT_ONCE: usize = 4;

/// … and has one asked so often at most.
const HEARD_EVERY: Duration = Duration::from_millis(125);

/// A place that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) place: Place,
    /// Whether somebody says that there is a machine now.
    pub(crate) is_there: bool,
}

/// What a place is called here: who has told of it, and its full name with the port that is tried first. Of whom the local network
/// tells, the key that is expected there as well: two may say that they are there.
pub(super) type Key = (FoundBy, String);

/// What a place is called of which the local network tells.
pub(super) fn heard_at(place: &Place) -> Key {
    let expected = place.node.map(|node| node.to_string()).unwrap_or_default();
    (FoundBy::Lan, format!("{} {expected}", place.authority()))
}

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    asked: BTreeMap<Key, Asked>,
    /// Questions that are under way.
    open: usize,
    /// Those of them at places that were heard of.
    open_heard: usize,
    /// When another one of these may be asked.
    heard_from: Option<Instant>,
    changes: u64,
}

#[derive(Debug)]
struct Asked {
    candidate: Candidate,
    /// When it is asked next; not while it is being asked.
    due: Option<Instant>,
    misses: u32,
    /// What it said last, and at which port.
    said: Option<(About, u16)>,
}

/// When one of those is asked of whom the local network tells.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// Not before an answer.
    None,
    /// Then.
    From(Instant),
    Now,
}

impl Registry {
    /// These are the places of the tailnet now.
    pub(super) fn set_tailnet(&mut self, candidates: Vec<Candidate>, now: Instant, lot: &mut dyn FnMut() -> u8) {
        self.set(FoundBy::Tailnet, candidates, now, lot);
    }

    /// These are written down.
    pub(super) fn set_settings(&mut self, candidates: impl Iterator<Item = Candidate>, now: Instant) {
        self.set(FoundBy::Settings, candidates.collect(), now, &mut || 0);
    }

    /// Of these the local network tells now.
    pub(super) fn set_heard(&mut self, candidates: Vec<Candidate>, now: Instant, lot: &mut dyn FnMut() -> u8) {
        self.set(FoundBy::Lan, candidates, now, lot);
    }

    fn set(&mut self, by: FoundBy, candidates: Vec<Candidate>, now: Instant, lot: &mut dyn FnMut() -> u8) {
        let mut new: BTreeMap<Key, Candidate> = BTreeMap::new();
        for candidate in candidates {
            let key = if by == FoundBy::Lan { heard_at(&candidate.place) } else { (by, candidate.place.authority()) };
            new.entry(key).or_insert(candidate);
        }
        let before = self.asked.len();
        self.asked.retain(|key, _| key.0 != by || new.contains_key(key));
        if self.asked.len() != before {
            self.changes += 1;
        }
        for (key, candidate) in new {
            let due = now + first(lot());
            match self.asked.get_mut(&key) {
                Some(asked) => asked.is_now(candidate, due),
                None => drop(self.asked.insert(key, Asked { candidate, due: Some(due), misses: 0, said: None })),
            }
        }
    }

    /// What is to be asked now, as far as there is room.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(Key, Place)> {
        let room = self.room();
        let is_due = |by: FoundBy, asked: &Asked| asked.due_where(by, room).is_some_and(|due| due <= now);
        let mut due: Vec<_> = self.asked.iter_mut().filter(|(key, asked)| is_due(key.0, asked)).collect();
        // Who has waited longest comes first, or a long list would never get to its end.
        due.sort_by_key(|(_, asked)| asked.due);
        let mut heard = 0;
        due.retain(|(key, _)| {
            heard += usize::from(key.0 == FoundBy::Lan);
            key.0 != FoundBy::Lan || heard == 1
        });
        due.truncate(AT_ONCE.saturating_sub(self.open));
        self.open += due.len();
        if due.iter().any(|(key, _)| key.0 == FoundBy::Lan) {
            self.open_heard += 1;
            self.heard_from = Some(now + HEARD_EVERY);
        }
        let taken = due.into_iter().map(|(key, asked)| {
            asked.due = None;
            (key.clone(), asked.candidate.place.clone())
        });
        taken.collect()
    }

    /// When the next is due; nothing: none before something changes.
    pub(super) fn next(&self) -> Option<Instant> {
        if self.open >= AT_ONCE {
            return None;
        }
        let room = self.room();
        self.asked.iter().filter_map(|(key, asked)| asked.due_where(key.0, room)).min()
    }

    /// When a place that was heard of may be asked.
    fn room(&self) -> Room {
        match self.heard_from {
            _ if self.open_heard >= HEARD_AT_ONCE => Room::None,
            Some(from) => Room::From(from),
            None => Room::Now,
        }
    }

    /// A question has its answer, or none.
    pub(super) fn answered(&mut self, key: &Key, said: Option<(About, u16)>, now: Instant, lot: u8) {
        self.open = self.open.saturating_sub(1);
        self.open_heard = self.open_heard.saturating_sub(usize::from(key.0 == FoundBy::Lan));
        // It is not looked for any more.
        let Some(asked) = self.asked.get_mut(key) else { return };
        asked.misses = if said.is_some() { 0 } else { asked.misses.saturating_add(1) };
        // It may have come back while it was being asked; then it is due already.
        asked.due.get_or_insert(now + again(asked.misses, lot));
        if asked.said != said {
            asked.said = said;
            self.changes += 1;
        }
    }

    /// Whether the machine that is expected there has answered the last time.
    pub(super) fn answers(&self, key: &Key) -> bool {
        self.asked.get(key).is_some_and(|asked| asked.said.is_some())
    }

    /// There is news of this place: it is asked now, unless it is being asked.
    pub(super) fn ask_again(&mut self, key: &Key, now: Instant) {
        let Some(asked) = self.asked.get_mut(key) else { return };
        asked.misses = 0;
        asked.due = asked.due.map(|due| due.min(now));
    }

    /// Counts what has become known, or is known no more.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Where a node says it is.
    pub(super) fn places(&self, node: NodeId) -> Vec<Place> {
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        for asked in self.asked.values() {
            let Some((_, port)) = asked.said.as_ref().filter(|(about, _)| about.node == node) else { continue };
            let place = Place { port: *port, is_usual: false, ..asked.candidate.place.clone() };
            // Two may have told of the same one.
            places.entry(place.authority()).or_insert(place);
        }
        places.into_values().take(PLACES).collect()
    }

    /// The machines that are none of these.
    pub(super) fn others(&self, is_known: impl Fn(NodeId) -> bool) -> FoundOutput {
        let mut found: BTreeMap<NodeId, FoundMachine> = BTreeMap::new();
        for ((by, _), asked) in &self.asked {
            let Some((about, port)) = asked.said.as_ref().filter(|(about, _)| !is_known(about.node)) else { continue };
            let place = Place { port: *port, ..asked.candidate.place.clone() };
            let machine = found.entry(about.node).or_insert_with(|| FoundMachine {
                node: about.node,
                name: about.name.clone(),
                homie: about.homie.clone(),
                places: Vec::new(),
            });
            if machine.places.len() < PLACES {
                machine.places.push(FoundAt { by: *by, address: place.authority() });
            }
        }
        let mut found: Vec<_> = found.into_values().collect();
        found.sort_by(|one, other| (&one.name, one.node).cmp(&(&other.name, other.node)));
        let unlisted = u32::try_from(found.len().saturating_sub(SHOWN)).unwrap_or(u32::MAX);
        found.truncate(SHOWN);
        FoundOutput { found, unlisted }
    }
}

impl Asked {
    /// When it may be asked.
    fn due_where(&self, by: FoundBy, heard: Room) -> Option<Instant> {
        let due = self.due.filter(|_| self.candidate.is_there)?;
        match heard {
            Room::From(from) if by == FoundBy::Lan => Some(due.max(from)),
            Room::None if by == FoundBy::Lan => None,
            _ => Some(due),
        }
    }

    /// It is so now. A machine that comes back is asked at once, whatever was before.
    fn is_now(&mut self, candidate: Candidate, due: Instant) {
        if candidate.is_there && !self.candidate.is_there {
            self.misses = 0;
            self.due = Some(due);
        }
        self.candidate = candidate;
    }
}

#[cfg(test)]
mod tests;
