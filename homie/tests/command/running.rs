//! `homie run`: the same command on several machines, and what each of them says.

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::machine::Machine;
use crate::mesh::joined;
use crate::two::{Two, inside};

/// How many sessions a machine has that run, as itself says.
fn running(machine: &Machine, name: &str) -> usize {
    let listed = machine.json(&["ls", "--json"]);
    listed.as_array().unwrap().iter().filter(|session| session["machine"] == name).count()
}

fn sh<'a>(options: &[&'a str], script: &'a str) -> Vec<&'a str> {
    [&["run"], options, &["--", "sh", "-c", script]].concat()
}

fn said(two: &Two, options: &[&str], script: &str) -> (i32, String, String) {
    let output = two.laptop.run(&sh(options, script));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn each_line_comes_behind_the_name_of_its_machine() {
    inside("running::each_line_comes_behind_the_name_of_its_machine", |two| {
        joined(two);
        let (code, out, err) = said(two, &["--on", "laptop,gw"], "echo one; echo two >&2; printf three");
        assert_eq!((code, err.as_str()), (0, ""));
        let lines = ["gw: one", "gw: three", "gw: two", "laptop: one", "laptop: three", "laptop: two"];
        assert_eq!(sorted(&out), lines);
        let of_gw: Vec<_> = out.lines().filter(|line| line.starts_with("gw")).collect();
        assert_eq!(of_gw, ["gw: one", "gw: two", "gw: three"], "errors stand where they were said");

        let (code, out, _) = said(two, &["--all"], "cat; tty || true; echo over");
        assert_eq!((code, out.matches("over").count(), out.matches("not a tty").count()), (0, 2, 2), "{out}");
        let (code, out, _) = said(two, &["--on", "gw", "--cwd", "/usr"], "seq 1 200000; pwd");
        assert_eq!((code, out.lines().count(), out.lines().last()), (0, 200_001, Some("gw: /usr")));
    });
}

#[test]
fn the_worst_code_is_the_codes_of_all_and_each_machine_that_failed_is_named() {
    inside("running::the_worst_code_is_the_codes_of_all_and_each_machine_that_failed_is_named", |two| {
        joined(two);
        let script = format!("{}; exit 0", on_gw(two, "exit 7"));
        let (code, _, err) = said(two, &["--all"], &script);
        assert_eq!((code, err.as_str()), (7, "homie: gw: ended with exit code 7\n"));
        let (code, _, err) = said(two, &["--on", "gw"], "kill -KILL $$");
        assert!(code == 137 && err.contains("gw: was ended by signal 9"), "{code} {err}");
        let (code, _, err) = said(two, &["--on", "gw", "--timeout", "1"], "echo begun; sleep 1000");
        assert!(code == 124 && err.contains("gw: took longer than 1 seconds, and was ended"), "{code} {err}");
        assert_eq!(running(&two.gw, "gw"), 0, "it does not go on");

        let unknown = two.laptop.refused(&sh(&["--on", "gw,nobody"], "touch /tmp/never"));
        assert!(unknown.0 == 3 && unknown.1.contains("there is laptop, gw"), "{unknown:?}");
        let missing = two.laptop.refused(&["run", "--on", "gw", "--", "no-such-program"]);
        assert!(missing.0 == 1 && missing.1.contains("gw: could not be done: command:"), "{missing:?}");
        assert_eq!(two.laptop.refused(&["run", "--", "true"]).0, 2, "nobody said where");
        let all = two.gw.json(&["ls", "--all", "--json"]);
        let begun = all.as_array().unwrap().iter().filter(|session| session["machine"] == "gw").count();
        assert_eq!(begun, 3, "nothing else was begun");
    });
}

/// A shell's words that are true on `gw` alone.
fn on_gw(two: &Two, words: &str) -> String {
    let home = two.gw.home().path();
    format!("[ \"$HOMIE_HOME\" = '{}' ] && {words}", home.display())
}

#[test]
fn equal_outputs_are_told_once_and_what_differs_is_shown() {
    inside("running::equal_outputs_are_told_once_and_what_differs_is_shown", |two| {
        joined(two);
        let (_, out, _) = said(two, &["--all", "--group"], "echo same; echo more");
        assert_eq!(out, "laptop, gw:\nsame\nmore\n");
        let script = format!("echo first; {}; echo last", on_gw(two, "echo extra"));
        let (_, out, _) = said(two, &["--all", "--diff"], &script);
        assert_eq!(out, "laptop:\nfirst\nlast\ngw differs:\n+ extra\n");
        let (code, out, _) = said(two, &["--all", "--json"], "echo out; exit 4");
        let told: Value = serde_json::from_str(&out).unwrap();
        let first = &told["machines"][0];
        assert_eq!((code, &first["machine"], &first["code"]), (4, &"laptop".into(), &4.into()));
        assert_eq!((&first["output"], &first["why"]), (&"out\n".into(), &"ended with exit code 4".into()));
    });
}

#[test]
fn an_interrupt_ends_it_everywhere() {
    inside("running::an_interrupt_ends_it_everywhere", |two| {
        joined(two);
        let run = two.laptop.home().start(&sh(&["--all"], "echo begun; exec sleep 1000"));
        run.hear("begun");
        run.hear("begun");
        assert_eq!((running(&two.gw, "gw"), running(&two.laptop, "laptop")), (1, 1));
        run.signal(Signal::INT);
        assert_eq!(run.end().code(), Some(130));
        assert_eq!((running(&two.gw, "gw"), running(&two.laptop, "laptop")), (0, 0));
    });
}

#[test]
fn a_machine_that_stands_still_is_named_and_holds_the_others_up_no_longer() {
    inside("running::a_machine_that_stands_still_is_named_and_holds_the_others_up_no_longer", |two| {
        joined(two);
        let node = two.gw.node();
        kill_process(node, Signal::STOP).unwrap();
        let (code, out, err) = said(two, &["--on", "gw,laptop", "--timeout", "2"], "echo there");
        kill_process(node, Signal::CONT).unwrap();
        assert_eq!((code, out.as_str()), (5, "laptop: there\n"));
        assert!(err.contains("homie: gw: could not be done: it does not answer within 2 seconds"), "{err}");
    });
}
