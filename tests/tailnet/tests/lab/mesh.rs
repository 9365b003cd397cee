//! Machines of one mesh: each lists the other's sessions, and hears at once what it decides.

use std::time::Instant;

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::{PATIENCE, Program};
use serde_json::Value;

pub(crate) const OWNED: &str = "owner = 'alice@example.com'\n";

/// The same where a machine of the mesh belongs to nobody in the tailnet.
pub(crate) const AND_TAGGED: &str = "owner = 'alice@example.com'\nallow = ['tag:homie-node owner']\n";

/// A shell whose prompt is nothing that is waited for.
const SHELL: &[&str] = &["--", "bash", "--norc", "--noprofile"];

/// Asks until what is told is as it should be.
pub(crate) fn until(homie: &Homie, words: &[&str], is_right: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let told = homie.json(words).unwrap();
        if is_right(&told) {
            return told;
        }
        assert!(Instant::now() < end, "{words:?}: {told}");
    }
}

pub(crate) fn is(told: &Value, name: &str, state: &str) -> bool {
    let machines = told["machines"].as_array().unwrap();
    machines.iter().any(|machine| machine["name"] == name && machine["state"] == state)
}

#[test]
fn both_are_in_one_list_and_whoever_is_off_keeps_its_place() {
    let lab = Lab::open().unwrap();
    let mut desk = Homie::served(lab.desk(), OWNED).unwrap();
    let (laptop, digits) = Homie::joining(lab.laptop(), OWNED, &desk.address().unwrap()).unwrap();
    desk.run(&["approve", &digits]).unwrap();
    laptop.is_open().unwrap();
    for (from, to) in [(&laptop, "desk"), (&desk, "laptop")] {
        until(from, &["nodes"], |told| is(told, to, "up"));
    }
    desk.run(&["new", "--detach", "--name", "build", "--", "bash", "--norc", "--noprofile"]).unwrap();
    until(&laptop, &["ls"], |told| told[0]["name"] == "build" && told[0]["machine"] == "desk");
    laptop.run(&["send", "build", "echo $(hostname)-hi-$((1 + 1))", "--enter"]).unwrap();
    while !laptop.run(&["capture", "build"]).unwrap().contains("desk-hi-2") {}

    desk.stop().unwrap();
    until(&laptop, &["nodes"], |told| is(told, "desk", "away"));
    assert_eq!(laptop.json(&["ls"]).unwrap()[0]["away"], true);
    desk.start().unwrap();
    until(&laptop, &["nodes"], |told| is(told, "desk", "up"));
    laptop.run(&["kill", "build"]).unwrap();
    until(&laptop, &["ls"], |told| told.as_array().is_some_and(Vec::is_empty));
}

/// Two `homie up` under one login, the digits, and a command without a flag: what was promised.
#[test]
fn attach_typed_on_one_host_is_on_the_other_without_a_flag() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), OWNED).unwrap();
    let laptop = joined(lab.laptop(), OWNED, &desk);
    desk.run(&[&["new", "--detach", "--name", "work"], SHELL].concat()).unwrap();
    until(&laptop, &["ls"], |told| told[0]["name"] == "work");
    for session in ["desk:work", "work"] {
        attaches(&laptop, session, "desk");
    }
    desk.run(&["kill", "work"]).unwrap();
}

/// One of them belongs to nobody: its tag is allowed, and its key is what counts.
#[test]
fn three_hosts_are_in_one_list_on_each_of_them_and_one_command_runs_on_all() {
    let lab = Lab::open().unwrap();
    let builder = Homie::served(lab.builder(), OWNED).unwrap();
    let desk = joined(lab.desk(), AND_TAGGED, &builder);
    let laptop = joined(lab.laptop(), AND_TAGGED, &builder);
    let all = [(&desk, "desk"), (&laptop, "laptop"), (&builder, "builder")];
    for (homie, name) in all {
        homie.run(&[&["new", "--detach", "--name", &format!("on-{name}")], SHELL].concat()).unwrap();
    }
    let is_listed = |told: &Value, name: &str| {
        let is_it = |session: &Value| session["name"] == format!("on-{name}") && session["machine"] == name;
        told.as_array().unwrap().iter().any(is_it)
    };
    for (homie, _) in all {
        until(homie, &["nodes"], |told| all.iter().all(|(_, name)| is(told, name, "up")));
        until(homie, &["ls"], |told| all.iter().all(|(_, name)| is_listed(told, name)));
        let said = homie.run(&["run", "--on", "desk,laptop,builder", "--", "hostname"]).unwrap();
        let mut lines: Vec<_> = said.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["builder: builder", "desk: desk", "laptop: laptop"]);
    }
    let told = until(&desk, &["nodes"], |told| is(told, "laptop", "up"));
    let machines = told["machines"].as_array().unwrap();
    let laptops = machines.iter().find(|machine| machine["name"] == "laptop").unwrap();
    let addresses = laptops["addresses"].as_array().unwrap();
    assert!(addresses.contains(&lab.laptop().v4().unwrap().to_string().into()), "{addresses:?}");
    for (homie, name) in all {
        homie.run(&["kill", &format!(":on-{name}")]).unwrap();
    }
}

/// A host that has joined the mesh of another one.
pub(crate) fn joined(host: Host, settings: &str, first: &Homie) -> Homie {
    let (homie, digits) = Homie::joining(host, settings, &first.address().unwrap()).unwrap();
    first.run(&["approve", &digits]).unwrap();
    homie.is_open().unwrap();
    homie
}

/// A person types this in a terminal, says something there, and leaves.
fn attaches(from: &Homie, session: &str, host: &str) {
    let typed = format!("homie attach {session}");
    let words = ["script", "--quiet", "--return", "--flush", "--command", &typed, "/dev/null"];
    let log = from.host().folder().join("attach.log");
    let mut person = Program::start(&mut from.host().command(Who::Person, &words), &log).unwrap();
    person.tell("echo in-$(hostname)-$((1 + 1))").unwrap();
    person.hear(&format!("in-{host}-2")).unwrap();
    person.tell("\x1c").unwrap();
    person.hear("comes back").unwrap();
    assert!(person.end().unwrap().success());
}
