//! Recordings played in a terminal.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::machine::Machine;
use crate::program::Home;
use crate::terminal::{PROMPT, Terminal};

const HEAD: &str = "{\"version\": 2, \"width\": 60, \"height\": 10, \"title\": \"a build\"}\n";

fn cast(folder: &TempDir, events: &str) -> PathBuf {
    let path = folder.path().join("build.cast");
    fs::write(&path, format!("{HEAD}{events}")).unwrap();
    path
}

#[test]
fn a_file_is_played_paused_and_left() {
    let (machine, folder) = (Machine::new(), TempDir::new().unwrap());
    let events = "[0.1, \"o\", \"first\\r\\n\"]\n[100000.0, \"o\", \"never\"]\n";
    let path = cast(&folder, events);
    let terminal = Terminal::new(&machine);
    terminal.line(0, &format!("homie replay {}", path.display()));
    terminal.sees(0, "first");
    terminal.learns(0, "#{pane_title}", "▶ a build");
    terminal.key(0, "Space");
    terminal.learns(0, "#{pane_title}", "⏸ paused: a build");
    terminal.key(0, "Space");
    terminal.learns(0, "#{pane_title}", "▶ a build");
    terminal.key(0, "q");
    terminal.sees(0, PROMPT);
    terminal.line(0, "echo code-$?");
    let screen = terminal.sees(0, "code-0");
    assert!(!screen.contains("never"), "{screen}");
}

#[test]
fn long_waits_are_cut_short_and_the_end_is_the_end() {
    let (machine, folder) = (Machine::new(), TempDir::new().unwrap());
    let events =
        "[0.1, \"o\", \"first \"]\n[5000.0, \"i\", \"typed\"]\n[90000.0, \"r\", \"80x12\"]\n[95000, \"o\", \"last\"]\n";
    let path = cast(&folder, events);
    let terminal = Terminal::new(&machine);
    terminal.line(0, &format!("homie replay {} --idle-limit 0.05 --speed 2; echo code-$?", path.display()));
    let screen = terminal.sees(0, "code-0");
    assert!(screen.contains("first last") && !screen.contains("typed"), "{screen}");
}

#[test]
fn what_cannot_be_played_is_told() {
    let (machine, folder) = (Machine::up(), TempDir::new().unwrap());
    let path = folder.path().join("no.cast");
    fs::write(&path, "hello\n").unwrap();
    let terminal = Terminal::new(&machine);
    terminal.line(0, &format!("homie replay {}; echo code-$?", path.display()));
    let screen = terminal.sees(0, "code-1");
    assert!(screen.contains("no asciicast"), "{screen}");
    terminal.line(0, "clear; homie replay nothing; echo code-$?");
    terminal.sees(0, "code-3");
    let output = Home::new().run(&["replay", "x"]);
    assert_eq!(output.status.code(), Some(2), "there is no terminal here");
}
#[test]
fn a_session_is_recorded_and_the_recording_is_played() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie new --name build -- env PS1='inn''er> ' bash --norc --noprofile");
    terminal.sees(0, "inner>");
    let begun = machine.json(&["record", "build", "--json"]);
    assert_eq!((&begun["name"], begun["ended_at"].is_null()), (&"build".into(), true), "{begun}");
    terminal.learns(0, "#{pane_title}", "● REC build");
    terminal.line(0, "echo recorded-$((1 + 1))");
    terminal.sees(0, "recorded-2");
    let id = begun["id"].as_str().unwrap();
    assert_eq!(machine.done(&["record", "build", "--stop"]).trim(), id);
    terminal.learns(0, "#{pane_title}", "build");
    let list = machine.json(&["record", "--list", "--json"]);
    assert_eq!((&list[0]["id"], list[0]["ended_at"].is_u64()), (&id.into(), true), "{list}");
    assert!(machine.done(&["record", "--list"]).contains(id));
    let text = machine.done(&["record", "--export", id]);
    assert!(text.starts_with("{\"version\":2") || text.starts_with("{\"version\": 2"), "{text}");
    assert!(text.contains("recorded-2"), "{text}");
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left build");
    terminal.line(0, "clear; homie replay build --idle-limit 0.01; echo code-$?");
    let screen = terminal.sees(0, "code-0");
    assert!(screen.contains("recorded-2"), "{screen}");
    machine.done(&["record", "--remove", id]);
    assert_eq!(machine.json(&["record", "--list", "--json"]).as_array().map(Vec::len), Some(0));
    assert_eq!(machine.refused(&["record", "--export", id]).0, 3);
}

#[test]
fn one_that_is_over_runs_again() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--cwd", "/", "--", "sh", "-c", "pwd; read line"]);
    assert_eq!(machine.refused(&["rerun", "build"]).0, 4, "it still runs");
    machine.done(&["send", "build", "--enter"]);
    while machine.session("build")["state"] != "exited" {}
    let before = machine.session("build");
    let again = machine.json(&["rerun", "build", "--json"]);
    assert_eq!((&again["id"], &again["cwd"], &again["state"]), (&before["id"], &"/".into(), &"running".into()));
    assert_eq!(machine.refused(&["rerun", "nothing"]).0, 3);
}
