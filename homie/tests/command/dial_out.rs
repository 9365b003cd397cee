//! A machine that nobody can dial: it listens at its loopback alone, in a network of its own, without any tailnet, and leaves
//! connections with `gw`. Who sits at `gw`, and who sits at `desk` and reaches `gw` alone, types there.

use std::fs;
use std::thread;

use rustix::process::Signal;

use crate::key_door::{Network, enter, inside, start, with_settings};
use crate::machine::{Machine, end};
use crate::mesh::{WAITS, machine, until, until_at};
use crate::program::Home;
use crate::terminal::Terminal;

/// The key door of `gw`.
const GW: &str = "10.9.0.1:4664";

/// `gw` and `shed`.
fn two(network: &Network) -> (Machine, Machine) {
    let gw = with_settings(Home::new(), &format!("key-door = ['{GW}']\n"));
    start(&gw, "gw");
    let shed = network.machine_with("dial-out = true\n");
    enter(&gw, &shed, "shed");
    let said = start(&shed, "shed");
    assert!(said.contains("Dials out: other machines reach this one through gw\n"), "{said}");
    until(&gw, "shed", "up");
    (gw, shed)
}

#[test]
fn a_machine_that_nobody_can_dial_is_typed_in_from_the_one_it_dials_and_from_behind_that() {
    inside(
        "dial_out::a_machine_that_nobody_can_dial_is_typed_in_from_the_one_it_dials_and_from_behind_that",
        |network| {
            let (gw, shed) = two(network);
            assert_eq!(gw.done(&[&["new", "--on", "shed", "--name", "build"], WAITS].concat()), "shed:build\n");
            assert!(machine(&gw, "shed")["through"].is_null(), "no other gateway is in between");
            gw.done(&["send", "shed:build", "echo near-$((40 + 1))", "--enter"]);
            while !gw.done(&["capture", "shed:build"]).contains("near-41") {
                thread::yield_now();
            }

            let desk = with_settings(Home::new(), "");
            enter(&gw, &desk, "desk");
            start(&desk, "desk");
            assert_eq!(until(&desk, "shed", "up")["through"], GW);
            until_at(&desk, "build", &["shed"]);
            let terminal = Terminal::new(&desk);
            terminal.line(0, "homie attach shed:build; echo code-$?");
            terminal.sees(0, "near-41");
            terminal.line(0, "echo one-$((40 + 2))");
            terminal.sees(0, "one-42");

            // The machine dies and comes back, then the one in between: what is shown goes on where it was.
            end(shed.node(), Signal::KILL);
            start(&shed, "shed");
            terminal.line(0, "echo two-$((40 + 3))");
            terminal.sees(0, "two-43");
            end(gw.node(), Signal::KILL);
            start(&gw, "gw");
            terminal.line(0, "echo three-$((40 + 4))");
            let shown = terminal.sees(0, "three-44");
            assert!(shown.matches("\none-42").count() == 1 && shown.matches("\ntwo-43").count() == 1, "{shown}");
            let sent = desk.run(&["send", "shed:build", "exit", "--enter"]);
            let words = String::from_utf8_lossy(&sent.stderr);
            assert!(sent.status.success() && words.contains(&format!("through {GW}")), "{words}");
            terminal.sees(0, "code-0");
        },
    );
}

#[test]
fn where_it_dials_is_told_and_who_leaves_the_mesh_is_dialled_no_more() {
    inside("dial_out::where_it_dials_is_told_and_who_leaves_the_mesh_is_dialled_no_more", |network| {
        let (gw, shed) = two(network);
        while !shed.done(&["status"]).contains("\ndials   gw\n") {
            thread::yield_now();
        }
        assert_eq!(shed.json(&["status", "--json"])["dial_out"][0]["lies"], true);
        assert!(gw.json(&["status", "--json"])["dial_out"].is_null(), "of what nobody wants nothing is said");
        let told = String::from_utf8(shed.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("dials out to gw") && !told.contains("dial-out-"), "{told}");
        end(gw.node(), Signal::KILL);
        while !shed.done(&["status"]).contains("\ndials   not gw (") {
            thread::yield_now();
        }
        start(&gw, "gw");
        until(&gw, "shed", "up");
        // It is retired at `gw`: nobody is called there any more, and what lay there is closed.
        gw.done(&["nodes", "forget", "shed", "--yes"]);
        while !shed.done(&["status"]).contains("\ndials   not gw (") {
            thread::yield_now();
        }
        let (code, words) = gw.refused(&["ls", "--on", "shed"]);
        assert!(code == 5 && words.contains("nobody here knows where shed is"), "{code} {words}");
    });
}

#[test]
fn a_mesh_without_a_key_door_and_root_are_said_to_be_in_the_way() {
    inside("dial_out::a_mesh_without_a_key_door_and_root_are_said_to_be_in_the_way", |network| {
        let shed = network.machine_with("dial-out = true\n");
        let said = shed.done(&["up", "--detach", "--port", "0"]);
        assert!(said.contains("so it does not dial out") && said.contains("\n  homie up --allow-root"), "{said}");
        shed.kill_node();
        let said = start(&shed, "shed");
        assert!(said.contains("no other machine of the mesh has a key door to dial"), "{said}");
        let told = String::from_utf8(shed.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("no other machine of the mesh has a key door"), "{told}");
        shed.kill_node();
        fs::write(shed.home().path().join("config.toml"), "dial-out = 'gw'\n").unwrap();
        let (code, words) = shed.refused(&["up", "--detach", "--port", "0", "--allow-root"]);
        assert!(code == 1 && words.contains("dial-out"), "{code} {words}");
    });
}
