//! The list of devices on disk.

use std::sync::Barrier;

use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Device, DeviceList, KeyPair, StateDir, TrustError};

use crate::client::Key;
use crate::machine::{chmod, mode, state_dir};

fn device(name: &str, role: Role) -> Device {
    let key = KeyPair::generate().expect("a key").device_key();
    Device::new(key, name, role, ClientKind::Web, 1_700_000_000_000).expect("a device")
}

fn refusal(dir: &StateDir) -> String {
    DeviceList::of(dir).read().expect_err("a list that must not be used").to_string()
}

#[test]
fn what_was_added_is_found_by_its_whole_key() {
    let (_folder, dir) = state_dir();
    let list = DeviceList::of(&dir);
    assert_eq!(list.read().expect("no list yet"), []);
    for key in Key::both() {
        let key = key.device();
        let device = Device::new(key.clone(), " phone ", Role::Viewer, ClientKind::Phone, 5).expect("a device");
        list.add(device.clone()).expect("added");
        assert_eq!(device.name, "phone");
        assert_eq!(list.find(&key).expect("the list"), Some(device));
        let mut other = key;
        other.key[5] ^= 1;
        assert_eq!(list.find(&other).expect("the list"), None, "the id alone is not enough");
    }
    assert_eq!(list.read().expect("the list").len(), 2);
    assert_eq!(mode(&dir.path().join("devices.json")), 0o600);
}

#[test]
fn a_device_that_comes_again_takes_its_new_role() {
    let (_folder, dir) = state_dir();
    let list = DeviceList::of(&dir);
    let mut desk = device("desk", Role::Viewer);
    list.add(desk.clone()).expect("added");
    desk.role = Role::Owner;
    list.add(desk.clone()).expect("added again");
    assert_eq!(list.read().expect("the list"), [desk]);
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
                for number in 0..25 {
                    let device = device(&format!("{writer}{number}"), Role::Viewer);
                    DeviceList::of(dir).add(device).expect("added");
                }
            });
        }
    });
    assert_eq!(DeviceList::of(&dir).read().expect("the list").len(), 50);
}

#[test]
fn a_damaged_list_is_refused_and_never_taken_for_empty() {
    let (_folder, dir) = state_dir();
    let list = DeviceList::of(&dir);
    list.add(device("desk", Role::Owner)).expect("added");
    let path = dir.path().join("devices.json");
    let good = std::fs::read_to_string(&path).expect("the list");
    let twice = format!("[{0},{0}]", good.trim().trim_matches(['[', ']']));
    let id = list.read().expect("the list")[0].id.to_string();
    let damages = [
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        good[..good.len() / 2].to_owned(),
        format!("{good}x"),
        twice,
        good.replace("\"role\"", "\"admin\": true, \"role\""),
        good.replace("\"owner\"", "\"root\""),
        good.replace("\"ed25519\"", "\"p256\""),
        good.replace(&id, &id.to_uppercase()),
        good.replace(&id, &"a".repeat(26)),
        good.replace("\"desk\"", "\"\""),
        good.replace("\"desk\"", "\"a\\nb\""),
        good.replace("\"added_at\"", "\"added\""),
    ];
    for damaged in damages {
        std::fs::write(&path, &damaged).expect("damage");
        let said = refusal(&dir);
        assert!(said.contains("is damaged") && said.contains("devices.json"), "{damaged}: {said}");
        assert!(list.add(device("new", Role::Viewer)).is_err(), "nothing is added to {damaged}");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), damaged, "nothing is overwritten");
    }
}

#[test]
fn a_list_that_others_can_write_is_refused() {
    let (_folder, dir) = state_dir();
    DeviceList::of(&dir).add(device("desk", Role::Owner)).expect("added");
    let path = dir.path().join("devices.json");
    chmod(&path, 0o666);
    assert!(refusal(&dir).contains("chmod 600"));
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
