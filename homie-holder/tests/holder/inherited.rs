//! What a holder and its program do not take over from whoever started the node: it may have been anybody's terminal.

use std::fs::read_dir;
use std::path::Path;
use std::process::Command;

use homie_holder::ScopeRecord;
use tempfile::{NamedTempFile, TempDir};

use crate::process::{Holder, program, spec, start_by};

/// A file that is open in the holder's process.
fn has_open(holder: &Holder, file: &Path) -> bool {
    let descriptors = read_dir(format!("/proc/{}/fd", holder.pid().as_raw_pid())).unwrap();
    descriptors.flatten().any(|descriptor| descriptor.path().read_link().is_ok_and(|open| open == file))
}

/// Whoever waits for the end of a pipe, or for a lock, must not wait for the last shell.
#[test]
fn an_open_file_of_the_starter_is_let_go() {
    let file = NamedTempFile::new().unwrap();
    let mut starter = Command::new("sh");
    starter.args(["-c", "exec \"$0\" 9>>\"$1\""]).arg(program()).arg(file.path());
    let holder = Holder::start_by(starter, |_| {}, &["cat"]);
    assert!(!has_open(&holder, file.path()));
}

/// In a container the terminal's session may be led from outside, where its number is none of a process.
#[test]
fn a_session_that_is_led_from_outside_our_pid_namespace_is_left() {
    let inside = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--pid", "--fork", "--kill-child"]);
        unshare
    };
    if !inside().arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("not tried: this machine gives no PID namespace");
        return;
    }
    let home = TempDir::new().unwrap();
    let mut starter = inside();
    starter.arg(program());
    let (mut process, answer) = start_by(starter, &spec(home.path(), &["cat"]));
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(answer, "ready\n");
}

/// Without a user manager that answers the session goes on where it is, and says so.
#[test]
fn a_session_without_a_scope_runs_and_its_record_says_why() {
    let nobody = TempDir::new().unwrap();
    let mut starter = Command::new(program());
    starter.env("XDG_RUNTIME_DIR", nobody.path());
    let holder = Holder::start_by(starter, |_| {}, &["sh", "-c", "echo here; read x"]);
    let mut node = holder.link(0);
    node.watch(1, None);
    node.until_shown(1, "here");
    let Some(ScopeRecord::NotTaken(why)) = holder.record().scope else { panic!("{:?}", holder.record()) };
    assert!(!why.is_empty());
}

/// What a service manager says to the node is not the program's, and the program is ended before its holder.
#[test]
fn nothing_is_said_of_the_nodes_service() {
    let of_the_node = [
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LISTEN_FDNAMES",
        "LISTEN_FDS",
        "LISTEN_PID",
        "LISTEN_PIDFDID",
        "MAINPID",
        "MANAGERPID",
        "MANAGERPIDFDID",
        "NOTIFY_SOCKET",
        "SYSTEMD_EXEC_PID",
        "WATCHDOG_PID",
        "WATCHDOG_USEC",
    ];
    let mut starter = Command::new(program());
    starter.envs(of_the_node.map(|name| (name, "theirs")));
    let script = "env; echo score:$(cat /proc/self/oom_score_adj):; read x";
    let holder = Holder::start_by(starter, |_| {}, &["sh", "-c", script]);
    let mut node = holder.link(0);
    node.watch(1, None);
    node.until_shown(1, "score:300:");
    assert!(!node.views[&1].shows("=theirs"));
    let score = std::fs::read_to_string(format!("/proc/{}/oom_score_adj", holder.pid().as_raw_pid())).unwrap();
    assert!(score.trim().parse::<i32>().unwrap() < 300);
}

/// Programs believe what these say: the size of a window, how to talk to it, that they run inside something else.
#[test]
fn nothing_is_said_of_the_starters_terminal() {
    let foreign =
        ["COLUMNS", "LINES", "TERMCAP", "TERM_PROGRAM", "TMUX", "TMUX_PANE", "STY", "SSH_TTY", "NOTIFY_SOCKET"];
    let mut starter = Command::new(program());
    starter.envs(foreign.map(|name| (name, "theirs"))).env("KEPT", "kept");
    let holder = Holder::start_by(starter, |_| {}, &["sh", "-c", "env; echo over; read x"]);
    let mut node = holder.link(0);
    node.watch(1, None);
    node.until_shown(1, "over");
    assert!(node.views[&1].shows("KEPT=kept"));
    assert!(!node.views[&1].shows("=theirs"));
}
