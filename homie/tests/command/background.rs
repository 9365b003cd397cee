//! Homie in the background: up, told of, down, and up again with the same shells.

use crate::machine::{Machine, has_ended, process};
use crate::program::{Home, about, address, secret};
use crate::terminal::{PROMPT, Terminal};

#[test]
fn up_returns_when_all_is_ready() {
    let machine = Machine::up();
    let told = machine.json(&["status", "--json"]);
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["node"]["name"], "desk");
    assert_eq!(told["node"]["id"].as_str().map(str::len), Some(26));
    let listeners = told["listeners"].as_array().unwrap();
    assert_eq!(listeners.len(), 3, "{told}");
    let url = listeners[2]["url"].as_str().unwrap();
    assert!(about(address(url)).contains(told["node"]["id"].as_str().unwrap()));
    assert!(machine.done(&["status"]).contains(url));
    assert!(machine.done(&["logs"]).contains("the gateway serves"));
    assert_eq!(machine.done(&["logs", "--lines", "1"]).lines().count(), 1);
    assert_eq!(machine.json(&["logs", "--lines", "2", "--json"])["lines"].as_array().map(Vec::len), Some(2));
    let pair = machine.json(&["pair", "--here", "--json"]);
    assert_eq!(secret(pair["link"].as_str().unwrap()).len(), 26);
}

#[test]
fn it_outlives_the_terminal_it_was_started_in() {
    let machine = Machine::new();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie up --detach --port 0 --name desk");
    terminal.sees(0, "Whose machine is this?");
    terminal.line(0, "-");
    terminal.sees(0, "One-use link: http");
    terminal.sees(0, PROMPT);
    let node = machine.node();
    terminal.line(0, "homie new --name build -- sh -c 'echo shown-$((1 + 1)); sleep 1000'");
    terminal.sees(0, "shown-2");
    drop(terminal);
    assert_eq!(machine.node(), node);
    assert_eq!(machine.session("build")["state"], "running");
}

#[test]
fn a_second_one_is_refused_with_the_words_of_the_first() {
    let machine = Machine::up();
    let (code, words) = machine.refused(&["up", "--detach", "--port", "0"]);
    assert_eq!((code, words.contains("already runs")), (1, true), "{words}");
}

#[test]
fn shells_go_on_while_it_is_down() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--", "sleep", "1000"]);
    let before = machine.session("build");
    assert_eq!(machine.json(&["down", "--json"])["running"], 1);
    let told = machine.json(&["up", "--detach", "--port", "0", "--json"]);
    assert_eq!(address(told["page"].as_str().unwrap()), address(told["link"].as_str().unwrap()));
    let words = machine.done(&["down"]);
    assert!(words.contains("One shell goes on"), "{words}");
    assert_eq!(machine.refused(&["ls"]).0, 5);
    assert!(!machine.home().path().join("local.sock").exists());
    let words = machine.start();
    assert_eq!(secret(words.lines().find(|line| line.contains("#link=")).unwrap()).len(), 26, "{words}");
    let after = machine.session("build");
    assert_eq!((&after["id"], &after["holder_pid"]), (&before["id"], &before["holder_pid"]));
    assert_eq!(after["state"], "running");
}

#[test]
fn down_with_all_asks_before_it_ends_sessions() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--", "sleep", "1000"]);
    let holder = process(&machine.session("build")["holder_pid"]);
    let (code, words) = machine.refused(&["down", "--all"]);
    assert_eq!((code, words.contains("--yes")), (4, true), "{words}");
    assert_eq!(machine.session("build")["state"], "running");
    assert_eq!(machine.done(&["down", "--all", "--yes"]), "Homie has stopped.\n");
    assert_eq!(machine.refused(&["ls"]).0, 5);
    assert!(has_ended(&holder), "it has nothing to hold any more");
    machine.start();
    assert_eq!(machine.session("build")["state"], "exited");
}

#[test]
fn there_is_no_log_before_it_was_in_the_background() {
    let output = Home::new().run(&["logs"]);
    assert_eq!(output.status.code(), Some(3));
}
