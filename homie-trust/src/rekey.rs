//! How a copy of a machine becomes one of its own: new keys, and nothing left that was for the old ones. Sessions, their history
//! and the audit log stay.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use homie_protocol::id::NodeId;

use crate::audit::{Actor, Audit};
use crate::cloned_file;
use crate::device::node_id;
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::key_store::{DEVICE, MACHINE, Place};
use crate::private_file;
use crate::role_lock::LockRole;
use crate::state_dir::StateDir;

/// What was for the old key: the mesh it is in, the words of that mesh, and what lets others in.
const FILES: [&str; 6] = ["roster", "recovery-words", "pairing.secret", "seen.json", "dial-out.json", "gateway.json"];

/// The same, many of each.
const FOLDERS: [&str; 3] = ["links", "public-links", "invitations"];

/// Gives this machine new keys; who it was, and who it is now. Neither node nor gateway may run, which have the old ones in hand. One that
/// is cut short is said again: until the last step this machine stays closed, if it was.
pub fn rekey(dir: &StateDir, actor: &Actor) -> Result<(NodeId, NodeId), TrustError> {
    let _locks = [dir.lock(LockRole::Node)?, dir.lock(LockRole::Gateway)?];
    let names = [MACHINE, DEVICE];
    let mut old = Vec::new();
    let mut new = Vec::new();
    for name in names {
        // Of the old key the public half is enough: it may be what cannot be had.
        old.push(KeyPair::public(dir, name)?);
        let (place, key) = (Place::of(dir, name)?, KeyPair::generate()?);
        place.prepare(&key)?;
        new.push((name, place, key));
    }
    let [was, _] = old.as_slice() else { return Err(TrustError::Crypto("making keys")) };
    let [(_, _, machine), _] = new.as_slice() else { return Err(TrustError::Crypto("making keys")) };
    let (was, is) = (node_id(was), machine.node_id());
    let writing = dir.writing()?;
    Audit::of(dir).write(&writing, actor.does("rekey", &is, format!("it was {was}, and leaves the mesh of that")))?;
    for name in FILES {
        private_file::remove(&dir.path().join(name))?;
    }
    for name in FOLDERS {
        empty(&dir.path().join(name))?;
    }
    for (_, place, key) in &new {
        place.settle(&writing, key)?;
    }
    private_file::remove(&cloned_file::path(dir))?;
    writing.sync()?;
    drop(writing);
    for ((_, place, _), old) in new.iter().zip(&old) {
        place.forget(old);
    }
    Ok((was, is))
}

fn empty(folder: &Path) -> Result<(), TrustError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(TrustError::file("remove", folder)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Verified;
    use crate::boot_clock::SystemBootClock;
    use crate::cloned_file::ClonedFile;
    use crate::one_use_links::OneUseLinks;
    use crate::random::SystemRandom;
    use crate::roster::Roster;
    use homie_protocol::id::StartId;

    fn dir(folder: &tempfile::TempDir) -> StateDir {
        StateDir::open(&folder.path().join("home")).expect("a state directory")
    }

    fn actor() -> Actor {
        Actor::local("test")
    }

    #[test]
    fn it_is_another_machine_afterwards_in_a_mesh_of_its_own_and_nothing_of_before_lets_anybody_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = dir(&folder);
        let (root, device) = {
            let roster = Roster::open(&dir, "desk").expect("a roster");
            (roster.members().expect("members").root(), Roster::own_public(&dir).expect("a key"))
        };
        let (desk, internet) = (OneUseLinks::of(&dir), OneUseLinks::public(&dir));
        let links = [&desk, &internet].map(|links| links.make(&SystemBootClock, &SystemRandom).expect("a link"));
        let before = KeyPair::machine(&dir).expect("a key").node_id();
        ClonedFile::heard(&dir, before, "there", StartId::from_bytes([1; 16])).expect("written");
        fs::write(dir.path().join("node.db"), b"history").expect("written");

        let (was, is) = rekey(&dir, &actor()).expect("new keys");
        assert!(was == before && is != before && is == KeyPair::machine(&dir).expect("a key").node_id());
        assert_ne!(Roster::own_public(&dir).expect("a key"), device);
        assert!(Roster::find(&dir).is_none() && !ClonedFile::lies(&dir));
        for (of, link) in [&desk, &internet].into_iter().zip(&links) {
            assert!(of.redeem(link, &SystemBootClock).is_err());
        }
        assert_eq!(fs::read(dir.path().join("node.db")).expect("still there"), b"history");
        let members = Roster::open(&dir, "desk").expect("a roster").members().expect("members");
        assert!(members.root() != root && members.machines().len() == 1 && members.machines()[0].id() == is);
        assert!(matches!(Audit::of(&dir).verify().expect("a log"), Verified::Good { .. }));
    }

    #[test]
    fn nothing_happens_while_node_or_gateway_run() {
        for role in [LockRole::Node, LockRole::Gateway] {
            let folder = tempfile::tempdir().expect("a folder");
            let dir = dir(&folder);
            let before = KeyPair::machine(&dir).expect("a key").node_id();
            let _running = dir.lock(role).expect("it runs");
            assert!(matches!(rekey(&dir, &actor()), Err(TrustError::Taken { .. })));
            assert_eq!(KeyPair::machine(&dir).expect("a key").node_id(), before);
        }
    }

    #[test]
    fn the_original_keeps_its_key_once_the_other_one_is_heard_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let (dir, machine) = (dir(&folder), NodeId::from_bytes([3; 16]));
        ClonedFile::heard(&dir, machine, "there", StartId::from_bytes([1; 16])).expect("written");
        let words = ClonedFile::keep(&dir, machine, &actor()).expect_err("it is there").to_string();
        assert!(words.contains("runs still") && ClonedFile::lies(&dir), "{words}");
        let known = fs::read_to_string(cloned_file::path(&dir)).expect("read");
        let mut known: serde_json::Value = serde_json::from_str(&known).expect("JSON");
        let at = known["heard"]["boottime_ms"].as_u64().expect("a number");
        known["heard"]["boottime_ms"] = at.saturating_sub(15_001).into();
        fs::write(cloned_file::path(&dir), known.to_string()).expect("written");
        ClonedFile::keep(&dir, machine, &actor()).expect("it is gone");
        assert!(!ClonedFile::lies(&dir));
    }
}
