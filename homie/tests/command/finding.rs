//! Machines that run Homie and are none of the mesh are found, and told with the command that makes them one.

use std::fs;
use std::thread;
use std::time::Instant;

use homie_protocol::hello::Role;
use homie_trust::{KeyPair, Roster};
use serde_json::Value;

use crate::joining::become_one;
use crate::machine::Machine;
use crate::mesh::until;
use crate::program::PATIENCE;
use crate::two::{Two, inside, node, state};

fn found(from: &Machine) -> Vec<Value> {
    from.json(&["nodes", "--found", "--json"])["found"].as_array().unwrap().clone()
}

fn until_found(from: &Machine, count: usize) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = found(from);
        if found.len() == count {
            return found;
        }
        assert!(Instant::now() < end, "{count} are not found, but {found:?}");
        thread::yield_now();
    }
}

#[test]
fn a_machine_of_the_tailnet_is_found_until_it_is_one_of_the_mesh() {
    inside("finding::a_machine_of_the_tailnet_is_found_until_it_is_one_of_the_mesh", |two| {
        two.start_gw();
        two.start_laptop();
        let told = until_found(&two.laptop, 1);
        let (gw, join_it) = (&told[0], "homie up --join https://gw.tail.test:4663");
        assert_eq!((gw["name"].as_str(), gw["join"].as_str()), (Some("gw"), Some(join_it)));
        assert_eq!(gw["id"].as_str(), Some(node(&two.gw).to_string().as_str()));
        assert_eq!(gw["places"][0], serde_json::json!({ "by": "tailnet", "address": "gw.tail.test:4663" }));
        let text = two.laptop.done(&["nodes", "--found"]);
        assert!(text.contains(join_it), "{text}");
        assert_eq!(two.laptop.json(&["nodes", "--json"])["machines"].as_array().map(Vec::len), Some(1));

        become_one(two);
        // It is of the mesh, which the gateway sees within a quarter of a second.
        until_found(&two.laptop, 0);
    });
}

#[test]
fn a_machine_that_is_written_down_is_found_and_one_that_answers_as_another_is_not_believed() {
    let name = "finding::a_machine_that_is_written_down_is_found_and_one_that_answers_as_another_is_not_believed";
    inside(name, |two| {
        two.start_gw();
        let config = two.laptop.home().path().join("config.toml");
        let settings = fs::read_to_string(&config).unwrap();
        // The second has the certificate of the first, so it is not what it is called.
        fs::write(&config, settings + "machines = ['gw.tail.test:4663', '100.64.0.1:4663']\n").unwrap();
        two.start_laptop();
        let told = until_found(&two.laptop, 1);
        let places: Vec<_> =
            told[0]["places"].as_array().unwrap().iter().map(|place| place["address"].clone()).collect();
        assert!(places.iter().all(|address| address == "gw.tail.test:4663"), "{places:?}");
        let text = two.laptop.done(&["config"]);
        assert!(
            text.contains("# Machines outside the tailnet") && text.contains("machines = [\"gw.tail.test:4663\""),
            "{text}"
        );
    });
}

/// `laptop` has it from its roster that `gw` is here, and `gw` lets it in.
fn says(two: &Two, origins: Option<&[String]>) {
    two.let_laptop_in(Role::Viewer);
    let key = KeyPair::machine_public(&state(&two.gw)).unwrap();
    Roster::open(&state(&two.laptop), "laptop").unwrap().tell_machine(key, "box", origins).unwrap();
    two.start_gw();
    two.start_laptop();
    until(&two.laptop, "box", "up");
    assert!(found(&two.laptop).is_empty(), "it is of the mesh");
}

#[test]
fn a_machine_of_the_mesh_is_called_where_it_was_found_if_nobody_has_said_where_it_is() {
    let name = "finding::a_machine_of_the_mesh_is_called_where_it_was_found_if_nobody_has_said_where_it_is";
    inside(name, |two| says(two, None));
}

#[test]
fn a_machine_of_the_mesh_is_called_where_it_was_found_if_it_is_not_where_it_was() {
    let name = "finding::a_machine_of_the_mesh_is_called_where_it_was_found_if_it_is_not_where_it_was";
    inside(name, |two| says(two, Some(&["https://gw.tail.test:4680".to_owned()])));
}

#[test]
fn where_there_is_nobody_it_is_said_so() {
    let machine = Machine::up();
    assert!(found(&machine).is_empty());
    let output = machine.run(&["nodes", "--found"]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no other machine was found"));
}
