//! One node and one gateway per state directory.

use std::fs::File;
use std::thread;
use std::time::Duration;

use homie_trust::{LockRole, StateDir, TrustError};
use rustix::fs::{FlockOperation, flock};

use crate::machine::{chmod, state_dir};

#[test]
fn a_role_is_taken_once_and_the_other_is_named() {
    let (_folder, dir) = state_dir();
    let node = dir.lock(LockRole::Node).expect("free");
    let again = StateDir::open(dir.path()).expect("the same directory");
    let error = again.lock(LockRole::Node).expect_err("taken");
    assert!(
        matches!(error, TrustError::Taken { role: LockRole::Node, pid: Some(pid), .. } if pid == std::process::id())
    );
    let said = error.to_string();
    assert!(
        said.contains("a node already runs") && said.contains(&format!("process {}", std::process::id())),
        "{said}"
    );
    let _gateway = dir.lock(LockRole::Gateway).expect("another role is free");
    drop(node);
    let _node = again.lock(LockRole::Node).expect("free again");
}

#[test]
fn a_process_that_has_not_said_its_number_still_counts() {
    let (_folder, dir) = state_dir();
    let _gateway = dir.lock(LockRole::Gateway).expect("free");
    std::fs::write(dir.path().join("gateway.lock"), b"").expect("emptied");
    assert!(matches!(dir.lock(LockRole::Gateway), Err(TrustError::Taken { pid: None, .. })));
}

#[test]
fn what_a_dead_process_has_left_does_not_count() {
    let (_folder, dir) = state_dir();
    let path = dir.path().join("node.lock");
    std::fs::write(&path, b"4194304999\n").expect("left over");
    chmod(&path, 0o600);
    let _node = dir.lock(LockRole::Node).expect("nobody holds it");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), format!("{}\n", std::process::id()));
}

/// A process that is killed while it starts another one: the child has its lock until it is that other program.
#[test]
fn the_child_of_a_dead_process_is_waited_for() {
    let (_folder, dir) = state_dir();
    let path = dir.path().join("node.lock");
    std::fs::write(&path, b"4194304999\n").expect("left over");
    chmod(&path, 0o600);
    let of_the_child = File::open(&path).expect("the file");
    flock(&of_the_child, FlockOperation::NonBlockingLockExclusive).expect("free");
    let child = thread::spawn(move || {
        // A moment in which nobody has told it to run.
        thread::sleep(Duration::from_millis(200));
        drop(of_the_child);
    });
    let _node = dir.lock(LockRole::Node).expect("it is free once the child is another program");
    child.join().expect("no panic");
}
