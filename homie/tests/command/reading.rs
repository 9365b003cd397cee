//! What sessions show, read from a script: capture and search.

use crate::machine::Machine;

/// A session that has printed this and stays.
fn printed(machine: &Machine, name: &str, script: &str) {
    machine.done(&["new", "--name", name, "--", "sh", "-c", &format!("{script}; echo the end; sleep 1000")]);
    while !machine.done(&["capture", name]).contains("the end") {}
}

#[test]
fn what_a_session_shows_is_captured() {
    let machine = Machine::up();
    printed(&machine, "build", "seq 1 60; printf '\\033[31mred\\033[m plain\\n'");
    let screen = machine.done(&["capture", "build"]);
    assert!(screen.contains("\n60\nred plain\nthe end\n") && !screen.contains("\n9\n"), "{screen}");
    assert!(!screen.contains('\x1b'), "{screen:?}");
    let all = machine.done(&["capture", "build", "--scrollback"]);
    assert!(all.starts_with("1\n2\n3\n") && all.contains("\nthe end\n"), "{all}");
    let coloured = machine.done(&["capture", "bui", "--ansi"]);
    assert!(coloured.contains("31m") && coloured.contains("red"), "{coloured:?}");
    let told = machine.json(&["capture", "build", "--json"]);
    assert_eq!((&told["name"], &told["id"]), (&"build".into(), &machine.session("build")["id"]));
    assert_eq!(told["text"], screen);
    assert_eq!(machine.refused(&["capture", "nothing"]).0, 3);
}

#[test]
fn a_long_history_comes_whole() {
    let machine = Machine::up();
    printed(&machine, "build", "seq -f 'a longer line with the number %g in it' 1 9000");
    let all = machine.done(&["capture", "build", "--scrollback"]);
    let numbers: Vec<_> = all.lines().filter(|line| line.starts_with("a longer")).collect();
    assert_eq!(numbers.len(), 9000);
    assert!(numbers.iter().enumerate().all(|(at, line)| line.contains(&format!(" {} ", at + 1))));
}

#[test]
fn a_text_is_found_in_one_and_in_all() {
    let machine = Machine::up();
    printed(&machine, "build", "echo no; seq 1 40; echo some Error here; echo an error there");
    printed(&machine, "web", "echo error of the web");
    let found = machine.done(&["search", "error"]);
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(lines.len(), 2, "{found}");
    assert!(lines.iter().any(|line| line.starts_with("build:") && line.ends_with(": an error there")), "{found}");
    assert!(lines.iter().any(|line| line.starts_with("web:") && line.ends_with(": error of the web")), "{found}");
    let found = machine.done(&["search", "build", "error", "--ignore-case"]);
    assert!(found.lines().next().unwrap().ends_with("some Error here"), "the older line comes first: {found}");
    assert_eq!(found.lines().count(), 2, "{found}");
    let told = machine.json(&["search", "web", "of the", "--json"]);
    assert_eq!((&told[0]["name"], &told[0]["text"]), (&"web".into(), &"error of the web".into()));
    assert_eq!((told[0]["column"].as_u64(), told[0]["line"].is_u64()), (Some(6), true), "{told}");
    let (code, words) = machine.refused(&["search", "nowhere to be found"]);
    assert_eq!((code, words.contains("nowhere")), (3, true), "{words}");
    assert_eq!(machine.refused(&["search", "nothing", "text"]).0, 3, "no such session");
}
