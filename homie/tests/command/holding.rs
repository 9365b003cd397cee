//! Which program holds a session.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::machine::Machine;

#[test]
fn a_session_is_held_by_the_small_program() {
    let machine = Machine::up();
    assert_eq!(holder_of_a_session(&machine), Path::new(env!("CARGO_BIN_EXE_homie-hold")));
}

#[test]
fn where_that_is_missing_the_whole_one_holds_it() {
    let machine = Machine::new();
    let alone = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let homie = alone.path().join("homie");
    fs::hard_link(env!("CARGO_BIN_EXE_homie"), &homie).unwrap();
    let mut up = machine.home().command_of(&homie, &["up", "--detach", "--port", "0"]);
    assert!(up.output().unwrap().status.success());
    assert_eq!(holder_of_a_session(&machine), homie);
}

/// The program that holds a session which does what is typed.
fn holder_of_a_session(machine: &Machine) -> PathBuf {
    machine.done(&["new", "--name", "build", "--", "sh", "-c", "read word; echo said-$word; sleep 1000"]);
    machine.done(&["send", "build", "x1", "--enter"]);
    while !machine.done(&["capture", "build"]).contains("said-x1") {}
    let holder = &machine.session("build")["holder_pid"];
    fs::read_link(format!("/proc/{holder}/exe")).unwrap()
}
