//! How many places callers from the internet have taken, all together and of each address: one that takes all it can get leaves room
//! for the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use homie_trust::Source;

/// The places. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    taken: Arc<Mutex<Taken>>,
    of_one: usize,
    of_all: usize,
}

/// Those that are taken.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<Source, usize>,
}

/// One place; dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Spot {
    crowd: Crowd,
    source: Source,
}

impl Crowd {
    /// So many for one address, and so many for all.
    pub(crate) fn new(of_one: usize, of_all: usize) -> Self {
        Self { taken: Arc::default(), of_one, of_all }
    }

    /// Takes a place, if there is one.
    pub(crate) fn enter(&self, source: &Source) -> Option<Spot> {
        let mut taken = self.taken();
        let own = taken.by.get(source).copied().unwrap_or_default();
        if taken.all >= self.of_all || own >= self.of_one {
            return None;
        }
        taken.all += 1;
        taken.by.insert(source.clone(), own + 1);
        Some(Spot { crowd: self.clone(), source: source.clone() })
    }

    // Every change is whole before anything that could panic.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        let mut taken = self.crowd.taken();
        taken.all = taken.all.saturating_sub(1);
        match taken.by.get_mut(&self.source) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.by.remove(&self.source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(ip: &str) -> Source {
        Source::of(ip.parse().unwrap())
    }

    #[test]
    fn one_address_leaves_room_for_others_and_what_is_left_is_free_again() {
        let crowd = Crowd::new(2, 3);
        let (one, neighbour, other) = (source("2001:db8::1"), source("2001:db8::2"), source("192.0.2.7"));
        let first = crowd.enter(&one).unwrap();
        let _second = crowd.enter(&neighbour).unwrap();
        assert!(crowd.enter(&one).is_none(), "both are of one /64");
        let third = crowd.enter(&other).unwrap();
        assert!(crowd.enter(&other).is_none(), "all are taken");
        drop((first, third));
        assert!(crowd.enter(&one).is_some() && crowd.enter(&other).is_some());
        assert_eq!(crowd.taken().by.len(), 1, "nobody is remembered who is gone");
    }
}
