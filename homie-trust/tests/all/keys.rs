//! The machine's key on disk: made once, loaded only if nobody else can have touched it.

use std::os::unix::fs::symlink;
use std::sync::Barrier;

use homie_trust::{KeyPair, KeyStore, StateDir, TrustError};

use crate::machine::{chmod, mode, state_dir};

fn refusal(dir: &StateDir) -> String {
    KeyPair::machine(dir).expect_err("a key that must not be used").to_string()
}

#[test]
fn the_key_is_made_once_and_private() {
    let (_folder, dir) = state_dir();
    let first = KeyPair::machine(&dir).expect("made").machine_key();
    let path = dir.path().join("machine.key");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(KeyPair::machine(&dir).expect("loaded").machine_key(), first);
    assert!(!dir.path().join("machine.new").exists(), "nothing is left over");
}

/// Node and gateway start together on a new machine.
#[test]
fn all_who_come_first_get_the_same_key() {
    for _ in 0..50 {
        let (_folder, dir) = state_dir();
        let start = Barrier::new(4);
        let keys: Vec<_> = std::thread::scope(|scope| {
            let comers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        KeyPair::machine(&dir).expect("a key").machine_key()
                    })
                })
                .collect();
            comers.into_iter().map(|comer| comer.join().expect("a key")).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}

#[test]
fn a_key_that_others_could_read_is_refused() {
    let (_folder, dir) = state_dir();
    KeyPair::machine(&dir).expect("made");
    let path = dir.path().join("machine.key");
    for open in [0o644, 0o640, 0o660, 0o606, 0o700, 0o4600] {
        chmod(&path, open);
        let said = refusal(&dir);
        assert!(said.contains("chmod 600") && said.contains("machine.key"), "{open:o}: {said}");
        assert_eq!(mode(&path), open, "nothing is repaired silently");
    }
    chmod(&path, 0o600);
    assert!(KeyPair::machine(&dir).is_ok());
}

#[test]
fn a_key_behind_a_link_is_refused() {
    let (_folder, dir) = state_dir();
    KeyPair::machine(&dir).expect("made");
    let path = dir.path().join("machine.key");
    let elsewhere = dir.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).expect("moved");
    symlink(&elsewhere, &path).expect("a link");
    assert!(refusal(&dir).contains("is a symbolic link"));
    std::fs::remove_file(&elsewhere).expect("removed");
    assert!(refusal(&dir).contains("is a symbolic link"), "one that leads nowhere is not an absent key");
}

#[test]
fn what_is_no_file_is_refused() {
    let (_folder, dir) = state_dir();
    let path = dir.path().join("machine.key");
    std::fs::create_dir(&path).expect("a directory");
    assert!(refusal(&dir).contains("is not a regular file"));
    std::fs::remove_dir(&path).expect("removed");
    let _socket = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    assert!(refusal(&dir).contains("is not a regular file"));
}

#[test]
fn a_damaged_key_is_not_replaced() {
    let (_folder, dir) = state_dir();
    KeyPair::machine(&dir).expect("made");
    let path = dir.path().join("machine.key");
    let whole = std::fs::read(&path).expect("the key");
    for damaged in [&whole[..whole.len() - 1], &[], b"not a key"] {
        std::fs::write(&path, damaged).expect("damage");
        assert!(refusal(&dir).contains("is damaged"));
        assert_eq!(std::fs::read(&path).expect("the file"), damaged);
    }
    std::fs::write(&path, vec![0; 2 * 1024 * 1024]).expect("a huge file");
    assert!(refusal(&dir).contains("longer than 1 MiB"));
}

#[test]
fn what_a_crash_has_left_is_no_key() {
    let (_folder, dir) = state_dir();
    std::fs::write(dir.path().join("machine.new"), b"half").expect("left over");
    assert!(KeyPair::machine(&dir).is_ok());
}

#[test]
fn debug_tells_the_public_half_alone() {
    let (_folder, dir) = state_dir();
    let key = KeyPair::machine(&dir).expect("a key");
    assert_eq!(format!("{key:?}"), format!("KeyPair({})", key.node_id()));
}

/// No person here, and so no keyring is asked: `homie/tests/command/keys.rs` has one.
#[test]
fn the_store_is_chosen_once() {
    let (_folder, dir) = state_dir();
    assert_eq!(KeyStore::chosen(&dir).expect("none"), None);
    assert_eq!(KeyStore::choose(&dir, None, false).expect("chosen"), (KeyStore::File, true));
    assert_eq!(mode(&dir.path().join("key-store")), 0o600);
    assert_eq!(KeyStore::choose(&dir, None, true).expect("chosen before"), (KeyStore::File, false));
    assert_eq!(KeyStore::choose(&dir, Some(KeyStore::File), true).expect("the same"), (KeyStore::File, false));
    let error = KeyStore::choose(&dir, Some(KeyStore::Keyring), true).expect_err("another");
    assert!(matches!(error, TrustError::KeyStore { .. }) && error.to_string().contains("homie keys move keyring"));
}

#[test]
fn keys_of_before_there_was_a_choice_stay_where_they_are() {
    let (_folder, dir) = state_dir();
    let key = KeyPair::machine(&dir).expect("made").machine_key();
    assert_eq!(KeyStore::choose(&dir, None, true).expect("files"), (KeyStore::File, false));
    assert!(KeyStore::choose(&dir, Some(KeyStore::Keyring), true).is_err());
    assert_eq!(KeyPair::machine(&dir).expect("loaded").machine_key(), key);
}

#[test]
fn a_damaged_choice_is_no_choice_and_makes_no_key() {
    let (_folder, dir) = state_dir();
    KeyStore::choose(&dir, None, false).expect("chosen");
    let path = dir.path().join("key-store");
    let short = r#"{ "store": "keyring", "public": { "machine.key": "12" } }"#;
    for damaged in ["", "file", r#"{ "store": "paper" }"#, r#"{ "store": "file", "more": 1 }"#, short] {
        std::fs::write(&path, damaged).expect("damage");
        assert!(refusal(&dir).contains("key-store is damaged"), "{damaged}");
        assert!(!dir.path().join("machine.key").exists());
    }
    chmod(&path, 0o644);
    assert!(refusal(&dir).contains("chmod 600"));
}
