//! Which entries count. Pure: the same entries give the same verdict, in whatever order they came.
//!
//! 1. The root's entries count. Another's count if an entry that counts had made it an owner, and it had seen that one.
//! 2. A revoked key signs nothing any more: of what it signed, that counts which its revoker had seen.
//! 3. Two who revoke each other would leave both counting for nothing and everything. So owners have an age: the root is
//!    the eldest, then whoever was made an owner first in the order of [`graph`](super::graph). What an elder revokes is
//!    settled before the younger is heard; what a younger revokes takes the elder's way in, and what it enrols from then
//!    on, but not its word against the younger.
//!
//! So nobody who was revoked by an elder can do anything; whoever steals the eldest key on a machine is stopped by the
//! recovery words, which are the root's.

use std::collections::{BTreeMap, BTreeSet};

use homie_protocol::hello::Role;
use homie_protocol::id::DeviceId;
use homie_protocol::roster::Entry;

use super::graph::Node;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Entries that give, in order.
    pub(crate) giving: Vec<usize>,
    /// Entries that take: revocations.
    pub(crate) taking: Vec<usize>,
    /// Entries by somebody who has ever been an owner, by what anybody says: all others are strangers'.
    pub(crate) by_owners: BTreeSet<usize>,
}

/// Judges entries in their order.
pub(crate) fn judge(root: DeviceId, nodes: &[Node<'_>]) -> Verdict {
    let owners = Owners::of(root, nodes);
    let mut stands: BTreeSet<usize> = BTreeSet::new();
    let mut revocations: Vec<&Node<'_>> = Vec::new();
    for owner in &owners.by_age {
        // Complete for this owner: they are its elders' alone, each settled before.
        let against: Vec<_> = revocations.iter().copied().filter(|revoking| revokes(revoking, *owner)).collect();
        for node in owners.entries(*owner) {
            if owners.had_right(root, node, &stands) && against.iter().all(|revoking| revoking.follows(node)) {
                stands.insert(node.place);
                revocations.extend(matches!(node.held.entry, Entry::Revoke(_)).then_some(node));
            }
        }
    }
    let mut counts: BTreeSet<usize> = BTreeSet::new();
    for owner in &owners.by_age {
        let against: Vec<_> = revocations.iter().copied().filter(|revoking| revokes(revoking, *owner)).collect();
        for node in owners.entries(*owner).filter(|node| stands.contains(&node.place)) {
            if owners.had_right(root, node, &counts) && against.iter().all(|revoking| revoking.follows(node)) {
                counts.insert(node.place);
            }
        }
    }
    let takes = |place: &usize| nodes.get(*place).is_some_and(|node| is_taking(&node.held.entry));
    Verdict {
        giving: counts.into_iter().filter(|place| !takes(place)).collect(),
        taking: stands.into_iter().filter(takes).collect(),
        by_owners: owners.by_age.iter().flat_map(|owner| owners.entries(*owner)).map(|node| node.place).collect(),
    }
}

/// Everybody who was ever made an owner, the root first, and what they signed.
struct Owners<'a> {
    by_age: Vec<DeviceId>,
    ages: BTreeMap<DeviceId, usize>,
    signed: BTreeMap<DeviceId, Vec<&'a Node<'a>>>,
    made: BTreeMap<DeviceId, Vec<&'a Node<'a>>>,
}

impl<'a> Owners<'a> {
    fn of(root: DeviceId, nodes: &'a [Node<'a>]) -> Self {
        let mut owners =
            Self { by_age: vec![root], ages: [(root, 0)].into(), signed: BTreeMap::new(), made: BTreeMap::new() };
        for node in nodes {
            let signer = node.held.signer();
            let made = owners.made.get(&signer);
            if signer != root && !made.is_some_and(|made| made.iter().any(|making| node.follows(making))) {
                continue;
            }
            owners.signed.entry(signer).or_default().push(node);
            if let Some(owner) = makes_owner(&node.held.entry).filter(|owner| *owner != root) {
                owners.made.entry(owner).or_default().push(node);
                if !owners.ages.contains_key(&owner) {
                    owners.ages.insert(owner, owners.by_age.len());
                    owners.by_age.push(owner);
                }
            }
        }
        owners
    }

    fn entries(&self, owner: DeviceId) -> impl Iterator<Item = &'a Node<'a>> {
        self.signed.get(&owner).into_iter().flatten().copied()
    }

    /// Whether the signer had been made an owner by an elder whose word is good, and had seen it.
    fn had_right(&self, root: DeviceId, node: &Node<'_>, good: &BTreeSet<usize>) -> bool {
        let signer = node.held.signer();
        let is_elder = |making: &&Node<'_>| self.ages.get(&making.held.signer()) < self.ages.get(&signer);
        let made = self.made.get(&signer).into_iter().flatten().copied().filter(is_elder);
        signer == root || made.into_iter().any(|making| good.contains(&making.place) && node.follows(making))
    }
}

fn makes_owner(entry: &Entry) -> Option<DeviceId> {
    match entry {
        Entry::Device(device) => (device.role == Role::Owner).then_some(device.key.id),
        Entry::Change(change) => (change.role == Some(Role::Owner)).then_some(change.device),
        Entry::Revoke(_) | Entry::Machine(_) | Entry::Label(_) | Entry::Retire(_) => None,
    }
}

fn is_taking(entry: &Entry) -> bool {
    matches!(entry, Entry::Revoke(_) | Entry::Retire(_))
}

fn revokes(node: &Node<'_>, device: DeviceId) -> bool {
    matches!(&node.held.entry, Entry::Revoke(revoke) if revoke.device == device)
}
