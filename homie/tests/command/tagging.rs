//! What an owner says of the machines of the mesh: tags, names, and that one is none of it any more.

use std::fs;
use std::thread;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::machine::{Machine, end};
use crate::mesh::{WAITS, joined, until, until_at};
use crate::two::inside;

/// Asks until what a machine of the mesh is told to be is as it should be.
fn until_is(from: &Machine, name: &str, field: &str, wanted: &Value) {
    loop {
        let told = from.json(&["nodes", "--json"]);
        let machines = told["machines"].as_array().unwrap();
        if machines.iter().any(|machine| machine["name"] == name && machine[field] == *wanted) {
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn machines_are_named_by_their_tags_and_an_owners_come_before_their_own() {
    inside("tagging::machines_are_named_by_their_tags_and_an_owners_come_before_their_own", |two| {
        let settings = two.gw.home().path().join("config.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{text}tags = ['mine']\n")).unwrap();
        joined(two);
        let (gw, laptop) = (&two.gw, &two.laptop);
        until_is(laptop, "gw", "tags", &json!(["mine"]));

        assert_eq!(laptop.done(&["nodes", "tag", "gw", "gpu", "eu"]), "gw has eu gpu from now on.\n");
        for machine in [gw, laptop] {
            until_is(machine, "gw", "tags", &json!(["eu", "gpu"]));
        }
        gw.done(&[&["new", "--name", "build"], WAITS].concat());
        laptop.done(&[&["new", "--name", "notes"], WAITS].concat());
        until_at(laptop, "build", &["gw"]);
        let names = |words: &[&str]| {
            let listed = laptop.json(words);
            let all = listed.as_array().or_else(|| listed["machines"].as_array()).unwrap();
            all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&["ls", "--tag", "gpu", "--json"]), ["build"]);
        assert_eq!(names(&["nodes", "--tag", "gpu", "--json"]), ["gw"]);
        assert!(laptop.done(&["nodes"]).contains("eu gpu"));
        assert_eq!(laptop.done(&["run", "--on", "tag:gpu,gw", "--", "echo", "here"]), "gw: here\n");
        assert_eq!(laptop.refused(&["run", "--on", "tag:none", "--", "echo"]).0, 3);
        assert_eq!(laptop.refused(&["nodes", "tag", "gw", "Not a tag"]).0, 2);
        let many: Vec<_> = (0..17).map(|number| format!("t{number}")).collect();
        let many: Vec<_> = ["nodes", "tag", "gw"].into_iter().chain(many.iter().map(String::as_str)).collect();
        assert_eq!(laptop.refused(&many).0, 4, "sixteen are the most");

        gw.done(&["nodes", "untag", "gw", "gpu", "eu"]);
        until_is(laptop, "gw", "tags", &json!(["mine"]));
        gw.done(&["kill", "build"]);
        laptop.done(&["kill", "notes"]);
    });
}

#[test]
fn a_name_that_an_owner_gives_stays_whatever_the_machine_calls_itself() {
    inside("tagging::a_name_that_an_owner_gives_stays_whatever_the_machine_calls_itself", |two| {
        joined(two);
        let (gw, laptop) = (&two.gw, &two.laptop);
        gw.done(&[&["new", "--name", "build"], WAITS].concat());
        until_at(laptop, "build", &["gw"]);
        laptop.done(&["nodes", "rename", "gw", "tower"]);
        until_at(laptop, "build", &["tower"]);
        laptop.done(&["capture", "tower:build"]);
        until_at(gw, "build", &["tower"]);

        end(gw.node(), Signal::KILL);
        until(laptop, "tower", "away");
        two.start_gw();
        until(laptop, "tower", "up");
        until_is(gw, "tower", "this_machine", &json!(true));
        gw.done(&["kill", "build"]);
    });
}

#[test]
fn a_machine_that_is_forgotten_is_none_of_the_mesh_and_its_key_is_refused() {
    inside("tagging::a_machine_that_is_forgotten_is_none_of_the_mesh_and_its_key_is_refused", |two| {
        joined(two);
        let (gw, laptop) = (&two.gw, &two.laptop);
        assert_eq!(gw.refused(&["nodes", "forget", "gw", "--yes"]).0, 4, "not oneself");
        let (code, words) = gw.refused(&["nodes", "forget", "laptop"]);
        assert!(code == 4 && words.contains("--yes"), "{code} {words}");
        laptop.done(&["ls", "--on", "gw"]);
        let told = gw.done(&["nodes", "forget", "laptop", "--yes"]);
        assert!(told.contains("laptop is none of the mesh any more") && told.contains("laptop is revoked"), "{told}");
        while gw.json(&["nodes", "--json"])["machines"].as_array().unwrap().len() > 1 {}
        let (code, words) = laptop.refused(&["ls", "--on", "gw"]);
        assert!(code == 4 && words.contains("revoked"), "{code} {words}");
        assert_eq!(gw.refused(&["nodes", "tag", "laptop", "gpu"]).0, 3, "there is no such machine");
    });
}
