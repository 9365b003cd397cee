//! Who belongs to a mesh: what the entries of a roster come to together. Pure, and always whole: to add entries is to
//! work everything out anew, so that no order of arrival can be told from the result.

use std::collections::{BTreeMap, BTreeSet};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, ClientKind, DeviceKey, MachineKey};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::limits::{ENTRIES, SEEN};
use homie_protocol::roster::{Entry, EntryHash, RosterHead, RosterOffer, SignedEntry, Stem};

use super::admitted::{Admitted, hash_of};
use super::fold::{Machine, fold};
use super::graph::{Node, in_order};
use super::verdict::judge;
use crate::device::{Device, device_id, node_id};
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::sha256::sha256;

/// A roster that has been worked out.
#[derive(Debug, Clone)]
pub struct Members {
    root: MachineKey,
    entries: BTreeMap<EntryHash, Admitted>,
    devices: Vec<Device>,
    machines: Vec<Machine>,
    /// Signed by somebody who was ever an owner, each after those that it follows; the rest is kept while there is room.
    by_owners: Vec<EntryHash>,
    newest: Vec<EntryHash>,
    head: RosterHead,
}

impl Members {
    /// A mesh with this root, and nobody in it.
    pub fn none(root: MachineKey) -> Self {
        Self {
            root,
            entries: BTreeMap::new(),
            devices: Vec::new(),
            machines: Vec::new(),
            by_owners: Vec::new(),
            newest: Vec::new(),
            head: head(&root, &[]),
        }
    }

    /// The mesh's root: whoever has the recovery words has its key.
    pub fn root(&self) -> MachineKey {
        self.root
    }

    /// Every device there ever was, in the order in which they came; the revoked ones too.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The device with this key: id, algorithm and all bytes.
    pub fn device(&self, key: &DeviceKey) -> Option<&Device> {
        self.devices.iter().find(|device| device.key == *key)
    }

    /// The device of this id.
    pub fn device_of(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id() == id)
    }

    /// The machines of the mesh, in the order in which they came; the retired ones too.
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }

    /// The machine of this id, unless it is retired.
    pub fn machine(&self, id: NodeId) -> Option<&Machine> {
        self.machines.iter().find(|machine| machine.id() == id && !machine.is_retired)
    }

    /// The origins of the pages of all machines that belong to the mesh now, as browsers write them.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        let machines = self.machines.iter().filter(|machine| !machine.is_retired);
        machines.flat_map(Machine::pages)
    }

    /// The device with which a machine says what it is called and where it is: a command's that has signed so for this machine, and
    /// for no other.
    pub fn signer_for(&self, machine: NodeId) -> Option<&Device> {
        let signed = self.entries.values().filter_map(|held| match &held.entry {
            Entry::Machine(said) => Some((held.signer(), node_id(&said.key))),
            _ => None,
        });
        let signed: BTreeSet<_> = signed.collect();
        let is_its = |device: &&Device| {
            let mut of = signed.iter().filter(|(signer, _)| *signer == device.id()).map(|(_, machine)| *machine);
            of.next() == Some(machine) && of.next().is_none()
        };
        let is_command = |device: &&Device| device.kind == ClientKind::Cli && !device.is_revoked;
        self.devices.iter().filter(is_command).find(is_its)
    }

    /// All entries, strangers' too.
    pub fn entries(&self) -> impl Iterator<Item = &SignedEntry> {
        self.entries.values().map(|held| &held.signed)
    }

    /// What owners signed, to hand on: each entry with its name, and after those that it follows.
    pub fn by_owners(&self) -> impl Iterator<Item = (EntryHash, &SignedEntry)> {
        self.by_owners.iter().filter_map(|hash| Some((*hash, &self.entries.get(hash)?.signed)))
    }

    /// Two who have the same head have the same roster.
    pub fn head(&self) -> RosterHead {
        self.head
    }

    /// What is said of it in a greeting.
    pub fn offer(&self) -> RosterOffer {
        RosterOffer { root: self.root, head: self.head() }
    }

    /// These and those: the union. What is no entry of this mesh is left out. Beyond [`ENTRIES`] those that no owner
    /// signed go; owners' own are never dropped, but refused.
    pub fn with(&self, entries: impl IntoIterator<Item = SignedEntry>) -> Result<Self, TrustError> {
        let mut all = self.entries.clone();
        for signed in entries {
            if all.contains_key(&hash_of(&signed.entry)) {
                continue;
            }
            match Admitted::check(&self.root, signed) {
                Ok(held) => drop(all.insert(held.hash, held)),
                Err(refusal) => tracing::debug!(%refusal, "an entry of the roster is left out"),
            }
        }
        Self::work_out(self.root, all)
    }

    /// These and what somebody brings: each entry for itself, and only what owners signed. Tells the first that is not good.
    pub(crate) fn taking(&self, brought: &[SignedEntry]) -> Result<(Self, Option<Refusal>), TrustError> {
        let (mut all, mut bad, mut fresh) = (self.entries.clone(), BTreeMap::new(), Vec::new());
        for (place, signed) in brought.iter().enumerate() {
            let hash = hash_of(&signed.entry);
            if all.contains_key(&hash) {
                continue;
            }
            match Admitted::check(&self.root, signed.clone()) {
                Ok(held) => {
                    all.insert(hash, held);
                    fresh.push((place, hash));
                }
                Err(refusal) => drop(bad.insert(place, refusal)),
            }
        }
        let known = Self::work_out(self.root, all.clone())?;
        let by_owners: BTreeSet<_> = known.by_owners.iter().collect();
        let strangers: Vec<_> = fresh.into_iter().filter(|(_, hash)| !by_owners.contains(hash)).collect();
        for (place, hash) in &strangers {
            all.remove(hash);
            bad.insert(*place, strangers_entry());
        }
        let members = if strangers.is_empty() { known } else { Self::work_out(self.root, all)? };
        let first = bad.pop_first();
        Ok((
            members,
            first.map(|(place, Refusal { code, message })| Refusal::new(code, format!("entries.{place}: {message}"))),
        ))
    }

    /// Signs one more, after all that is known here.
    pub(crate) fn sign(
        &self,
        signer: &KeyPair,
        at: u64,
        make: impl FnOnce(Stem) -> Entry,
    ) -> Result<SignedEntry, TrustError> {
        let entry = make(Stem { after: self.newest.clone(), by: signer.device_key(), at });
        signer.sign_entry(&self.root, &entry)
    }

    fn work_out(root: MachineKey, entries: BTreeMap<EntryHash, Admitted>) -> Result<Self, TrustError> {
        let nodes = in_order(entries.values());
        let verdict = judge(root_id(&root), &nodes);
        let by_owners = nodes.iter().filter(|node| verdict.by_owners.contains(&node.place));
        let by_owners: Vec<_> = by_owners.map(|node| node.held.hash).collect();
        let owners: BTreeSet<_> = by_owners.iter().copied().collect();
        if entries.len() > ENTRIES {
            return Self::work_out_the_owners(root, entries, &owners);
        }
        let (devices, machines) = fold(&nodes, &verdict);
        let newest = newest(&nodes, &owners);
        let head = head(&root, &by_owners);
        Ok(Self { root, entries, devices, machines, by_owners, newest, head })
    }

    fn work_out_the_owners(
        root: MachineKey,
        mut entries: BTreeMap<EntryHash, Admitted>,
        by_owners: &BTreeSet<EntryHash>,
    ) -> Result<Self, TrustError> {
        if by_owners.len() > ENTRIES {
            return Err(TrustError::Full("the roster has 1,000 entries, and takes no more: make a new mesh"));
        }
        entries.retain(|hash, _| by_owners.contains(hash));
        Self::work_out(root, entries)
    }
}

/// Of all that owners signed, in whatever order it came.
fn head(root: &MachineKey, by_owners: &[EntryHash]) -> RosterHead {
    let names: BTreeSet<_> = by_owners.iter().collect();
    let mut bytes = root.0.to_vec();
    bytes.extend(names.iter().flat_map(|hash| hash.0));
    RosterHead(sha256(&bytes))
}

fn strangers_entry() -> Refusal {
    Refusal::new(Code::Forbidden, "no owner of this mesh signed it, or it follows one that is not here")
}

/// The owners' newest entries: those that no other of theirs follows. Of too many the last in order. A stranger's may be
/// dropped, and whatever followed it would hang in the air.
fn newest(nodes: &[Node<'_>], by_owners: &BTreeSet<EntryHash>) -> Vec<EntryHash> {
    let theirs = || nodes.iter().map(|node| node.held).filter(|held| by_owners.contains(&held.hash));
    let followed: BTreeSet<_> = theirs().flat_map(|held| &held.entry.stem().after).collect();
    let free: Vec<_> = theirs().map(|held| held.hash).filter(|hash| !followed.contains(hash)).collect();
    let mut newest: Vec<_> = free.into_iter().rev().take(SEEN).collect();
    newest.sort_unstable();
    newest
}

/// The root signs as a device does; it never is one.
fn root_id(root: &MachineKey) -> DeviceId {
    device_id(&root.0)
}

/// The root's key as a signer's.
pub(crate) fn root_key(root: &MachineKey) -> DeviceKey {
    DeviceKey { id: root_id(root), alg: Algorithm::Ed25519, key: root.0.to_vec() }
}
