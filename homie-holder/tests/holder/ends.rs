//! The end of the program, and of the holder.

use homie_protocol::code::Code;
use homie_protocol::methods::session::ExitStatus;
use rustix::process::Signal;

use crate::process::Holder;
use crate::view::Happened;

const fn code(code: i32) -> ExitStatus {
    ExitStatus { code: Some(code), signal: None }
}

const fn signal(signal: i32) -> ExitStatus {
    ExitStatus { code: None, signal: Some(signal) }
}

#[test]
fn the_exit_follows_the_last_byte_and_is_on_disk_before() {
    let mut holder = Holder::shell("read go; seq 1 2000; printf tail; exit 7");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    assert_eq!(holder.exit_record(), None);
    node.input(1, 0, b"\r");
    node.until(|node| {
        node.changed.last().is_some_and(|changed| changed.exit.is_some()) || node.views[&1].exit().is_some()
    });
    let record = holder.exit_record().unwrap();
    assert_eq!((record.status, record.incarnation), (code(7), holder.spec.incarnation));

    node.until(|node| node.views[&1].exit().is_some());
    let view = &node.views[&1];
    assert!(view.text().ends_with("2000\r\ntail"));
    assert_eq!(view.events, [(view.at, Happened::Exited(code(7)))]);
    assert_eq!(record.end.get(), view.at);

    // Who comes later gets the same, on a new link too.
    let text = node.views[&1].text();
    let mut later = holder.link(2);
    assert_eq!(later.welcome.as_ref().unwrap().exit, Some(code(7)));
    later.watch(1, None);
    later.until(|node| node.views[&1].exit() == Some(code(7)));
    assert_eq!(later.views[&1].text(), text);

    later.bury();
    assert!(holder.ended().success());
    assert!(!holder.socket().exists());
    assert!(holder.exit_record().is_some());
}

#[test]
fn a_signal_is_told_by_its_number() {
    let holder = Holder::shell("read go; kill -9 $$");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.input(1, 0, b"\r");
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!(node.views[&1].exit(), Some(signal(9)));
    assert_eq!(holder.exit_record().unwrap().status, signal(9));
}

#[test]
fn a_process_left_behind_does_not_hide_the_end() {
    let holder = Holder::shell("trap '' HUP; sleep 3 & printf left; exit 3");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!((node.views[&1].text().as_str(), node.views[&1].exit()), ("left", Some(code(3))));
}

#[test]
fn a_program_that_lets_go_of_its_terminal_goes_on() {
    let holder =
        Holder::shell("exec </dev/null >/dev/null 2>&1; read go </dev/tty; echo back >/dev/tty; exec sleep 1000");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.input(1, 0, b"\r");
    node.until_shown(1, "back");
}

#[test]
fn a_running_session_is_not_buried() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.bury();
    assert_eq!(node.until_closed(), Some(Code::UnexpectedFrame));
    let mut again = holder.link(1);
    again.write(1, 1, 0);
    again.input(1, 0, b"alive");
    again.until_shown(1, "alive");
}

#[test]
fn a_request_to_end_hangs_up_and_leaves_a_record() {
    let mut holder = Holder::shell("printf ready; exec sleep 1000");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "ready");
    holder.signal(Signal::TERM);
    assert!(holder.ended().success());
    assert_eq!(node.until_closed(), None);
    assert_eq!(node.views[&1].exit(), Some(signal(1)));
    assert_eq!(holder.exit_record().unwrap().status, signal(1));
    assert!(!holder.socket().exists());
}

#[test]
fn a_program_that_ignores_the_hang_up_is_killed() {
    let mut holder = Holder::shell("trap '' HUP; printf ready; while :; do sleep 1; done");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "ready");
    holder.signal(Signal::TERM);
    assert!(holder.ended().success());
    assert_eq!(holder.exit_record().unwrap().status, signal(9));
}

#[test]
fn what_ends_a_node_does_not_end_a_holder() {
    let holder = Holder::mirror();
    for signal in [Signal::HUP, Signal::INT, Signal::PIPE] {
        holder.signal(signal);
    }
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.input(1, 0, b"alive");
    node.until_shown(1, "alive");
}
