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
    let output = Home::new().run(&["replay", "x"]);
    assert_eq!(output.status.code(), Some(2), "there is no terminal here");
}
