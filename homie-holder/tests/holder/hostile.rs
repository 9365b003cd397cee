//! Output that would make a terminal grow: the holder stays small, and the shell goes on.

use std::io::Read;

use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen};

use crate::process::Holder;

/// Memory of the holder's process, in KiB.
fn resident(holder: &Holder) -> usize {
    let mut status = String::new();
    let path = format!("/proc/{}/status", holder.pid().as_raw_pid());
    std::fs::File::open(path).unwrap().read_to_string(&mut status).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The most that it took, after the program has printed this and the screen has taken it.
fn most_after(script: &str) -> usize {
    let holder = Holder::shell(&format!("stty raw -echo; {script}; printf '\\033\\\\\\033c'; printf END; exec cat"));
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "END");
    node.input(1, 0, b" lives");
    node.until_shown(1, " lives");
    node.look(3, None);
    node.until(|node| !node.views[&3].snapshots.is_empty());
    let end = node.views[&1].at;
    node.until(|node| node.views[&3].at == end);
    let view = &node.views[&3];
    let mut screen = Screen::new(Size::default(), Limits::default());
    screen.feed(&view.snapshots[0].1, &mut Effects::default());
    screen.feed(&view.bytes, &mut Effects::default());
    assert!(screen.text().ends_with("lives"), "{:?}", screen.text());
    resident(&holder)
}

/// The ring, the history, the rows and what the program itself takes: more than this is growth.
const MOST: usize = 32 * 1024;

#[test]
fn a_sequence_without_end_takes_no_memory() {
    let most = most_after("printf '\\033]2;'; head -c 67108864 /dev/zero | tr '\\0' x");
    assert!(most < MOST, "{most} KiB");
}

#[test]
fn marks_on_one_character_take_no_memory() {
    let most = most_after("printf e; yes \"$(printf '\\314\\201')\" | tr -d '\\n' | head -c 4194304");
    assert!(most < MOST, "{most} KiB");
}

#[test]
fn stacks_and_questions_without_end_take_no_memory() {
    let most = most_after(
        "yes \"$(printf '\\033[>1u\\033[22t\\033[c\\033]8;;x:%s\\033\\\\y' 1)\" | tr -d '\\n' | head -c 2097152",
    );
    assert!(most < MOST, "{most} KiB");
}
