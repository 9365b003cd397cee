//! What a holder and its program do not take over from whoever started the node: it may have been anybody's terminal.

use std::fs::read_dir;
use std::path::Path;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::process::{Holder, program};

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
