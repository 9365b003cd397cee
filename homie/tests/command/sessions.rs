//! Sessions from a script: no terminal, exit codes, JSON.

use serde_json::Value;

use crate::machine::Machine;
use crate::pipe::Pipe;

/// A shell that reads lines and tells each through the pipe.
fn listener(machine: &Machine, pipe: &Pipe, name: &str) {
    let script = format!("while IFS= read -r line; do echo \"got $line\"; done > {}", pipe.path().display());
    assert_eq!(machine.done(&["new", "--name", name, "--", "sh", "-c", &script]), format!("{name}\n"));
}

#[test]
fn what_is_sent_arrives() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    listener(&machine, &pipe, "build");
    machine.done(&["send", "build", "one line", "--enter"]);
    assert_eq!(pipe.line(), "got one line");
    machine.done(&["send", "bui", "--key", "a", "--key", "Space", "--key", "b", "--key", "Enter"]);
    assert_eq!(pipe.line(), "got a b");
    machine.done(&["send", "build", "-n", "--enter"]);
    assert_eq!(pipe.line(), "got -n");
    machine.done(&["send", "build", "--key", "C-d"]);
}

#[test]
fn a_list_for_programs_has_its_fields() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    assert_eq!(machine.json(&["ls", "--json"]), Value::Array(Vec::new()));
    listener(&machine, &pipe, "build");
    let all = machine.json(&["ls", "--json"]);
    let [session] = all.as_array().unwrap().as_slice() else { panic!("{all}") };
    let texts = ["id", "name", "machine", "state", "cwd"];
    let numbers = ["cols", "rows", "viewers", "created_at", "last_activity_at", "holder_pid"];
    let nothing = ["exit_code", "title", "attention"];
    assert!(texts.iter().all(|field| session[field].is_string()), "{session}");
    assert!(numbers.iter().all(|field| session[field].is_u64()), "{session}");
    assert!(nothing.iter().all(|field| session.get(field).is_some_and(Value::is_null)), "{session}");
    assert_eq!((&session["command"][0], &session["away"]), (&"sh".into(), &false.into()));
    assert_eq!(
        (&session["name"], &session["machine"], &session["state"]),
        (&"build".into(), &"desk".into(), &"running".into())
    );
    assert_eq!(session["cwd"], std::env::current_dir().unwrap().to_str().unwrap());
    assert_eq!(session.as_object().unwrap().len(), texts.len() + numbers.len() + nothing.len() + 2);
}

#[test]
fn a_list_for_people_is_a_table_without_colour() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    assert_eq!(machine.done(&["ls"]), "");
    listener(&machine, &pipe, "build");
    let table = machine.done(&["ls"]);
    assert!(table.starts_with("NAME   STATE    COMMAND"), "{table}");
    assert!(table.contains("\nbuild  running  sh -c"), "{table}");
    assert!(!table.contains('\x1b'), "{table}");
}

#[test]
fn one_that_is_killed_is_over_with_all_it_has_started() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    let script = format!("trap '' HUP; sleep 1000 & echo $! > {}; wait", pipe.path().display());
    machine.done(&["new", "--name", "build", "--", "sh", "-c", &script]);
    let child = pipe.line();
    machine.done(&["kill", "build"]);
    assert_eq!(machine.json(&["ls", "--json"]), Value::Array(Vec::new()));
    let over = machine.session("build");
    assert_eq!(over["state"], "exited");
    assert_eq!(over["exit_code"], 137, "{over}");
    assert!(!std::path::Path::new(&format!("/proc/{child}")).exists());
    assert_eq!(machine.refused(&["send", "build", "text"]).0, 4);
}

#[test]
fn an_exit_code_is_listed() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    listener(&machine, &pipe, "build");
    machine.done(&["send", "build", "--key", "C-d"]);
    machine.done(&["kill", "build"]);
    assert_eq!(machine.session("build")["exit_code"], 0);
}

#[test]
fn names_are_found_and_asked_back() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    for name in ["build", "build-web", "shell"] {
        listener(&machine, &pipe, name);
    }
    let (code, words) = machine.refused(&["send", "buil", "text"]);
    assert_eq!((code, words.contains("build or build-web")), (2, true), "{words}");
    let (code, words) = machine.refused(&["kill", "nothing"]);
    assert_eq!((code, words.contains("build, build-web and shell")), (3, true), "{words}");
    machine.done(&["rename", "she", "web"]);
    machine.done(&["send", "web", "found", "--enter"]);
    assert_eq!(pipe.line(), "got found");
    let (code, words) = machine.refused(&["rename", "web", "build"]);
    assert_eq!((code, words.contains("build")), (4, true), "{words}");
    let (code, words) = machine.refused(&["new", "--name", "web", "--", "true"]);
    assert_eq!((code, words.contains("web")), (4, true), "{words}");
}

#[test]
fn what_cannot_be_started_is_told() {
    let machine = Machine::up();
    let (code, words) = machine.refused(&["new", "--", "no-such-program"]);
    assert_eq!((code, words.contains("no-such-program")), (1, true), "{words}");
    let (code, words) = machine.refused(&["new", "--cwd", "/no/such/folder"]);
    assert_eq!((code, words.contains("/no/such/folder")), (1, true), "{words}");
    assert_eq!(machine.refused(&["attach", "build"]).0, 2, "there is no terminal here");
}

#[test]
fn a_new_session_is_told_as_json() {
    let machine = Machine::up();
    let told = machine.json(&["new", "--json", "--cwd", "/", "--", "sleep", "1000"]);
    assert_eq!((&told["name"], &told["cwd"]), (&"sleep".into(), &"/".into()));
    assert_eq!(machine.session("sleep")["id"], told["id"]);
}
