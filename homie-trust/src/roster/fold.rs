//! What the entries that count say together: devices and machines, as the later statements leave them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use homie_protocol::hello::{MachineKey, Role};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::roster::{ChangeEntry, DeviceEntry, Entry, LabelEntry, MachineEntry};

use super::graph::Node;
use super::verdict::Verdict;
use crate::device::{Device, node_id};
use crate::gateway_file::is_loopback;
use crate::origin::{internet_page, key_door, public_origin};

/// A machine of the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its key, pinned by everybody.
    pub key: MachineKey,
    /// What people call it.
    pub name: String,
    /// What it calls itself.
    pub own_name: String,
    /// How its owners have tagged it.
    pub tags: Vec<String>,
    /// The origins of its pages, the addresses of its key door (`homie://`), and its page on the internet (`public:`).
    pub origins: Vec<String>,
    /// It belongs to the mesh no more, for ever.
    pub is_retired: bool,
}

impl Machine {
    /// The first 16 bytes of SHA-256 of its key.
    pub fn id(&self) -> NodeId {
        node_id(&self.key)
    }

    /// The origins that are pages which others can open, those on the internet last; what else is written there is nobody's.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        let known = self.origins.iter().map(String::as_str).filter(|origin| public_origin(origin).is_some());
        known.chain(self.internet_pages())
    }

    /// Its pages on the internet.
    pub fn internet_pages(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().filter_map(|origin| internet_page(origin))
    }

    /// Where its key door is, if it has told one: names or addresses, and ports.
    pub fn key_doors(&self) -> impl Iterator<Item = (&str, u16)> {
        self.origins.iter().filter_map(|origin| key_door(origin))
    }

    /// Whether a client of this machine may have dialled this, from this page: one of its own pages, what it is called by
    /// its own programs, or its id, which is dialled at its key door.
    pub(crate) fn answers_to(&self, host: &str, origin: Option<&str>) -> bool {
        let is_page = |page: &str| {
            let dialled = public_origin(page).map(|(_, authority)| authority);
            dialled == Some(host) && origin.is_none_or(|origin| origin == page)
        };
        let is_own = || is_loopback(host) && origin.is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
        let is_id = || origin.is_none() && host.parse() == Ok(self.id());
        self.pages().any(is_page) || is_own() || is_id()
    }
}

/// What owners say of a machine.
#[derive(Debug, Default)]
struct Label {
    name: Option<String>,
    tags: Vec<String>,
}

/// Works them out.
pub(crate) fn fold(nodes: &[Node<'_>], verdict: &Verdict) -> (Vec<Device>, Vec<Machine>) {
    let (mut devices, mut machines, mut labels) = (Vec::new(), Vec::new(), BTreeMap::new());
    for entry in verdict.giving.iter().filter_map(|place| nodes.get(*place)).map(|node| &node.held.entry) {
        match entry {
            Entry::Device(said) => enrolled(&mut devices, said),
            Entry::Change(said) => changed(&mut devices, said),
            Entry::Machine(said) => known(&mut machines, said),
            Entry::Label(said) => labelled(labels.entry(said.machine).or_default(), said),
            Entry::Revoke(_) | Entry::Retire(_) => {}
        }
    }
    let (mut revoked, mut retired): (BTreeSet<DeviceId>, BTreeSet<NodeId>) = Default::default();
    for entry in verdict.taking.iter().filter_map(|place| nodes.get(*place)).map(|node| &node.held.entry) {
        match entry {
            Entry::Revoke(said) => drop(revoked.insert(said.device)),
            Entry::Retire(said) => drop(retired.insert(said.machine)),
            Entry::Device(_) | Entry::Change(_) | Entry::Machine(_) | Entry::Label(_) => {}
        }
    }
    for device in &mut devices {
        device.is_revoked = revoked.contains(&device.id());
    }
    for machine in &mut machines {
        machine.is_retired = retired.contains(&machine.id());
        // Also what was said of a machine before anybody knew it.
        let label = labels.remove(&machine.id()).unwrap_or_default();
        machine.name = label.name.unwrap_or_else(|| machine.own_name.clone());
        machine.tags = label.tags;
    }
    (devices, machines)
}

fn enrolled(devices: &mut Vec<Device>, said: &DeviceEntry) {
    let role = match find(devices, said.key.id) {
        Some(known) => lasting(known.role, said.role),
        None => said.role,
    };
    let device = Device {
        key: said.key.clone(),
        name: said.name.clone(),
        role,
        ceiling: said.ceiling,
        kind: said.kind,
        platform: said.platform.clone(),
        added_at: said.stem.at,
        is_revoked: false,
    };
    match find(devices, said.key.id) {
        Some(known) => *known = Device { added_at: known.added_at, ..device },
        None => devices.push(device),
    }
}

fn changed(devices: &mut [Device], said: &ChangeEntry) {
    let Some(device) = find(devices, said.device) else { return };
    if let Some(name) = &said.name {
        device.name.clone_from(name);
    }
    if let Some(role) = said.role {
        device.role = lasting(device.role, role);
    }
    device.ceiling = said.ceiling.or(device.ceiling);
}

fn known(machines: &mut Vec<Machine>, said: &MachineEntry) {
    let machine = Machine {
        key: said.key,
        name: said.name.clone(),
        own_name: said.name.clone(),
        tags: Vec::new(),
        origins: said.origins.clone(),
        is_retired: false,
    };
    match machines.iter_mut().find(|known| known.key == said.key) {
        Some(known) => *known = machine,
        None => machines.push(machine),
    }
}

fn labelled(label: &mut Label, said: &LabelEntry) {
    if let Some(name) = &said.name {
        label.name = Some(name.clone());
    }
    if let Some(tags) = &said.tags {
        label.tags.clone_from(tags);
    }
}

fn find(devices: &mut [Device], id: DeviceId) -> Option<&mut Device> {
    devices.iter_mut().find(|device| device.id() == id)
}

/// An owner signs, so nobody can tell what it would have signed as less: it stays one until it is revoked.
fn lasting(before: Role, now: Role) -> Role {
    if before == Role::Owner { Role::Owner } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_answers_to_its_page_on_the_internet_which_comes_last() {
        let page = "https://home.example.org:8443";
        let origins =
            [crate::internet_origin(page), "https://gw.tail.test:4663".to_owned(), "homie://a.test:1".to_owned()];
        let (key, name) = (MachineKey([7; 32]), "gw".to_owned());
        let own_name = name.clone();
        let machine = Machine { key, name, own_name, tags: Vec::new(), origins: origins.to_vec(), is_retired: false };
        assert_eq!(machine.pages().collect::<Vec<_>>(), ["https://gw.tail.test:4663", page]);
        assert!(
            machine.answers_to("home.example.org:8443", Some(page))
                && machine.answers_to("home.example.org:8443", None)
        );
        for (host, origin) in [
            ("home.example.org", None),
            ("home.example.org:8443", Some("https://gw.tail.test:4663")),
            ("gw.tail.test:4663", Some(page)),
            ("home.example.org:8443", Some("public:https://home.example.org:8443")),
        ] {
            assert!(!machine.answers_to(host, origin), "{host} {origin:?}");
        }
    }
}
