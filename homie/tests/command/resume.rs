//! The story that `docs/resume.cast` shows: two terminals on one session, the node killed with SIGKILL, both resume by
//! themselves. Another Homie records it. `scripts/demo` runs this test, slowly enough to be watched, and keeps the recording.

use std::thread;
use std::time::Duration;

use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen};
use serde_json::Value;

use crate::machine::Machine;
use crate::terminal::Terminal;

/// Where the recording is kept; without it nobody watches.
const KEPT: &str = "HOMIE_DEMO";

/// Columns of two panes of the same width, and rows.
const SIZE: (u16, u16) = (101, 26);

/// Kills the node as rudely as can be.
const KILL: &str = "kill -9 $(homie status --json | grep -o '\"pid\": [0-9]*' | grep -o '[0-9]*')";

/// Prints a number twice a second, whether anyone looks or not.
const COUNT: &str = "for i in $(seq 1000); do echo tick $i; sleep 0.5; done";

/// A person takes their time where somebody watches.
fn pause() {
    if std::env::var_os(KEPT).is_some() {
        thread::sleep(Duration::from_millis(1200));
    }
}

fn types(terminal: &Terminal, pane: usize, line: &str) {
    if std::env::var_os(KEPT).is_none() {
        return terminal.line(pane, line);
    }
    for letter in line.chars() {
        // A semicolon alone would end the command for tmux.
        let letter = if letter == ';' { "\\;".to_owned() } else { letter.to_string() };
        terminal.tmux(&["send-keys", "-t", &format!(":.{pane}"), "-l", "--", &letter]);
        thread::sleep(Duration::from_millis(25));
    }
    terminal.key(pane, "Enter");
}

/// The numbers on a screen, in order: nothing else may stand on their lines.
fn ticks(screen: &str) -> Vec<u32> {
    screen.lines().filter_map(|line| line.strip_prefix("tick ")).map(|number| number.trim().parse().unwrap()).collect()
}

/// Waits until the screen has counted to this, and checks that nothing is missing or doubled.
fn counts_to(terminal: &Terminal, pane: usize, last: u32) {
    let screen = terminal.sees(pane, &format!("tick {last}"));
    let seen = ticks(&screen);
    assert!(seen.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{screen}");
}

#[test]
fn both_terminals_resume_by_themselves() {
    let (machine, recorder) = (Machine::new(), Machine::up());
    let terminal = Terminal::new(&machine);
    terminal.resize(SIZE.0, SIZE.1);
    let right = terminal.split();
    let below = terminal.split_below(6);
    for option in [["status", "off"], ["pane-border-status", "top"], ["pane-border-format", " #{pane_title} "]] {
        terminal.tmux(&["set", "-g", option[0], option[1]]);
    }
    for (pane, title) in [(0, "one terminal"), (right, "another"), (below, "and a third")] {
        terminal.tmux(&["select-pane", "-t", &format!(":.{pane}"), "-T", title]);
    }
    let size = format!("{}x{}", SIZE.0, SIZE.1);
    let mirror = terminal.mirror();
    let stage = ["new", "--name", "stage", "--detach", "--size", &size, "--"];
    recorder.done(&[&stage[..], &mirror.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    while !recorder.done(&["capture", "stage"]).contains("outer$") {}
    recorder.done(&["record", "stage"]);

    types(&terminal, below, "homie up --detach --port 0 | head -1");
    terminal.sees(below, "Homie's page");
    types(&terminal, 0, "homie new --name build -- env PS1='build$ ' bash --norc");
    terminal.learns(0, "#{pane_title}", "build");
    pause();
    types(&terminal, right, "homie attach build");
    terminal.learns(right, "#{pane_title}", "build");
    pause();
    types(&terminal, 0, COUNT);
    for pane in [0, right] {
        counts_to(&terminal, pane, 4);
    }

    types(&terminal, below, KILL);
    for pane in [0, right] {
        terminal.learns(pane, "#{pane_title}", "build: no answer from Homie, trying again");
    }
    pause();
    types(&terminal, below, "homie up --detach --port 0 | head -1");
    for pane in [0, right] {
        terminal.learns(pane, "#{pane_title}", "build");
    }
    let seen = ticks(&terminal.screen(0)).last().copied().unwrap_or_default();
    for pane in [0, right] {
        counts_to(&terminal, pane, seen + 4);
    }
    terminal.key(right, "C-c");
    types(&terminal, right, "echo still the same shell, $((40 + 2))");
    for pane in [0, right] {
        terminal.sees(pane, "still the same shell, 42");
    }
    pause();

    let recording = recorder.done(&["record", "stage", "--stop"]);
    let cast = recorder.done(&["record", "--export", recording.trim()]);
    let last = last_screen(&cast);
    assert_eq!(last.matches("still the same shell, 42").count(), 2, "{last}");
    if let Some(path) = std::env::var_os(KEPT) {
        std::fs::write(path, cast).unwrap();
    }
}

/// What a recording shows at its end.
fn last_screen(cast: &str) -> String {
    let mut lines = cast.lines();
    let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(head["version"], 2);
    let mut screen = Screen::new(Size::new(SIZE.0, SIZE.1).unwrap(), Limits::default());
    for line in lines {
        let event: Value = serde_json::from_str(line).unwrap();
        if event[1] == "o" {
            screen.feed(event[2].as_str().unwrap().as_bytes(), &mut Effects::default());
        }
    }
    screen.text()
}

#[test]
fn the_recording_in_the_docs_shows_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/resume.cast");
    let cast = std::fs::read_to_string(path).unwrap();
    let last = last_screen(&cast);
    assert_eq!(last.matches("still the same shell, 42").count(), 2, "{last}");
    assert!(cast.contains("no answer from Homie, trying again"), "the node was killed in it");
}
