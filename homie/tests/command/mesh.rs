//! Two machines of one mesh: every session in one list, from each of them.

use std::thread;

use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster};
use rustix::process::Signal;
use serde_json::Value;

use crate::joining::join;
use crate::machine::{Machine, end};
use crate::terminal::Terminal;
use crate::two::{Two, inside, state};

pub(crate) const WAITS: &[&str] = &["--detach", "--", "env", "PS1=inner> ", "bash", "--norc", "--noprofile"];

/// The machines that one knows, by name.
pub(crate) fn machine(from: &Machine, name: &str) -> Value {
    let told = from.json(&["nodes", "--json"]);
    let machines = told["machines"].as_array().unwrap();
    machines.iter().find(|machine| machine["name"] == name).cloned().unwrap_or_default()
}

pub(crate) fn until(from: &Machine, name: &str, state: &str) -> Value {
    loop {
        let known = machine(from, name);
        if known["state"] == state {
            return known;
        }
        thread::yield_now();
    }
}

/// Where the sessions of this name are, as `homie ls` tells.
fn places(from: &Machine, name: &str) -> Vec<String> {
    let listed = from.json(&["ls", "--json"]);
    let found = listed.as_array().unwrap().iter().filter(|session| session["name"] == name);
    found.map(|session| session["machine"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn until_at(from: &Machine, name: &str, wanted: &[&str]) {
    while places(from, name) != wanted {
        thread::yield_now();
    }
}

/// Both run, are one mesh, and list each other.
pub(crate) fn joined(two: &Two) {
    join(two);
    hear_each_other(two);
}

/// Returns once each lists the other as up.
pub(crate) fn hear_each_other(two: &Two) {
    until(&two.laptop, "gw", "up");
    until(&two.gw, "laptop", "up");
}

#[test]
fn every_session_of_both_is_in_one_list_and_answers_to_its_name() {
    inside("mesh::every_session_of_both_is_in_one_list_and_answers_to_its_name", |two| {
        joined(two);
        let (gw, laptop) = (&two.gw, &two.laptop);
        gw.done(&[&["new", "--name", "build"], WAITS].concat());
        laptop.done(&[&["new", "--name", "notes"], WAITS].concat());
        for machine in [gw, laptop] {
            until_at(machine, "build", &["gw"]);
            until_at(machine, "notes", &["laptop"]);
        }
        let text = laptop.done(&["ls"]);
        assert!(text.starts_with("MACHINE") && text.contains("gw       build"), "{text}");

        laptop.done(&["send", "build", "echo from-$((40 + 2))", "--enter"]);
        while !laptop.done(&["capture", "build"]).contains("from-42") {}
        assert_eq!(laptop.refused(&["capture", "bui"]).0, 3, "part of a name is not enough for another machine");
        assert_eq!(laptop.refused(&["capture", ":build"]).0, 3, "and nothing before a colon is this machine");

        let terminal = Terminal::new(laptop);
        terminal.line(0, "homie attach build");
        terminal.sees(0, "from-42");
        terminal.learns(0, "#{pane_title}", "gw:build");
        terminal.key(0, "C-\\");
        terminal.sees(0, "`homie attach gw:build` comes back");

        laptop.done(&[&["new", "--name", "build"], WAITS].concat());
        until_at(gw, "build", &["gw", "laptop"]);
        laptop.done(&["kill", "build"]);
        until_at(gw, "build", &["gw"]);
        laptop.done(&["kill", "gw:build"]);
        until_at(laptop, "build", &[]);
    });
}

#[test]
fn a_machine_says_what_it_is_and_keeps_its_place_while_it_is_away() {
    inside("mesh::a_machine_says_what_it_is_and_keeps_its_place_while_it_is_away", |two| {
        joined(two);
        let (gw, laptop) = (&two.gw, &two.laptop);
        let mut known = machine(laptop, "gw");
        while known["os"].is_null() {
            known = machine(laptop, "gw");
        }
        assert_eq!((known["os"].as_str(), known["this_machine"].as_bool()), (Some("linux"), Some(false)));
        assert_eq!(known["homie"].as_str(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(known["origins"][0], "https://gw.tail.test:4663");
        gw.done(&[&["new", "--name", "build"], WAITS].concat());
        until_at(laptop, "build", &["gw"]);

        end(gw.node(), Signal::KILL);
        let away = until(laptop, "gw", "away");
        assert!(away["seen_at"].is_u64() && away["why"].is_string(), "{away}");
        assert_eq!(places(laptop, "build"), ["gw"], "what ran there is still told");
        let output = laptop.run(&["ls"]);
        let (told, beside) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(told.contains("build  away") && beside.contains("gw is away, seen "), "{told}{beside}");
        assert_eq!(laptop.refused(&["capture", "build"]).0, 5);

        two.start_gw();
        until(laptop, "gw", "up");
        laptop.done(&["capture", "build"]);
        gw.done(&["kill", "build"]);
    });
}

/// Nobody calls anybody here: the machine that decides tells the other by itself.
#[test]
fn what_one_machine_decides_the_other_hears_at_once() {
    inside("mesh::what_one_machine_decides_the_other_hears_at_once", |two| {
        joined(two);
        let phone = KeyPair::generate().unwrap().device_key();
        let device = Device::new(phone.clone(), "phone", Role::Viewer, ClientKind::Phone, 0).unwrap();
        Roster::open(&state(&two.gw), "gw").unwrap().enrol(&device, &Actor::local("test")).unwrap();
        let known = |machine: &Machine| {
            let members = Roster::find(&state(machine)).unwrap().members().unwrap();
            members.device(&phone).map(|device| device.is_revoked)
        };
        while known(&two.laptop) != Some(false) {
            thread::yield_now();
        }
        two.laptop.done(&["devices", "revoke", "phone"]);
        while known(&two.gw) != Some(true) {
            thread::yield_now();
        }
    });
}

#[test]
fn without_a_gateway_the_list_is_of_this_machine_and_nodes_says_so() {
    let machine = Machine::up();
    assert_eq!(machine.json(&["nodes", "--json"])["machines"].as_array().map(Vec::len), Some(1));
    machine.done(&[&["new", "--name", "build"], WAITS].concat());
    assert!(!machine.done(&["ls"]).contains("MACHINE"), "one machine needs no column");
    machine.kill_node();
    let (code, words) = machine.refused(&["nodes"]);
    assert!(code == 5 && words.contains("homie up"), "{code} {words}");
    machine.start();
    machine.done(&["kill", "build"]);
}
