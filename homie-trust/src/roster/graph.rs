//! What came after what: entries in an order in which each follows all that its signer had seen. Pure.
//!
//! Nobody's clock is asked. An entry names the newest entries its signer knew, so that it follows them and all they follow.

use std::collections::BTreeMap;

use homie_protocol::roster::EntryHash;

use super::admitted::Admitted;

/// An entry in its place. Places count from 0; the order is the same for everybody who has the same entries.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) held: &'a Admitted,
    pub(crate) place: usize,
    before: Places,
}

impl Node<'_> {
    /// Whether the signer of this had seen that one.
    pub(crate) fn follows(&self, other: &Node<'_>) -> bool {
        self.before.has(other.place)
    }
}

/// Puts entries in order: by the length of the longest way to the first, then by name. One that follows what is not here
/// is left out, for nobody can tell yet what its signer had seen.
pub(crate) fn in_order<'a>(entries: impl Iterator<Item = &'a Admitted>) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut before: BTreeMap<EntryHash, (usize, Places)> = BTreeMap::new();
    let mut waiting = Waiting::of(entries);
    let mut round = std::mem::take(&mut waiting.free);
    while !round.is_empty() {
        round.sort_by_key(|held| held.hash);
        let mut next = Vec::new();
        for held in round {
            let place = nodes.len();
            let mut seen = Places::default();
            for (place, theirs) in held.entry.stem().after.iter().filter_map(|hash| before.get(hash)) {
                seen.add_all(theirs);
                seen.add(*place);
            }
            before.insert(held.hash, (place, seen.clone()));
            nodes.push(Node { held, place, before: seen });
            next.extend(waiting.placed(&held.hash));
        }
        round = next;
    }
    nodes
}

/// Entries that follow others which have no place yet.
struct Waiting<'a> {
    free: Vec<&'a Admitted>,
    /// How many each still waits for.
    counts: BTreeMap<EntryHash, usize>,
    followers: BTreeMap<EntryHash, Vec<&'a Admitted>>,
}

impl<'a> Waiting<'a> {
    fn of(entries: impl Iterator<Item = &'a Admitted>) -> Self {
        let mut waiting = Self { free: Vec::new(), counts: BTreeMap::new(), followers: BTreeMap::new() };
        for held in entries {
            let after = &held.entry.stem().after;
            if after.is_empty() {
                waiting.free.push(held);
            }
            waiting.counts.insert(held.hash, after.len());
            for hash in after {
                waiting.followers.entry(*hash).or_default().push(held);
            }
        }
        waiting
    }

    /// Those for which this was the last to wait for.
    fn placed(&mut self, hash: &EntryHash) -> Vec<&'a Admitted> {
        let mut followers = self.followers.remove(hash).unwrap_or_default();
        followers.retain(|held| {
            let Some(count) = self.counts.get_mut(&held.hash) else { return false };
            *count = count.saturating_sub(1);
            *count == 0
        });
        followers
    }
}

/// A set of places, one bit for each.
#[derive(Debug, Clone, Default)]
struct Places(Vec<u64>);

impl Places {
    fn add(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (place % 64);
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            *ours |= theirs;
        }
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}
