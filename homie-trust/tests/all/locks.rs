//! One node and one gateway per state directory.

use homie_trust::{LockRole, StateDir, TrustError};

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
