//! A state directory that was copied: two machines with one key. Both find it out, wherever they are, close their doors, and say
//! what to do; what runs in their sessions goes on.

use std::fs;
use std::thread;

use homie_tailnet::fake::FakePeer;
use serde_json::Value;

use crate::joining::join_as;
use crate::key_door::{self, with_settings};
use crate::machine::Machine;
use crate::mesh::{self, WAITS, joined, until};
use crate::program::Home;
use crate::two::{ALICE, Two, inside, node, until_open};

/// The key door of `gw` where there is no tailnet.
const GW: &str = "10.9.0.1:4664";

/// What lies in the state directory of a machine that is down goes into that of another, with modes, but for its settings.
fn copy(from: &Machine, to: &Machine) {
    for entry in fs::read_dir(from.home().path()).unwrap().map(Result::unwrap) {
        let is_own = ["config.toml", "gateway.json"].iter().any(|name| entry.file_name() == *name);
        if entry.file_type().unwrap().is_file() && !is_own {
            fs::copy(entry.path(), to.home().path().join(entry.file_name())).unwrap();
        }
    }
}

/// A copy of `laptop`, which is another machine to its tailnet.
fn copy_of_laptop(two: &Two) -> Machine {
    let (machine, tailscaled) = two.another("other", 3);
    copy(&two.laptop, &machine);
    let peer = |name, number| FakePeer::user(ALICE, name, number);
    tailscaled.set_peer(peer("gw", 1));
    tailscaled.set_peer(peer("laptop", 2));
    for known in [&two.gw_tailscaled, &two.laptop_tailscaled] {
        known.set_peer(peer("other", 3));
    }
    // It lives as long as the test.
    std::mem::forget(tailscaled);
    machine
}

fn up(machine: &Machine) -> String {
    machine.done(&["up", "--detach", "--port", "0", "--name", "laptop", "--owner", ALICE, "--allow-root"])
}

fn status(machine: &Machine) -> Value {
    machine.json(&["status", "--json"])
}

fn until_closed(machine: &Machine) {
    while status(machine)["closed"]["kind"] != "cloned" {
        thread::yield_now();
    }
}

/// It has no door but those of this machine, says why, and can be used there.
fn is_closed(machine: &Machine, session: &str) {
    let told = status(machine);
    let doors: Vec<_> = told["listeners"].as_array().unwrap().iter().map(|door| door["kind"].clone()).collect();
    assert_eq!(doors, ["unix", "unix", "http"], "{told:#}");
    assert_eq!(told["closed"]["command"], "homie rekey");
    assert!(machine.done(&["status"]).contains("\n  homie rekey\n"));
    let doctor = String::from_utf8(machine.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("Two machines have this") && doctor.contains("The other one was heard of at"), "{doctor}");
    types(machine, session);
}

fn types(machine: &Machine, session: &str) {
    machine.done(&["send", session, "echo typed-$((40 + 2))", "--enter"]);
    while !machine.done(&["capture", session]).contains("typed-42") {
        thread::yield_now();
    }
}

fn new(machine: &Machine, session: &str) {
    machine.done(&[&["new", "--name", session], WAITS].concat());
}

/// That two machines have the key of `laptop` another machine learns as well, and lists it with the words.
fn until_told(from: &Machine, name: &str) {
    while !mesh::machine(from, name)["why"].as_str().is_some_and(|why| why.contains("homie rekey")) {
        thread::yield_now();
    }
}

#[test]
fn a_copy_is_found_both_close_and_are_two_machines_once_one_has_another_key() {
    inside("cloned::a_copy_is_found_both_close_and_are_two_machines_once_one_has_another_key", |two| {
        joined(two);
        let laptop = &two.laptop;
        new(laptop, "here");
        // A restart is none.
        laptop.kill_node();
        up(laptop);
        until(&two.gw, "laptop", "up");
        assert!(status(laptop)["closed"].is_null());
        laptop.kill_node();
        let copy = copy_of_laptop(two);
        up(laptop);
        up(&copy);
        new(&copy, "there");
        until_closed(laptop);
        until_closed(&copy);
        is_closed(laptop, "here");
        is_closed(&copy, "there");
        until_told(&two.gw, "laptop");
        assert!(status(&two.gw)["closed"].is_null(), "nobody else closes");
        assert!(two.gw.done(&["nodes"]).contains("laptop"));
        let audit = laptop.done(&["audit"]);
        assert!(audit.contains("cloned"), "{audit}");

        // As long as the other one is there, nothing is to be kept; and it stays so over a restart.
        let (code, words) = laptop.refused(&["rekey", "--keep"]);
        assert!(code == 4 && words.contains("run `homie rekey` on the one that is the copy"), "{code} {words}");
        copy.kill_node();
        assert!(up(&copy).contains("\n  homie rekey\n"));
        assert_eq!(copy.refused(&["rekey"]).0, 4, "nobody has agreed");

        let before = node(&copy);
        let told = copy.json(&["rekey", "--yes", "--json"]);
        assert_eq!((&told["was"], &told["stopped"]), (&before.to_string().into(), &true.into()));
        assert!(node(&copy) != before && node(laptop) == before);
        join_as(two, &copy, "other");
        types(&copy, "there");
        assert!(copy.done(&["audit"]).contains("rekey"));
        assert_eq!(copy.run(&["audit", "verify"]).status.code(), Some(0));

        while !laptop.run(&["rekey", "--keep"]).status.success() {
            thread::yield_now();
        }
        until_open(laptop, "laptop");
        for name in ["laptop", "other"] {
            let known = until(&two.gw, name, "up");
            assert!(known["why"].is_null(), "{known}");
        }
        types(laptop, "here");
        assert!(status(&copy)["closed"].is_null());
        two.gw.done(&[&["new", "--on", "laptop", "--name", "late"], WAITS].concat());
        laptop.done(&["kill", "late"]);
        laptop.done(&["kill", "here"]);
        copy.done(&["kill", "there"]);
    });
}

/// They do not reach each other, and nobody reaches them: each leaves connections with `gw`.
#[test]
fn where_neither_reaches_the_other_both_learn_it_from_a_third_machine() {
    key_door::inside("cloned::where_neither_reaches_the_other_both_learn_it_from_a_third_machine", |network| {
        let gw = with_settings(Home::new(), &format!("key-door = ['{GW}']\n"));
        key_door::start(&gw, "gw");
        let shed = network.machine_with("dial-out = true\n");
        key_door::enter(&gw, &shed, "shed");
        key_door::start(&shed, "shed");
        until(&gw, "shed", "up");
        shed.kill_node();
        let other = network.machine_with("dial-out = true\n");
        copy(&shed, &other);
        for machine in [&shed, &other] {
            key_door::start(machine, "shed");
            new(machine, "build");
        }
        for machine in [&shed, &other] {
            until_closed(machine);
            is_closed(machine, "build");
            assert!(status(machine)["dial_out"].is_null(), "it dials out no more");
        }
        until_told(&gw, "shed");
        assert!(status(&gw)["closed"].is_null());
        shed.kill_node();
        let said = key_door::start(&shed, "shed");
        assert!(said.contains("\n  homie rekey\n") && !said.contains("Dials out"), "{said}");
        for machine in [&shed, &other] {
            machine.done(&["kill", "build"]);
        }
    });
}

#[test]
fn a_machine_that_is_the_only_one_has_nothing_to_keep_and_a_new_key_when_it_wants_one() {
    let machine = Machine::up();
    new(&machine, "build");
    assert!(machine.done(&["rekey", "--keep"]).contains("nothing was to be done"));
    let before = node(&machine);
    let said = machine.done(&["rekey", "--yes"]);
    assert!(said.contains(&format!("and {before} no more")) && said.contains("the shells go on"), "{said}");
    machine.start();
    types(&machine, "build");
    assert_eq!(status(&machine)["node"]["id"], node(&machine).to_string());
    machine.done(&["kill", "build"]);
    assert_eq!(Machine::new().refused(&["rekey", "--yes"]).0, 3, "where there are no keys, none are made");
}
