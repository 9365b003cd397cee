//! The roster on disk.

use std::sync::Barrier;

use data_encoding::BASE64URL_NOPAD;
use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir, TrustError, Words};
use serde_json::json;

use crate::client::Key;
use crate::machine::{chmod, mode, state_dir};

fn device(name: &str, role: Role) -> Device {
    let key = KeyPair::generate().expect("a key").device_key();
    Device::new(key, name, role, ClientKind::Web, 1_700_000_000_000).expect("a device")
}

fn by() -> Actor {
    Actor::local("test")
}

fn roster(dir: &StateDir) -> Roster {
    Roster::open(dir, "desk").expect("a roster")
}

fn names(roster: &Roster) -> Vec<String> {
    roster.members().expect("the roster").devices().iter().map(|device| device.name.clone()).collect()
}

#[test]
fn the_first_start_founds_a_mesh_and_keeps_its_words_until_they_are_shown() {
    let (_folder, dir) = state_dir();
    let members = roster(&dir).members().expect("the roster");
    let own = Roster::own_key(&dir).expect("a key").device_key();
    assert_eq!(members.device(&own).expect("this machine's own device").may(), Role::Owner);
    assert_eq!(members.machine(KeyPair::machine(&dir).expect("a key").node_id()).expect("itself").name, "desk");
    for file in ["roster", "device.key", "recovery-words"] {
        assert_eq!(mode(&dir.path().join(file)), 0o600, "{file}");
    }
    let words = Words::waiting(&dir).expect("the words").expect("not shown yet").to_string();
    assert_eq!(words.split(' ').count(), 12);
    assert_eq!(Words::waiting(&dir).expect("the words").expect("still").to_string(), words);
    Words::shown(&dir).expect("shown");
    assert!(Words::waiting(&dir).expect("none").is_none() && !dir.path().join("recovery-words").exists());
    assert_eq!(roster(&dir).members().expect("the same").head(), members.head(), "opened, not founded again");
}

#[test]
fn what_was_enrolled_is_found_by_its_whole_key_by_everybody() {
    let (_folder, dir) = state_dir();
    let (roster, other) = (roster(&dir), roster(&dir));
    for key in Key::both() {
        let key = key.device();
        let device = Device::new(key.clone(), " phone ", Role::Viewer, ClientKind::Phone, 5).expect("a device");
        roster.enrol(&device, &by()).expect("enrolled");
        let members = other.members().expect("the roster");
        let found = members.device(&key).expect("found");
        assert_eq!((found.name.as_str(), found.may(), found.kind), ("phone", Role::Viewer, ClientKind::Phone));
        let mut turned = key;
        turned.key[5] ^= 1;
        assert_eq!(members.device(&turned), None, "the id alone is not enough");
    }
    assert_eq!(names(&roster), ["desk (homie)", "phone", "phone"]);
}

#[test]
fn a_device_that_comes_again_takes_its_new_name_and_role() {
    let (_folder, dir) = state_dir();
    let roster = roster(&dir);
    let desk = device("desk", Role::Viewer);
    roster.enrol(&desk, &by()).expect("enrolled");
    roster
        .enrol(&Device { role: Role::Owner, name: "other".to_owned(), ..desk.clone() }, &by())
        .expect("enrolled again");
    let members = roster.members().expect("the roster");
    let found = members.device(&desk.key).expect("found");
    assert_eq!((found.name.as_str(), found.role), ("other", Role::Owner));
    assert_eq!(members.devices().len(), 2);
}

#[test]
fn a_device_is_renamed_given_another_role_and_revoked_for_ever() {
    let (_folder, dir) = state_dir();
    let roster = roster(&dir);
    let phone = device("phone", Role::Viewer);
    roster.enrol(&phone, &by()).expect("enrolled");
    roster.rename(phone.id(), "ada's phone", &by()).expect("renamed");
    roster.set_role(phone.id(), Role::Operator, &by()).expect("an operator");
    let found = |roster: &Roster| roster.members().expect("the roster").device(&phone.key).expect("found").clone();
    assert_eq!((found(&roster).name.as_str(), found(&roster).may()), ("ada's phone", Role::Operator));
    roster.revoke(phone.id(), &by()).expect("revoked");
    assert_eq!(found(&roster).may(), Role::None);
    let again = [
        roster.enrol(&phone, &by()),
        roster.rename(phone.id(), "a", &by()),
        roster.set_role(phone.id(), Role::Owner, &by()),
        roster.revoke(phone.id(), &by()),
    ];
    for outcome in again {
        assert!(matches!(outcome, Err(TrustError::Roster(_))), "{outcome:?}");
    }
    let unknown = device("x", Role::Viewer).id();
    assert!(roster.revoke(unknown, &by()).expect_err("nobody").to_string().contains("no such device"));
}

#[test]
fn an_owner_is_revoked_but_never_made_less() {
    let (_folder, dir) = state_dir();
    let roster = roster(&dir);
    let owner = device("phone", Role::Owner);
    roster.enrol(&owner, &by()).expect("enrolled");
    assert!(roster.set_role(owner.id(), Role::Viewer, &by()).expect_err("an owner").to_string().contains("revoke it"));
    roster.set_role(owner.id(), Role::Owner, &by()).expect("nothing changes");
    roster.revoke(owner.id(), &by()).expect("revoked");
}

#[test]
fn two_who_write_at_once_keep_both() {
    let (_folder, dir) = state_dir();
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for writer in ["a", "b"] {
            let (dir, start) = (&dir, &start);
            scope.spawn(move || {
                start.wait();
                let roster = roster(dir);
                for number in 0..10 {
                    roster.enrol(&device(&format!("{writer}{number}"), Role::Viewer), &by()).expect("enrolled");
                }
            });
        }
    });
    assert_eq!(roster(&dir).members().expect("the roster").devices().len(), 21);
}

#[test]
fn a_damaged_roster_is_refused_and_never_taken_for_none() {
    let (_folder, dir) = state_dir();
    let roster = roster(&dir);
    roster.enrol(&device("desk", Role::Owner), &by()).expect("enrolled");
    let path = dir.path().join("roster");
    let good = std::fs::read(&path).expect("the roster");
    let mut damages = vec![Vec::new(), b"[]".to_vec(), good[..good.len() / 2].to_vec(), [&good[..], b"x"].concat()];
    damages.extend((0..good.len()).step_by(37).map(|place| {
        let mut turned = good.clone();
        turned[place] ^= 1;
        turned
    }));
    for damaged in damages {
        std::fs::write(&path, &damaged).expect("damage");
        let said = Roster::open(&dir, "desk").expect_err("a roster that must not be used").to_string();
        assert!(said.contains("is damaged") && said.contains("put back a copy"), "{said}");
        assert!(roster.enrol(&device("new", Role::Viewer), &by()).is_err(), "nothing is added");
        assert_eq!(std::fs::read(&path).expect("the file"), damaged, "nothing is overwritten");
    }
    std::fs::remove_file(&path).expect("removed");
    assert!(roster.members().expect_err("gone").to_string().contains("it is gone"));
}

#[test]
fn a_roster_that_others_can_write_is_refused() {
    let (_folder, dir) = state_dir();
    roster(&dir);
    chmod(&dir.path().join("roster"), 0o666);
    assert!(Roster::open(&dir, "desk").expect_err("open to others").to_string().contains("chmod 600"));
}

#[test]
fn the_devices_of_an_older_homie_are_taken_over_at_the_first_start() {
    let (_folder, dir) = state_dir();
    let (browser, phone) = (device("Firefox", Role::Owner), device("phone", Role::Viewer));
    let old = |device: &Device| {
        json!({ "id": device.id(), "alg": device.key.alg, "key": BASE64URL_NOPAD.encode(&device.key.key),
                "name": device.name, "role": device.role, "kind": device.kind, "added_at": device.added_at })
    };
    let path = dir.path().join("devices.json");
    for damaged in ["{}".to_owned(), json!([old(&phone), old(&phone)]).to_string(), json!([{ "id": 1 }]).to_string()] {
        std::fs::write(&path, damaged).expect("devices.json");
        chmod(&path, 0o600);
        let said = Roster::open(&dir, "desk").expect_err("damaged").to_string();
        assert!(said.contains("devices.json is damaged"), "{said}");
        assert!(!dir.path().join("roster").exists(), "nothing is founded without them");
    }
    std::fs::write(&path, json!([old(&browser), old(&phone)]).to_string()).expect("devices.json");
    let roster = roster(&dir);
    let members = roster.members().expect("the roster");
    assert_eq!(members.device(&browser.key), Some(&browser));
    assert_eq!(members.device(&phone.key), Some(&phone));
    assert!(!path.exists() && dir.path().join("devices.json.old").exists());
}

#[test]
fn the_words_make_a_new_owner_and_revoke_the_old_key() {
    let (_folder, dir) = state_dir();
    let old = roster(&dir);
    let phone = device("phone", Role::Operator);
    old.enrol(&phone, &by()).expect("enrolled");
    let words = Words::waiting(&dir).expect("the words").expect("not shown yet");
    let old_key = Roster::own_key(&dir).expect("a key").device_key();

    let (_other, elsewhere) = state_dir();
    roster(&elsewhere);
    let wrong = Words::waiting(&elsewhere).expect("the words").expect("another mesh's");
    assert!(
        Roster::recover(&dir, &wrong, "desk").expect_err("wrong words").to_string().contains("not the recovery words")
    );
    assert_eq!(Roster::own_key(&dir).expect("a key").device_key(), old_key, "nothing was changed");

    let roster = Roster::recover(&dir, &words, "desk").expect("recovered");
    let new_key = Roster::own_key(&dir).expect("a key").device_key();
    let may = |key| roster.members().expect("the roster").device(key).expect("listed").may();
    assert_eq!((may(&old_key), may(&new_key), may(&phone.key)), (Role::None, Role::Owner, Role::Operator));
    roster.revoke(phone.id(), &by()).expect("the new key is an owner's");
}

#[test]
fn a_machine_whose_own_key_was_revoked_changes_nothing() {
    let (_folder, dir) = state_dir();
    let roster = roster(&dir);
    let own = Roster::own_key(&dir).expect("a key").device_key();
    roster.revoke(own.id, &by()).expect("it revokes itself");
    let said = roster.enrol(&device("phone", Role::Viewer), &by()).expect_err("no owner any more").to_string();
    assert!(said.contains("homie recover"), "{said}");
}

#[test]
fn names_nobody_could_read_are_refused() {
    let key = KeyPair::generate().expect("a key").device_key();
    for name in ["", "  ", "a\nb", "a\u{7}", "a\u{202e}b", &"x".repeat(65)] {
        let outcome = Device::new(key.clone(), name, Role::Viewer, ClientKind::Web, 0);
        assert!(matches!(outcome, Err(TrustError::BadName(_))), "{name:?}");
    }
    assert!(Device::new(key, &"ü".repeat(64), Role::Viewer, ClientKind::Web, 0).is_ok());
}
