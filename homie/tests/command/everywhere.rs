//! What can be done to a session can be done from any machine of the mesh: by its machine and name, and by its whole name.

use std::process::Command;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::completing::named;
use crate::machine::Machine;
use crate::mesh::{WAITS, joined, until, until_at};
use crate::terminal::Terminal;
use crate::two::{Two, inside};

/// Where a session's name stands in the words of a command.
const SESSION: &str = "SESSION";

/// What can be done to one that runs, and what is said then.
const ACTS: &[(&[&str], &str)] = &[
    (&["send", SESSION, "echo for-$((40 + 2))", "--enter"], ""),
    (&["capture", SESSION, "--scrollback"], "inner>"),
    (&["search", SESSION, "for-$(("], "for-$(("),
    (&["record", SESSION], "\n"),
    (&["record", SESSION, "--stop"], "\n"),
    (&["kill", SESSION], ""),
    (&["rerun", SESSION, "--detach"], "gw:build\n"),
];

fn on<'a>(words: &[&'a str], session: &'a str) -> Vec<&'a str> {
    words.iter().map(|word| if *word == SESSION { session } else { word }).collect()
}

/// A session that has shown its prompt.
fn begin(two: &Two, name: &str) {
    two.gw.done(&[&["new", "--name", name], WAITS].concat());
    while !two.gw.done(&["capture", name]).contains("inner>") {}
    until_at(&two.laptop, name, &["gw"]);
}

#[test]
fn each_command_finds_a_session_by_its_machine_and_by_its_whole_name() {
    inside("everywhere::each_command_finds_a_session_by_its_machine_and_by_its_whole_name", |two| {
        joined(two);
        begin(two, "build");
        for session in ["gw:build", "build"] {
            for (words, said) in ACTS {
                // What is over, or runs again, has to be known here before its name alone is enough.
                let state = if words[0] == "rerun" { "exited" } else { "running" };
                until_known(&two.laptop, "build", state);
                let words = on(words, session);
                let told = two.laptop.done(&words);
                assert!(told.contains(said), "{words:?}: {told}");
            }
            until_known(&two.laptop, "build", "running");
            while !two.gw.done(&["capture", "build"]).contains("inner>") {}
            seen(two, session);
        }
        two.laptop.done(&["rename", "build", "web"]);
        until_at(&two.laptop, "web", &["gw"]);
        two.laptop.done(&["rename", "gw:web", "build"]);
        two.gw.done(&["kill", "build"]);
    });
}

fn until_known(from: &Machine, name: &str, state: &str) {
    let is_known = |session: &Value| session["name"] == name && session["state"] == state;
    while !from.json(&["ls", "--all", "--json"]).as_array().unwrap().iter().any(is_known) {}
}

/// Somebody looks at it, and leaves.
fn seen(two: &Two, session: &str) {
    for (command, leave) in [("attach", "C-\\"), ("watch", "q")] {
        let terminal = Terminal::new(&two.laptop);
        terminal.line(0, &format!("homie {command} {session}"));
        terminal.learns(0, "#{pane_title}", "gw:build");
        terminal.key(0, leave);
        terminal.sees(0, "`homie attach gw:build` comes back");
    }
}

#[test]
fn a_search_of_all_machines_names_those_that_do_not_answer() {
    inside("everywhere::a_search_of_all_machines_names_those_that_do_not_answer", |two| {
        joined(two);
        begin(two, "build");
        let (gw, laptop) = (&two.gw, &two.laptop);
        laptop.done(&[&["new", "--name", "notes"], WAITS].concat());
        while !laptop.done(&["capture", "notes"]).contains("inner>") {}
        let told = laptop.done(&["search", "--all", "inner>"]);
        assert!(told.contains("gw:build:0: inner>") && told.contains("laptop:notes:0: inner>"), "{told}");
        assert_eq!(laptop.refused(&["search", "--all", "nobody says this"]).0, 3);
        assert_eq!(laptop.refused(&["search", "--all", "build", "inner>"]).0, 2, "all or one");

        let node = gw.node();
        kill_process(node, Signal::STOP).unwrap();
        let output = laptop.run(&["search", "--all", "--timeout", "2", "--json", "inner>"]);
        kill_process(node, Signal::CONT).unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "what was found is told all the same");
        assert_eq!((&told["found"][0]["machine"], &told["found"][0]["name"]), (&"laptop".into(), &"notes".into()));
        assert_eq!((&told["unanswered"][0]["machine"], told["found"].as_array().unwrap().len()), (&"gw".into(), 1));
        let beside = String::from_utf8_lossy(&output.stderr);
        assert!(beside.contains("homie: gw did not answer: it does not answer within 2 seconds"), "{beside}");
        laptop.done(&["kill", "notes"]);
        gw.done(&["kill", "build"]);
    });
}

/// Sessions of other machines are offered as this machine remembers them, whatever has become of those.
#[test]
fn a_shell_completes_sessions_of_a_machine_that_stands_still() {
    inside("everywhere::a_shell_completes_sessions_of_a_machine_that_stands_still", |two| {
        joined(two);
        begin(two, "build");
        let node = two.gw.node();
        kill_process(node, Signal::STOP).unwrap();
        let (names, machines) = (
            named(two.laptop.home(), &["homie", "attach", "gw:b"]),
            named(two.laptop.home(), &["homie", "ls", "--on", "g"]),
        );
        let cut = completed(&two.laptop, "homie attach gw:b");
        kill_process(node, Signal::CONT).unwrap();
        assert_eq!((names, machines), (vec!["gw:build".to_owned()], vec!["gw".to_owned()]));
        assert_eq!(cut, "build", "bash has cut the word at its colon");
        two.gw.done(&["kill", "build"]);
    });
}

/// What bash would put in the place of the last word of a line, as it cuts words.
fn completed(machine: &Machine, line: &str) -> String {
    let script = machine.done(&["completions", "bash"]);
    let ask = format!(
        "{script}\nCOMP_LINE={line:?} COMP_POINT=${{#COMP_LINE}} COMP_TYPE=9 COMP_WORDS=(homie attach gw : b) COMP_CWORD=4
        _homie homie b :; printf '%s' \"${{COMPREPLY[@]}}\""
    );
    loop {
        let output = machine.home().prepared(Command::new("bash").args(["--norc", "-c", &ask])).output().unwrap();
        // A machine that is too busy to answer in time is asked again, as a person would.
        let words = String::from_utf8(output.stdout).unwrap();
        if !words.is_empty() {
            return words.trim().to_owned();
        }
    }
}

#[test]
fn status_says_who_of_the_mesh_is_there() {
    inside("everywhere::status_says_who_of_the_mesh_is_there", |two| {
        joined(two);
        begin(two, "build");
        let told = two.laptop.done(&["status"]);
        assert!(told.contains("mesh    2 of 2 machines are up, sessions that run: 1\n"), "{told}");
        crate::machine::end(two.gw.node(), Signal::KILL);
        until(&two.laptop, "gw", "away");
        let (told, status) = (two.laptop.done(&["status"]), two.laptop.json(&["status", "--json"]));
        assert!(
            told.contains("mesh    1 of 2 machines are up") && told.contains("        gw is away, seen "),
            "{told}"
        );
        assert_eq!(status["mesh"]["machines"][0]["name"], "laptop");
        assert_eq!((&status["mesh"]["machines"][1]["state"], &status["mesh"]["sessions"]), (&"away".into(), &1.into()));
        two.start_gw();
        two.gw.done(&["kill", "build"]);
    });
}
