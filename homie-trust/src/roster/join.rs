//! How a machine gives up a mesh of its own, in which nobody is but itself, and becomes one of another.

use homie_protocol::hello::{DeviceKey, MachineKey, Role};
use homie_protocol::id::NodeId;
use homie_protocol::roster::SignedEntry;

use super::Roster;
use super::fold::Machine;
use super::members::Members;
use crate::audit::{Actor, Audit};
use crate::device::node_id;
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::state_dir::StateDir;
use crate::words::Words;

/// Said where somebody would be lost.
const NOT_ALONE: TrustError = TrustError::Roster(
    "this machine has a mesh of its own with others in it, which cannot be two at once; let the other machine join this \
     one (`homie up --join` there), or revoke those here first (`homie devices`)",
);

impl Roster {
    /// Whether this machine may join that mesh: it is in none, in that one already, or alone in its own.
    pub fn may_join(dir: &StateDir, root: Option<MachineKey>) -> Result<(), TrustError> {
        Own::of(dir)?.may_join(dir, root)
    }

    /// Joins the mesh of this root, whose entries must have made this machine and its device members; `first` is the machine
    /// that has told them. The recovery words of a mesh that was this machine's alone are forgotten.
    pub fn join(
        dir: &StateDir,
        root: MachineKey,
        entries: Vec<SignedEntry>,
        first: NodeId,
        actor: &Actor,
    ) -> Result<(), TrustError> {
        let own = Own::of(dir)?;
        let before = own.told(dir)?;
        own.take(dir, Members::none(root).with(entries)?, first, actor)?;
        // Of a machine that runs already, the mesh it has joined does not know where its page is.
        let (Some(before), Some(now)) = (before, own.told(dir)?) else { return Ok(()) };
        Self::at(dir).tell_machine(own.machine, &now.name, Some(&before.origins))
    }
}

/// Who this machine is: its keys, which are made here if they are not there.
struct Own {
    device: DeviceKey,
    machine: MachineKey,
}

impl Own {
    fn of(dir: &StateDir) -> Result<Self, TrustError> {
        Ok(Self { device: Roster::own_public(dir)?, machine: KeyPair::machine_public(dir)? })
    }

    /// Takes this roster in place of its own.
    fn take(&self, dir: &StateDir, members: Members, first: NodeId, actor: &Actor) -> Result<(), TrustError> {
        let writing = dir.writing()?;
        self.may_join(dir, Some(members.root()))?;
        self.check(&members, first)?;
        let same = Roster::find(dir).map(|own| own.members()).transpose()?.filter(|own| own.root() == members.root());
        let members = match same {
            Some(own) => own.with(members.entries().cloned())?,
            None => members,
        };
        Audit::of(dir).write(&writing, actor.does("join", &first, "the mesh of that machine"))?;
        Roster::at(dir).write(&writing, &members)?;
        Words::forget(dir, &writing)
    }

    /// What this machine has said of itself in a roster before.
    fn told(&self, dir: &StateDir) -> Result<Option<Machine>, TrustError> {
        let members = Roster::find(dir).map(|roster| roster.members()).transpose()?;
        Ok(members.and_then(|members| members.machine(node_id(&self.machine)).cloned()))
    }

    fn may_join(&self, dir: &StateDir, root: Option<MachineKey>) -> Result<(), TrustError> {
        let Some(roster) = Roster::find(dir) else { return Ok(()) };
        let members = roster.members()?;
        if Some(members.root()) == root || self.is_alone(&members) { Ok(()) } else { Err(NOT_ALONE) }
    }

    fn is_alone(&self, members: &Members) -> bool {
        let another_device = members.devices().iter().any(|known| known.key != self.device && !known.is_revoked);
        let another_machine = members.machines().iter().any(|known| known.key != self.machine && !known.is_retired);
        !another_device && !another_machine
    }

    /// What does not make this machine a member, or leaves out who has told it, is not what was approved.
    fn check(&self, members: &Members, first: NodeId) -> Result<(), TrustError> {
        let is_owner = members.device(&self.device).is_some_and(|own| own.may() == Role::Owner);
        let are_machines = members.machine(node_id(&self.machine)).is_some() && members.machine(first).is_some();
        if is_owner && are_machines {
            return Ok(());
        }
        Err(TrustError::Roster("the roster that was told does not know this machine; nothing was changed"))
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::hello::ClientKind;

    use super::*;
    use crate::device::Device;

    struct Home {
        folder: tempfile::TempDir,
    }

    impl Home {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().expect("a folder") }
        }

        fn dir(&self) -> StateDir {
            StateDir::open(&self.folder.path().join("homie")).expect("a state directory")
        }

        fn roster(&self, name: &str) -> Roster {
            Roster::open(&self.dir(), name).expect("a roster")
        }

        fn device(&self, role: Role) -> Device {
            let key = Roster::own_key(&self.dir()).expect("a key").device_key();
            Device::new(key, "laptop", role, ClientKind::Cli, 0).expect("a device")
        }

        fn machine(&self) -> KeyPair {
            KeyPair::machine(&self.dir()).expect("a key")
        }
    }

    fn actor() -> Actor {
        Actor::local("test")
    }

    /// What `first` tells once `second` was let in.
    fn told(first: &Home, second: &Home) -> (MachineKey, Vec<SignedEntry>) {
        let roster = first.roster("first");
        let machine = second.machine().machine_key();
        roster.enrol_machine(&second.device(Role::Owner), machine, "second", &actor()).expect("it joins");
        let members = roster.members().expect("members");
        (members.root(), members.entries().cloned().collect())
    }

    #[test]
    fn both_have_the_same_roster_afterwards_and_each_may_sign() {
        for has_its_own in [false, true] {
            let (first, second) = (Home::new(), Home::new());
            if has_its_own {
                second.roster("second");
            }
            let (root, entries) = told(&first, &second);
            Roster::join(&second.dir(), root, entries.clone(), first.machine().node_id(), &actor()).expect("joined");
            let (one, other) = (first.roster("first"), second.roster("second"));
            assert_eq!(one.members().expect("one").head(), other.members().expect("other").head());
            assert!(
                Words::waiting(&second.dir()).expect("words").is_none(),
                "its own words are worth nothing any more"
            );
            let key = second.machine().machine_key();
            other.tell_machine(key, "called otherwise", None).expect("it signs what it says of itself");
            Roster::join(&second.dir(), root, entries, first.machine().node_id(), &actor()).expect("again");
            let machines = other.members().expect("other").machines().to_vec();
            assert!(machines.iter().any(|machine| machine.name == "called otherwise"), "what is known stays");
        }
    }

    #[test]
    fn where_its_page_is_it_says_again() {
        let (first, second) = (Home::new(), Home::new());
        let (key, page) = (second.machine().machine_key(), "https://second.tail.test".to_owned());
        second.roster("second").tell_machine(key, "second", Some(std::slice::from_ref(&page))).expect("it runs");
        let (root, entries) = told(&first, &second);
        Roster::join(&second.dir(), root, entries, first.machine().node_id(), &actor()).expect("joined");
        let members = second.roster("second").members().expect("members");
        let own = members.machine(node_id(&key)).expect("it is a machine of that mesh");
        assert_eq!((members.root(), &own.origins), (root, &vec![page]));
    }

    #[test]
    fn whoever_is_not_alone_joins_nobody() {
        let (first, second, phone) = (Home::new(), Home::new(), Home::new());
        let own = second.roster("second");
        own.enrol(&phone.device(Role::Viewer), &actor()).expect("a phone");
        let head = own.members().expect("members").head();
        let (root, entries) = told(&first, &second);
        let joined = Roster::join(&second.dir(), root, entries.clone(), first.machine().node_id(), &actor());
        assert!(joined.expect_err("it is not alone").to_string().contains("homie devices"));
        assert_eq!(own.members().expect("members").head(), head);
        own.revoke(phone.device(Role::Viewer).id(), &actor()).expect("revoked");
        Roster::join(&second.dir(), root, entries, first.machine().node_id(), &actor()).expect("alone now");
    }

    #[test]
    fn a_roster_that_does_not_know_this_machine_is_not_taken() {
        let (first, second, other) = (Home::new(), Home::new(), Home::new());
        let stranger = first.roster("first").members().expect("members");
        let entries: Vec<_> = stranger.entries().cloned().collect();
        let join = |root, entries, by| Roster::join(&second.dir(), root, entries, by, &actor());
        assert!(join(stranger.root(), entries, first.machine().node_id()).is_err(), "nobody has let it in");
        let (root, entries) = told(&first, &second);
        assert!(join(root, entries.clone(), other.machine().node_id()).is_err(), "another machine has told it");
        assert!(
            join(other.roster("other").members().expect("members").root(), entries, first.machine().node_id()).is_err()
        );
        assert!(Roster::find(&second.dir()).is_none(), "nothing was changed");
    }

    #[test]
    fn a_machine_comes_in_with_its_device_or_not_at_all() {
        let (first, second) = (Home::new(), Home::new());
        let roster = first.roster("first");
        let device = second.device(Role::Owner);
        roster.enrol(&device, &actor()).expect("enrolled");
        roster.revoke(device.id(), &actor()).expect("revoked");
        let machine = second.machine();
        let refused = roster.enrol_machine(&device, machine.machine_key(), "second", &actor());
        assert!(refused.expect_err("revoked").to_string().contains("never comes back"));
        assert!(roster.members().expect("members").machine(machine.node_id()).is_none());
    }
}
