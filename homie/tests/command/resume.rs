//! The story that `docs/resume.cast` shows: two terminals on one session, the node killed with SIGKILL, both resume by
//! themselves.

use crate::machine::Machine;
use crate::terminal::Terminal;
use crate::watched::{KILL, Stage, last_screen, pause, types};

/// Columns of two panes of the same width, and rows.
const SIZE: (u16, u16) = (101, 26);

/// Prints a number twice a second, whether anyone looks or not.
const COUNT: &str = "for i in $(seq 1000); do echo tick $i; sleep 0.5; done";

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
    let machine = Machine::new();
    let terminal = Terminal::new(&machine);
    terminal.resize(SIZE.0, SIZE.1);
    let right = terminal.split();
    let below = terminal.split_below(6);
    let stage = Stage::of(&terminal, SIZE, &[(0, "one terminal"), (right, "another"), (below, "and a third")]);

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

    let last = last_screen(&stage.end(), SIZE);
    assert_eq!(last.matches("still the same shell, 42").count(), 2, "{last}");
}

#[test]
fn the_recording_in_the_docs_shows_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/resume.cast");
    let cast = std::fs::read_to_string(path).unwrap();
    let last = last_screen(&cast, SIZE);
    assert_eq!(last.matches("still the same shell, 42").count(), 2, "{last}");
    assert!(cast.contains("no answer from Homie, trying again"), "the node was killed in it");
}
