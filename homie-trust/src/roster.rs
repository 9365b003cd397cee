//! The roster of this machine: one file of signed entries, the same for node, gateway and command.
//!
//! In reading order: `admitted` (an entry that somebody really signed), `graph` (what came after what), `verdict` (which
//! entries count), `fold` (what they say together), [`Members`] (all of it worked out), and here the file: whoever asks
//! reads it, whoever changes it signs with this machine's own owner key, one at a time.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Carry, DeviceKey, MachineKey, Role};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::name::Name;
use homie_protocol::roster::{
    ChangeEntry, DeviceEntry, Entry, EntryHash, LabelEntry, MachineEntry, RetireEntry, RevokeEntry, RosterOffer,
    SignedEntry, Stem,
};
use homie_protocol::tag::are_tags;

use crate::audit::{Actor, Audit, Deed};
use crate::device::{Device, node_id};
use crate::error::TrustError;
use crate::key_pair::{KeyPair, as_device};
use crate::key_store::DEVICE;
use crate::private_file::{self, Stamp};
use crate::state_dir::{StateDir, Writing};

mod admitted;
mod document;
mod fold;
mod found;
mod graph;
mod join;
mod members;
mod migrate;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
mod verdict;

pub use fold::Machine;
pub use members::Members;

const NO_MACHINE: TrustError = TrustError::Roster("no such machine in the mesh; `homie nodes` lists them");

/// Of which file, and what it said.
type Read = (Stamp, Arc<Members>);

/// The roster in a state directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Roster {
    dir: StateDir,
    path: PathBuf,
    /// What was read last, and of which file.
    read: Arc<Mutex<Option<Read>>>,
}

impl Roster {
    /// The roster of this state directory. Where there is none, this machine founds a mesh of its own, with the devices of
    /// an older Homie in it; its recovery words then wait in [`Words::waiting`](crate::Words::waiting).
    pub fn open(dir: &StateDir, machine: &str) -> Result<Self, TrustError> {
        let roster = Self::at(dir);
        if !roster.path.exists() {
            roster.found(machine)?;
        }
        roster.members()?;
        Ok(roster)
    }

    /// The roster of this state directory, if it has one: who only looks founds nothing.
    pub fn find(dir: &StateDir) -> Option<Self> {
        Some(Self::at(dir)).filter(|roster| roster.path.exists())
    }

    fn at(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), path: dir.path().join("roster"), read: Arc::default() }
    }

    /// Who belongs to the mesh now. The file is read only if it is another than before.
    pub fn members(&self) -> Result<Arc<Members>, TrustError> {
        let stamp = private_file::stamp(&self.path)?.ok_or_else(|| document::gone(&self.path))?;
        if let Some((_, members)) = self.last_read().filter(|(read, _)| *read == stamp) {
            return Ok(members);
        }
        let members = Arc::new(document::read(&self.path)?);
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(&members)));
        Ok(members)
    }

    /// Enrols a device whose key the caller has proved. One that is enrolled takes its new name, role and ceiling.
    pub fn enrol(&self, device: &Device, actor: &Actor) -> Result<(), TrustError> {
        let detail = format!("{} as {}", device.name, name_of(device.role));
        self.change(actor.does("enrol", &device.id(), detail), |members| Ok(vec![enrolling(members, device)?]))
    }

    /// Enrols a machine that joins the mesh, and its own device with it, which signs what that machine says from then on.
    pub fn enrol_machine(
        &self,
        device: &Device,
        machine: MachineKey,
        name: &str,
        actor: &Actor,
    ) -> Result<(), TrustError> {
        let (id, name) = (node_id(&machine), Name::parse(name)?.into_string());
        let deed = actor.does("join", &id, format!("{name}, with {} as {}", device.id(), name_of(device.role)));
        self.change(deed, |members| {
            if members.machines().iter().any(|known| known.id() == id && known.is_retired) {
                return Err(TrustError::Roster("this machine was retired, and a retired machine never comes back"));
            }
            let origins = members.machine(id).map(|known| known.origins.clone()).unwrap_or_default();
            let joins: Make = Box::new(move |stem| Entry::Machine(MachineEntry { stem, key: machine, name, origins }));
            Ok(vec![enrolling(members, device)?, joins])
        })
    }

    /// Gives a device another name.
    pub fn rename(&self, device: DeviceId, name: &str, actor: &Actor) -> Result<(), TrustError> {
        let name = Name::parse(name)?.into_string();
        let deed = actor.does("rename", &device, name.clone());
        let name = Some(name);
        self.change_device(deed, device, move |stem| {
            Entry::Change(ChangeEntry { stem, device, name, role: None, ceiling: None })
        })
    }

    /// Gives a device another role. An owner keeps its own until it is revoked.
    pub fn set_role(&self, device: DeviceId, role: Role, actor: &Actor) -> Result<(), TrustError> {
        if role == Role::None {
            return Err(TrustError::Roster("none is no role; revoke the device"));
        }
        if self.members()?.device_of(device).is_some_and(|known| known.role == Role::Owner && role != Role::Owner) {
            return Err(TrustError::Roster("an owner stays one: revoke it, then pair it again as less"));
        }
        self.change_device(actor.does("role", &device, name_of(role)), device, move |stem| {
            Entry::Change(ChangeEntry { stem, device, name: None, role: Some(role), ceiling: None })
        })
    }

    /// Revokes a device, for ever.
    pub fn revoke(&self, device: DeviceId, actor: &Actor) -> Result<(), TrustError> {
        self.change_device(actor.does("revoke", &device, ""), device, move |stem| {
            Entry::Revoke(RevokeEntry { stem, device })
        })
    }

    /// Retires a machine, for ever, and revokes the device that signs for it, if that is known.
    pub fn retire(&self, machine: NodeId, actor: &Actor) -> Result<(), TrustError> {
        self.change(actor.does("retire", &machine, ""), |members| {
            members.machine(machine).ok_or(NO_MACHINE)?;
            let mut makes: Vec<Make> = vec![Box::new(move |stem| Entry::Retire(RetireEntry { stem, machine }))];
            if let Some(device) = members.signer_for(machine).map(Device::id) {
                makes.push(Box::new(move |stem| Entry::Revoke(RevokeEntry { stem, device })));
            }
            Ok(makes)
        })
    }

    /// Says what this machine is called, and where its pages are if that is known, unless the roster says so already.
    pub fn tell_machine(&self, key: MachineKey, name: &str, origins: Option<&[String]>) -> Result<(), TrustError> {
        let name = Name::parse(name)?.into_string();
        let deed = Actor::local("start").does("machine", &node_id(&key), name.clone());
        self.change(deed, |members| {
            let known = members.machine(node_id(&key));
            let before = known.map(|known| known.origins.clone()).unwrap_or_default();
            let origins = origins.map_or(before, <[String]>::to_vec);
            if known.is_some_and(|known| known.own_name == name && known.origins == origins) {
                return Ok(Vec::new());
            }
            Ok(vec![Box::new(move |stem| Entry::Machine(MachineEntry { stem, key, name, origins }))])
        })
    }

    /// Says what a machine is called from now on, or how it is tagged, whatever it says of itself.
    pub fn label(
        &self,
        machine: NodeId,
        name: Option<&str>,
        tags: Option<&BTreeSet<String>>,
        actor: &Actor,
    ) -> Result<(), TrustError> {
        let name = name.map(Name::parse).transpose()?.map(Name::into_string);
        let tags: Option<Vec<_>> = tags.map(|tags| tags.iter().cloned().collect());
        if tags.as_deref().is_some_and(|tags| !are_tags(tags)) {
            return Err(TrustError::Roster(
                "a machine has at most 16 tags, of 1 to 32 small letters, digits, -, _ and .",
            ));
        }
        let words = tags.as_ref().map(|tags| format!("tags {}", tags.join(" ")));
        let detail = name.iter().map(|name| format!("name {name}")).chain(words).collect::<Vec<_>>().join(", ");
        self.change(actor.does("label", &machine, detail), move |members| {
            members.machine(machine).ok_or(NO_MACHINE)?;
            Ok(vec![Box::new(move |stem| Entry::Label(LabelEntry { stem, machine, name, tags }))])
        })
    }

    /// Takes what another one of this mesh knows: each entry for itself, of which the good ones are kept. The refusal names
    /// the first that is not.
    pub fn merge(&self, root: &MachineKey, entries: &[SignedEntry], actor: &Actor) -> Result<(), Refusal> {
        let members = self.members()?;
        if members.root() != *root {
            return Err(Refusal::new(Code::OutOfRange, "root: another mesh's; nothing was taken"));
        }
        let (merged, refused) = members.taking(entries)?;
        if merged.head() != members.head() {
            self.add(entries, actor)?;
        }
        refused.map_or(Ok(()), Err)
    }

    /// Adds the good ones of these. Nobody else writes meanwhile.
    fn add(&self, entries: &[SignedEntry], actor: &Actor) -> Result<(), TrustError> {
        let writing = self.dir.writing()?;
        let members = self.members()?;
        let (merged, _) = members.taking(entries)?;
        let more = merged.by_owners().count().saturating_sub(members.by_owners().count());
        if more > 0 {
            let deed = actor.does("merge", &"", format!("{more} entries"));
            Audit::of(&self.dir).write(&writing, deed)?;
            self.write(&writing, &merged)?;
        }
        Ok(())
    }

    /// This machine's own device key, made if it is not there. It is an owner's in a mesh that was founded here.
    pub fn own_key(dir: &StateDir) -> Result<KeyPair, TrustError> {
        KeyPair::load_or_create(dir, DEVICE)
    }

    /// Its public half, for which no keyring is asked.
    pub fn own_public(dir: &StateDir) -> Result<DeviceKey, TrustError> {
        Ok(as_device(&KeyPair::public(dir, DEVICE)?))
    }

    fn change_device(
        &self,
        deed: Deed,
        device: DeviceId,
        make: impl FnOnce(Stem) -> Entry + 'static,
    ) -> Result<(), TrustError> {
        self.change(deed, |members| match members.device_of(device) {
            None => Err(TrustError::Roster("no such device; `homie devices` lists them")),
            Some(known) if known.is_revoked => Err(TrustError::Roster("this device was revoked, for ever")),
            Some(_) => Ok(vec![Box::new(make)]),
        })
    }

    /// Signs entries more, unless there is nothing to say, and writes down that it does before they count, all at once. Nobody
    /// else writes meanwhile.
    fn change(
        &self,
        deed: Deed,
        wanted: impl FnOnce(&Members) -> Result<Vec<Make>, TrustError>,
    ) -> Result<(), TrustError> {
        let key = Self::own_key(&self.dir)?;
        let writing = self.dir.writing()?;
        let members = self.members()?;
        let makes = wanted(&members)?;
        if makes.is_empty() {
            return Ok(());
        }
        if members.device(&key.device_key()).is_none_or(|own| own.may() < Role::Owner) {
            return Err(TrustError::Roster(
                "this machine's key is no owner's, so it can change nothing; use an owner's device, or `homie recover`",
            ));
        }
        let mut changed = Members::clone(&members);
        for make in makes {
            changed = changed.with([changed.sign(&key, now_ms(), make)?])?;
        }
        Audit::of(&self.dir).write(&writing, deed)?;
        self.write(&writing, &changed)
    }

    fn write(&self, writing: &Writing, members: &Members) -> Result<(), TrustError> {
        private_file::replace(writing, &self.path, &document::bytes(members)?)
    }

    fn last_read(&self) -> Option<Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A program carries what the state directory of its machine has.
impl Carry for Roster {
    fn offer(&self) -> Result<RosterOffer, Refusal> {
        Ok(self.members()?.offer())
    }

    fn entries(&self) -> Result<Vec<(EntryHash, SignedEntry)>, Refusal> {
        Ok(self.members()?.by_owners().map(|(name, signed)| (name, signed.clone())).collect())
    }

    fn take(&self, entries: Vec<SignedEntry>) -> Result<(), Refusal> {
        self.merge(&self.members()?.root(), &entries, &Actor::local("another machine"))
    }
}

/// Makes an entry on its stem.
type Make = Box<dyn FnOnce(Stem) -> Entry>;

/// What enrols a device; one that is enrolled takes its new name, role and ceiling.
fn enrolling(members: &Members, device: &Device) -> Result<Make, TrustError> {
    match members.device_of(device.id()) {
        None => Ok(Box::new(entry_of(device))),
        Some(known) if known.is_revoked => Err(TrustError::Roster(
            "this key was revoked, and a revoked key never comes back; let the device make another one",
        )),
        Some(known) => {
            let (id, ceiling) = (known.id(), device.ceiling);
            let (name, role) = (Some(device.name.clone()), Some(device.role));
            Ok(Box::new(move |stem| Entry::Change(ChangeEntry { stem, device: id, name, role, ceiling })))
        }
    }
}

fn entry_of(device: &Device) -> impl FnOnce(Stem) -> Entry + use<> {
    let Device { key, name, role, ceiling, kind, platform, .. } = device.clone();
    move |stem| Entry::Device(DeviceEntry { stem, key, name, role, ceiling, kind, platform })
}

/// A role in the audit log.
const fn name_of(role: Role) -> &'static str {
    match role {
        Role::None => "none",
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Owner => "owner",
    }
}

/// For people to read; nothing is decided by it.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
