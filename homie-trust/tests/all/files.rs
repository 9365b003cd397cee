//! The state directory itself: ours alone, or refused in words.

use std::os::unix::fs::symlink;
use std::path::Path;

use homie_protocol::id::SessionId;
use homie_trust::{StateDir, SystemRandom, TrustError, next_epoch, random_bytes};

use crate::machine::{chmod, mode, state_dir};

fn refusal(path: &Path) -> String {
    StateDir::open(path).expect_err("a directory that must not be used").to_string()
}

#[test]
fn it_is_made_private_with_all_above_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = StateDir::open(&folder.path().join("a/home/")).expect("made");
    assert_eq!(dir.path(), folder.path().join("a/home"));
    assert_eq!((mode(dir.path()), mode(&folder.path().join("a"))), (0o700, 0o700));
    StateDir::open(dir.path()).expect("opened again");
}

#[test]
fn one_that_is_open_to_others_is_refused() {
    let (_folder, dir) = state_dir();
    for open in [0o755, 0o750, 0o777, 0o1777, 0o600] {
        chmod(dir.path(), open);
        let said = refusal(dir.path());
        assert!(said.contains(&format!("chmod 700 '{}'", dir.path().display())), "{open:o}: {said}");
        assert_eq!(mode(dir.path()), open, "nothing is repaired silently");
    }
}

#[test]
fn a_link_or_a_file_in_its_place_is_refused() {
    let (folder, dir) = state_dir();
    let link = folder.path().join("link");
    symlink(dir.path(), &link).expect("a link");
    assert!(refusal(&link).contains("is a symbolic link"));
    assert!(refusal(&link.join("")).contains("is a symbolic link"), "a slash at the end does not hide it");
    let nowhere = folder.path().join("nowhere");
    symlink(folder.path().join("absent"), &nowhere).expect("a link");
    assert!(refusal(&nowhere).contains("is a symbolic link"));
    let file = folder.path().join("file");
    std::fs::write(&file, b"").expect("a file");
    assert!(refusal(&file).contains("is not a directory"));
}

#[test]
fn a_path_too_long_for_sockets_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = folder.path().join("x".repeat(80));
    assert!(matches!(StateDir::open(&long), Err(TrustError::PathTooLong { .. })));
    assert!(refusal(&long).contains("shorter HOMIE_HOME"));
    assert!(!long.exists());
}

#[test]
fn the_longest_socket_path_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let spare = 59 - folder.path().as_os_str().len() - 1;
    let dir = StateDir::open(&folder.path().join("x".repeat(spare))).expect("just short enough");
    let session = SessionId::from_bytes(random_bytes(&SystemRandom).expect("chance"));
    let holder = dir.create_holder(&session).expect("a holder's directory");
    assert_eq!((mode(&dir.holders()), mode(&holder)), (0o700, 0o700));
    let sock = holder.join("sock");
    assert!(sock.as_os_str().len() < 100);
    std::os::unix::net::UnixListener::bind(&sock).expect("a socket");
    assert!(StateDir::open(&folder.path().join("x".repeat(spare + 1))).is_err());
}

#[test]
fn the_epoch_grows_by_one_at_each_start() {
    let (_folder, dir) = state_dir();
    let started: Vec<u64> = (0..3).map(|_| next_epoch(&dir).expect("an epoch")).collect();
    assert_eq!(started, [1, 2, 3]);
    assert_eq!(std::fs::read_to_string(dir.path().join("epoch")).expect("the file"), "3\n");
}

#[test]
fn a_damaged_epoch_is_not_taken_for_none() {
    let (_folder, dir) = state_dir();
    next_epoch(&dir).expect("an epoch");
    for damaged in ["", "x", "-1", "9007199254740991", "99999999999999999999"] {
        std::fs::write(dir.path().join("epoch"), damaged).expect("damage");
        let said = next_epoch(&dir).expect_err("not a number").to_string();
        assert!(said.contains("higher than any before"), "{damaged:?}: {said}");
    }
}

#[test]
fn a_disk_that_takes_nothing_keeps_no_shell_from_its_node() {
    let (_folder, dir) = state_dir();
    next_epoch(&dir).expect("an epoch");
    // In the way of what is written, as a full disk would be; root may write anything, so modes would prove nothing.
    std::fs::create_dir(dir.path().join("epoch.new")).expect("an obstacle");
    assert_eq!([next_epoch(&dir).expect("an epoch"), next_epoch(&dir).expect("an epoch")], [2, 2]);
}

#[test]
fn two_starts_at_once_have_two_epochs() {
    let (_folder, dir) = state_dir();
    let mut epochs: Vec<u64> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| next_epoch(&dir).expect("an epoch"))).collect();
        starts.into_iter().map(|start| start.join().expect("an epoch")).collect()
    });
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=8).collect::<Vec<u64>>());
}
