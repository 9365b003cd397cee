//! Machines of one mesh: each lists the other's sessions, and hears at once what it decides.

use std::time::Instant;

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::PATIENCE;
use serde_json::Value;

const OWNED: &str = "owner = 'alice@example.com'\n";

/// Asks until what is told is as it should be.
fn until(homie: &Homie, words: &[&str], is_right: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let told = homie.json(words).unwrap();
        if is_right(&told) {
            return told;
        }
        assert!(Instant::now() < end, "{words:?}: {told}");
    }
}

fn is(told: &Value, name: &str, state: &str) -> bool {
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
