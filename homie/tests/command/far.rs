//! `--on MACHINE` and `MACHINE:name`: the same commands on another machine, over the tailnet.

use std::process::Command;
use std::thread;
use std::time::Duration;

use homie_protocol::hello::Role;
use homie_tailnet::BackendState;
use homie_tailnet::fake::FakePeer;
use homie_trust::{KeyPair, Roster};
use serde_json::Value;

use crate::completing::named;
use crate::machine::end;
use crate::terminal::Terminal;
use crate::two::{ALICE, inside, node, run_believing_another, state};
use rustix::process::Signal;

/// A shell whose prompt cannot be taken for this line.
const SHELL: &[&str] = &["--", "env", "PS1=inner> ", "bash", "--norc", "--noprofile"];

/// An address where nobody listens.
const NOBODY: &str = "gw:4999";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_can_be_done_here_can_be_done_there() {
    inside("far::what_can_be_done_here_can_be_done_there", |two| {
        two.start_gw();
        two.let_laptop_in(Role::Operator);
        let laptop = &two.laptop;
        assert_eq!(laptop.done(&[&["new", "--on", "gw", "--name", "build", "--detach"], SHELL].concat()), "gw:build\n");
        laptop.done(&["send", "gw:build", "echo there-$((40 + 2))", "--enter"]);
        while !laptop.done(&["capture", "gw:bui"]).contains("there-42") {}
        let found = laptop.json(&["search", "--on", "gw", "there-42", "--json"]);
        assert_eq!(found[0]["name"], "build");
        for machine in ["gw", "gw.tail.test", "gw:4663", "100.64.0.1", "https://gw.tail.test:4663"] {
            let listed = laptop.json(&["ls", "--on", machine, "--json"]);
            assert_eq!((listed[0]["name"].as_str(), listed[0]["machine"].as_str()), (Some("build"), Some("gw")));
        }
        laptop.done(&["record", "gw:build"]);
        let recording = laptop.done(&["record", "gw:build", "--stop"]);
        assert!(laptop.done(&["record", "--on", "gw", "--list"]).contains(recording.trim()));
        assert!(laptop.done(&["record", "--on", "gw", "--export", recording.trim()]).starts_with('{'));
        laptop.done(&["rename", "gw:build", "web"]);
        laptop.done(&["kill", "gw:web"]);
        assert_eq!(laptop.done(&["rerun", "gw:web", "--detach"]), "gw:web\n");
        laptop.done(&["kill", "--on", "gw", "web"]);
        assert_eq!(laptop.json(&["ls", "--on", "gw", "--json"]), Value::Array(Vec::new()));
        assert_eq!(laptop.refused(&["send", "gw:build", "x"]).0, 3, "no such session");
        assert!(two.gw.home().path().join("node.db").exists() && !laptop.home().path().join("node.db").exists());
    });
}

/// By its login alone a machine looks; it is told what it lacks.
#[test]
fn a_key_that_is_not_enrolled_looks_and_one_that_was_revoked_does_not() {
    inside("far::a_key_that_is_not_enrolled_looks_and_one_that_was_revoked_does_not", |two| {
        two.start_gw();
        two.gw.done(&[&["new", "--name", "build", "--detach"], SHELL].concat());
        let output = two.laptop.run(&["ls", "--on", "gw", "--json"]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("is not in this machine's roster"));
        assert_eq!(parsed(&String::from_utf8(output.stdout).unwrap())[0]["name"], "build");
        for refused in [&["new", "--on", "gw", "--detach"][..], &["kill", "gw:build"], &["send", "gw:build", "x"]] {
            let (code, words) = two.laptop.refused(refused);
            assert!(code == 4 && words.contains("gw does not know this machine's key, or lets"), "{code} {words}");
        }
        let terminal = Terminal::new(&two.laptop);
        terminal.line(0, "homie attach gw:build; echo code-$?");
        terminal.sees(0, "code-4");
        terminal.line(0, "clear; homie watch gw:build");
        terminal.sees(0, "inner>");
        terminal.key(0, "q");

        two.let_laptop_in(Role::Operator);
        two.laptop.done(&["send", "gw:build", "x"]);
        two.gw.done(&["devices", "revoke", "laptop"]);
        let (code, words) = two.laptop.refused(&["ls", "--on", "gw"]);
        assert!(
            code == 4 && words.contains("gw.tail.test:4663: this machine's key was revoked there"),
            "{code} {words}"
        );
    });
}

#[test]
fn each_way_of_not_getting_there_has_its_sentence_and_its_code() {
    inside("far::each_way_of_not_getting_there_has_its_sentence_and_its_code", |two| {
        two.start_gw();
        let refused = |machine: &str| two.laptop.refused(&["ls", "--on", machine]);
        for (machine, code, words) in [
            ("desk", 3, "no machine of the tailnet is desk; there is gw"),
            ("100.64.0.9", 3, "100.64.0.9"),
            ("laptop", 2, "this machine"),
            ("gw:", 2, "is no machine"),
            ("http://gw:4663", 2, "not protected"),
            (NOBODY, 5, "nothing listens there"),
            ("nowhere.tail.test", 5, "nowhere.tail.test:4663: it"),
        ] {
            let (found, said) = refused(machine);
            assert!(found == code && said.contains(words), "{machine}: {found} {said}");
        }
        let output = run_believing_another(&two.laptop, &["ls", "--on", "gw"], false);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(4) && words.contains("HOMIE_TLS_CA_FILE"), "{words}");
        assert!(run_believing_another(&two.laptop, &["ls", "--on", "gw"], true).status.success());

        two.gw_tailscaled.set_peer(FakePeer::tagged("tag:ci", "laptop", 2));
        let (code, said) = refused("gw");
        assert!(code == 4 && said.contains("it lets this machine not in: tagged"), "{code} {said}");
        two.gw_tailscaled.set_peer(FakePeer::user(ALICE, "laptop", 2));

        // Another gateway has the name that the roster gives to a machine of ours.
        let own = state(&two.laptop);
        let roster = Roster::open(&own, "laptop").unwrap();
        let origins = ["https://gw.tail.test:4663".to_owned()];
        let another = KeyPair::generate().unwrap().machine_key();
        roster.tell_machine(another, "desk", Some(&origins)).unwrap();
        for machine in ["desk", "gw"] {
            let (code, said) = refused(machine);
            assert!(code == 4 && said.contains("another machine answers"), "{machine}: {code} {said}");
        }
        two.laptop_tailscaled.set_state(&BackendState::Stopped);
        let (code, said) = refused("gw");
        assert!(code == 5 && said.contains("not connected to its tailnet"), "{code} {said}");
    });
}

/// What the other machine's roster knows of this one, and this one's of the other, is looked up, not trusted.
#[test]
fn a_machine_of_the_roster_is_called_by_its_name_and_without_a_word() {
    inside("far::a_machine_of_the_roster_is_called_by_its_name_and_without_a_word", |two| {
        two.start_gw();
        two.let_laptop_in(Role::Owner);
        let entry = || {
            let members = Roster::find(&state(&two.gw)).unwrap().members().unwrap();
            members.machine(node(&two.gw)).unwrap().clone()
        };
        let mut machine = entry();
        while machine.origins.is_empty() {
            thread::yield_now();
            machine = entry();
        }
        assert_eq!(machine.origins, ["https://gw.tail.test:4663"], "the gateway has told its page");
        let own = Roster::open(&state(&two.laptop), "laptop").unwrap();
        own.tell_machine(machine.key, "desk", Some(&machine.origins)).unwrap();
        let output = two.laptop.run(&["ls", "--on", "desk"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(!String::from_utf8_lossy(&output.stderr).contains("roster"));
        assert_eq!(named(two.laptop.home(), &["homie", "ls", "--on", "d"]), ["desk"], "the shell completes it");
    });
}

#[test]
fn attach_resumes_over_a_killed_homie_and_a_link_that_is_down() {
    inside("far::attach_resumes_over_a_killed_homie_and_a_link_that_is_down", |two| {
        two.start_gw();
        two.let_laptop_in(Role::Operator);
        two.gw.done(&[&["new", "--name", "build", "--detach"], SHELL].concat());
        let terminal = Terminal::new(&two.laptop);
        terminal.line(0, "homie attach gw:build");
        terminal.sees(0, "inner>");
        terminal.learns(0, "#{pane_title}", "gw:build");
        terminal.line(0, "echo here-$((1 + 1))");
        terminal.sees(0, "here-2");

        end(two.gw.node(), Signal::KILL);
        terminal.learns(0, "#{pane_title}", "gw:build: no answer from Homie, trying again");
        two.start_gw();
        terminal.learns(0, "#{pane_title}", "gw:build");
        terminal.line(0, "echo again-$((2 + 2))");
        let screen = terminal.sees(0, "again-4");
        assert_eq!(screen.matches("here-2").count(), 1, "{screen}");

        terminal.line(0, "clear; for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 1; done; echo all-$((5 + 5))");
        terminal.sees(0, "line 1");
        link("down");
        thread::sleep(Duration::from_secs(10));
        link("up");
        let screen = terminal.sees(0, "all-10");
        for line in 1..=9 {
            assert_eq!(screen.matches(&format!("line {line}\n")).count(), 1, "{screen}");
        }
        terminal.key(0, "C-\\");
        terminal.sees(0, "`homie attach gw:build` comes back");
    });
}

/// Addresses of IPv4 stay; the routes of this test are of the interface, so they are laid again.
fn link(state: &str) {
    let routes = "ip route replace local 100.64.0.1 dev lo table local proto kernel scope host src 100.64.0.2
        ip route replace local 100.64.0.2 dev lo table local proto kernel scope host src 100.64.0.1";
    let script = if state == "up" { format!("ip link set lo up\n{routes}") } else { "ip link set lo down".to_owned() };
    assert!(Command::new("sh").args(["-ec", &script]).status().unwrap().success());
}
