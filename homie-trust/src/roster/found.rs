//! How a mesh begins: its root, whose secret is the recovery words, makes this machine's own device an owner and is
//! forgotten; the owner signs all that follows. And how one begins again, with the words.

use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::name::Name;
use homie_protocol::roster::{Entry, MachineEntry, RevokeEntry};

use super::members::{Members, root_key};
use super::{Roster, entry_of, migrate, now_ms};
use crate::audit::{Actor, Audit};
use crate::device::{Device, node_id};
use crate::error::TrustError;
use crate::key_pair::{KeyPair, as_device};
use crate::key_store::{DEVICE, Place};
use crate::random::SystemRandom;
use crate::state_dir::StateDir;
use crate::words::Words;

impl Roster {
    /// Founds a mesh, unless another process has just done so.
    pub(super) fn found(&self, machine: &str) -> Result<(), TrustError> {
        let (own, server) = (Self::own_key(&self.dir)?, KeyPair::machine_public(&self.dir)?);
        let writing = self.dir.writing()?;
        if self.path.exists() {
            return Ok(());
        }
        let old = migrate::read(&self.dir)?;
        let words = Words::new(&SystemRandom)?;
        let root = words.root()?;
        let members = Members::none(root.machine_key());
        let members = members.with([members.sign(&root, now_ms(), entry_of(&own_device(&own, machine)?))?])?;
        let name = Name::parse(machine)?.into_string();
        let itself = |stem| Entry::Machine(MachineEntry { stem, key: server, name, origins: Vec::new() });
        let mut members = members.with([members.sign(&own, now_ms(), itself)?])?;
        for device in &old {
            members = members.with([members.sign(&own, device.added_at, entry_of(device))?])?;
        }
        // The words first: a mesh whose words nobody can read would be nobody's.
        words.wait(&self.dir, &writing)?;
        let deed = Actor::local("start").does("found", &node_id(&server), format!("{} devices of before", old.len()));
        Audit::of(&self.dir).write(&writing, deed)?;
        self.write(&writing, &members)?;
        migrate::put_aside(&self.dir)?;
        tracing::info!(devices = old.len(), "this machine has founded a mesh");
        Ok(())
    }

    /// With the recovery words: makes a new owner key for this machine and revokes the old one. What the old one signed, as
    /// far as it is known here, goes on to count.
    pub fn recover(dir: &StateDir, words: &Words, machine: &str) -> Result<Self, TrustError> {
        let roster = Self::open(dir, machine)?;
        let root = words.root()?;
        if root.device_key() != root_key(&roster.members()?.root()) {
            return Err(TrustError::Roster("these are not the recovery words of this mesh; nothing was changed"));
        }
        // Of the old key the public half is enough: it may be what was lost.
        let (old, new) = (KeyPair::public(dir, DEVICE)?, KeyPair::generate()?);
        let place = Place::of(dir, DEVICE)?;
        place.prepare(&new)?;
        let writing = dir.writing()?;
        let members = roster.members()?;
        let enrolled = members.sign(&root, now_ms(), entry_of(&own_device(&new, machine)?))?;
        let mut members = members.with([enrolled])?;
        let known = members.device(&as_device(&old)).filter(|known| !known.is_revoked);
        if let Some(device) = known.map(Device::id) {
            let revoked = members.sign(&root, now_ms(), |stem| Entry::Revoke(RevokeEntry { stem, device }))?;
            members = members.with([revoked])?;
        }
        let deed = Actor::local("recovery words").does("recover", &new.device_key().id, "the old key is revoked");
        Audit::of(dir).write(&writing, deed)?;
        // The roster first: if this ends between the two, the old key is revoked all the same, and the words are typed again.
        roster.write(&writing, &members)?;
        place.settle(&writing, &new)?;
        drop(writing);
        place.forget(&old);
        Ok(roster)
    }
}

fn own_device(own: &KeyPair, machine: &str) -> Result<Device, TrustError> {
    let name = Name::made_of(&format!("{machine} (homie)")).map_or_else(|| "homie".to_owned(), Name::into_string);
    let platform = std::env::consts::OS.to_owned();
    let device = Device::new(own.device_key(), &name, Role::Owner, ClientKind::Cli, now_ms())?;
    Ok(Device { platform: Some(platform), ..device })
}
