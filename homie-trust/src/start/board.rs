//! Where the starts of machines meet: each tells its own here, and takes away what others with its key have signed. Who tells
//! proves with its key that it lives now; nothing else that it says is believed. Pure: the time comes in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use homie_protocol::hello::{MachineKey, Signature};
use homie_protocol::id::{NodeId, StartId};
use homie_protocol::methods::start::{MeetOutput, MeetParams, StartSignature};

use super::has_signed;
use crate::device::node_id;
use crate::error::TrustError;
use crate::random::{Random, random_bytes};

/// A start that has not been told again for so long is kept no more: each is told every ten seconds.
const KEPT: Duration = Duration::from_secs(25);

/// Starts of one machine that are kept; of more, who was told longest ago gives way.
const STARTS: usize = 8;

/// Signatures that are looked at: of this board's own start, and of the others.
const SIGNED: usize = 8;

/// Machines of which is told that they are two.
const TWINS: usize = 64;

/// What was told here.
#[derive(Debug)]
pub struct Board {
    own: StartId,
    machines: BTreeMap<NodeId, BTreeMap<StartId, Told>>,
}

#[derive(Debug)]
struct Told {
    at: Instant,
    /// What it has signed of the others.
    signed: BTreeMap<StartId, Signature>,
}

impl Board {
    /// An empty one.
    pub fn new(random: &dyn Random) -> Result<Self, TrustError> {
        Ok(Self { own: StartId::from_bytes(random_bytes(random)?), machines: BTreeMap::new() })
    }

    /// A start of the machine with this key is told. What is not signed by that key is as if it had not been said.
    pub fn meet(&mut self, key: &MachineKey, said: &MeetParams, now: Instant) -> MeetOutput {
        self.forget(now);
        let answer = self.lives(key, said).then(|| self.take(key, said, now));
        let (others, signed) = answer.unwrap_or_default();
        MeetOutput { own: self.own, others, signed, twins: self.twins() }
    }

    /// Whether who says this has the key, and lives after this board began.
    fn lives(&self, key: &MachineKey, said: &MeetParams) -> bool {
        let word = said.signed.iter().take(SIGNED).find(|word| word.start == self.own);
        node_id(key) == said.machine && word.is_some_and(|word| has_signed(key, said.start, self.own, word))
    }

    fn take(&mut self, key: &MachineKey, said: &MeetParams, now: Instant) -> (Vec<StartId>, Vec<StartSignature>) {
        let starts = self.machines.entry(said.machine).or_default();
        let of_others = said.signed.iter().take(SIGNED).filter(|word| starts.contains_key(&word.start));
        let good = of_others.filter(|word| has_signed(key, said.start, word.start, word));
        let good: BTreeMap<_, _> = good.map(|word| (word.start, word.sig)).collect();
        let told = starts.entry(said.start).or_insert_with(|| Told { at: now, signed: BTreeMap::new() });
        told.at = now;
        told.signed.extend(good);
        make_room(starts, said.start);
        let others = || starts.iter().filter(|(start, _)| **start != said.start);
        let word = |(start, told): (&StartId, &Told)| {
            Some(StartSignature { start: *start, sig: *told.signed.get(&said.start)? })
        };
        (others().map(|(start, _)| *start).collect(), others().filter_map(word).collect())
    }

    /// The machines of which two are here that have signed each other. Each has seen the other's start, which nobody could know
    /// before, so both live at once.
    pub(super) fn twins(&self) -> Vec<NodeId> {
        let two = self.machines.iter().filter(|(_, starts)| are_two(starts));
        two.map(|(machine, _)| *machine).take(TWINS).collect()
    }

    fn forget(&mut self, now: Instant) {
        self.machines.retain(|_, starts| {
            starts.retain(|_, told| now.saturating_duration_since(told.at) < KEPT);
            !starts.is_empty()
        });
    }

    #[cfg(test)]
    pub(super) fn own(&self) -> StartId {
        self.own
    }
}

fn are_two(starts: &BTreeMap<StartId, Told>) -> bool {
    let has_signed = |one: &StartId, other| starts.get(one).is_some_and(|told| told.signed.contains_key(other));
    starts.iter().any(|(start, told)| told.signed.keys().any(|other| has_signed(other, start)))
}

/// The one that is told now stays.
fn make_room(starts: &mut BTreeMap<StartId, Told>, now: StartId) {
    while starts.len() > STARTS {
        let others = starts.iter().filter(|(start, _)| **start != now);
        let Some(oldest) = others.min_by_key(|(_, told)| told.at).map(|(start, _)| *start) else { return };
        starts.remove(&oldest);
        for told in starts.values_mut() {
            told.signed.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Start;
    use super::*;
    use crate::key_pair::KeyPair;
    use crate::random::SystemRandom;

    #[test]
    fn what_is_kept_has_a_bound_and_whoever_is_told_now_stays() {
        let (key, now) = (Arc::new(KeyPair::generate().expect("a key")), Instant::now());
        let mut board = Board::new(&SystemRandom).expect("a board");
        for number in 0..20 {
            let start = Start::new(Arc::clone(&key), &SystemRandom).expect("a start");
            let signed = vec![start.sign(board.own).expect("signed")];
            let said = MeetParams { machine: start.machine(), start: start.id(), signed };
            let answer = board.meet(&key.machine_key(), &said, now + Duration::from_millis(number));
            assert!(answer.others.len() < STARTS);
            assert!(board.machines[&start.machine()].contains_key(&start.id()));
        }
        let key = key.machine_key();
        let nobody = MeetParams { machine: node_id(&key), start: board.own, signed: Vec::new() };
        board.meet(&key, &nobody, now + KEPT + KEPT);
        assert!(board.machines.is_empty(), "and it is forgotten");
    }
}
