//! Completions as the shells ask for them.

use std::process::Command;
use std::time::Instant;

use crate::machine::Machine;
use crate::program::{Home, PATIENCE};

/// What bash would offer for the last word.
fn offered(home: &Home, words: &[&str]) -> Vec<String> {
    let script = String::from_utf8(home.run(&["completions", "bash"]).stdout).unwrap();
    // An empty word is one too.
    let line: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let ask = format!(
        "{script}\nCOMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9; _clap_complete_homie homie {:?} ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        line.join(" "),
        words.len() - 1,
        words.last().unwrap(),
    );
    let output = home.prepared(Command::new("bash").args(["--norc", "-c", &ask])).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(['\n', '\u{b}']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// The same for names of sessions, asked again as a person would on a machine that is too busy to answer in time.
pub(crate) fn named(home: &Home, words: &[&str]) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let mut names = offered(home, words);
        names.retain(|word| !word.starts_with('-'));
        if !names.is_empty() || begun.elapsed() > PATIENCE {
            return names;
        }
    }
}

#[test]
fn commands_are_completed() {
    let words = offered(&Home::new(), &["homie", "st"]);
    assert_eq!(words, ["status"]);
}

#[test]
fn sessions_are_completed_where_there_is_a_node() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--", "sleep", "1000"]);
    machine.done(&["new", "--name", "web", "--", "sleep", "1000"]);
    assert_eq!(named(machine.home(), &["homie", "attach", "b"]), ["build"]);
    assert_eq!(named(machine.home(), &["homie", "kill", ""]), ["build", "web"]);
}

#[test]
fn a_node_that_stands_still_holds_nobody_up() {
    let machine = Machine::up();
    let node = machine.node();
    rustix::process::kill_process(node, rustix::process::Signal::STOP).unwrap();
    let words = offered(machine.home(), &["homie", "attach", ""]);
    rustix::process::kill_process(node, rustix::process::Signal::CONT).unwrap();
    assert!(words.iter().all(|word| word.starts_with('-')), "{words:?}");
}

#[test]
fn each_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Home::new().run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(String::from_utf8(output.stdout).unwrap().contains("HOMIE_COMPLETE"), "{shell}");
    }
}
