//! Viewers that need every byte: the program waits for them, and nobody else does.

use std::fmt::Write;
use std::process::Command;

use homie_protocol::holder::{AskSignal, ToHolder};
use homie_protocol::limits::RING;
use homie_protocol::methods::session::SessionSignal;

use crate::node::Node;
use crate::process::{Holder, program};
use crate::view::Happened;

/// Turns of the holder in which it would read all that these programs print, if nothing kept it from it.
const TURNS: usize = 100;

fn numbers(last: u32) -> String {
    (1..=last).fold(String::new(), |mut text, number| {
        write!(text, "{number}\r\n").unwrap();
        text
    })
}

const FLOOD: &str = "stty -echo; printf ready; read go; seq 1 400000; printf END; exec cat";

fn flood() -> Holder {
    Holder::shell(FLOOD)
}

fn expected() -> String {
    "ready".to_owned() + &numbers(400_000) + "END"
}

/// A viewer that reads and types on channel 1, and one that needs every byte and acknowledges nothing on channel 3. The
/// program has printed what it can.
fn waiting(holder: &Holder) -> Node {
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    node.lazy(3);
    node.need(3, None);
    node.input(1, 0, b"\n");
    node.until(|node| node.views[&1].at > RING as u64 / 2);
    node.turns(TURNS);
    node
}

#[test]
fn the_program_waits_for_one_that_does_not_acknowledge() {
    let holder = flood();
    let mut node = waiting(&holder);
    assert!(node.views[&1].at <= RING as u64, "what it needs would have been overwritten");
    node.wake(3);
    let expected = expected();
    node.until(|node| node.views[&3].at == expected.len() as u64);
    let view = &node.views[&3];
    assert!(view.events.is_empty() && view.bytes == expected.as_bytes());
}

#[test]
fn a_signal_reaches_a_program_that_waits() {
    let holder =
        Holder::shell("stty -echo; trap 'exit 7' INT; printf ready; read go; while :; do echo on and on; done");
    let mut node = waiting(&holder);
    node.tell(&ToHolder::Signal(AskSignal { ask: 1, signal: SessionSignal::Int }));
    node.until(|node| node.done.contains_key(&1));
    node.wake(3);
    node.until(|node| node.views[&3].exit().is_some());
    assert_eq!(node.views[&3].exit().unwrap().code, Some(7));
    assert_eq!(node.views[&3].events.len(), 1);
}

#[test]
fn one_whose_link_broke_is_waited_for() {
    let holder = flood();
    let node = waiting(&holder);
    let at = node.views[&3].at;
    let seen = node.views[&3].bytes.clone();
    drop(node);
    let mut node = holder.link(2);
    node.watch(1, None);
    node.turns(TURNS);
    let view = node.need(3, Some(at));
    assert_eq!((view.opened.from.get(), view.opened.gap), (at, None));
    let expected = expected();
    node.until(|node| node.views[&3].at == expected.len() as u64);
    assert!([&seen[..], &node.views[&3].bytes].concat() == expected.as_bytes());
    assert!(node.views[&3].events.is_empty());
}

#[test]
fn one_that_leaves_is_waited_for_if_it_did_not_mean_to() {
    let holder = flood();
    let mut node = waiting(&holder);
    node.close(3, true);
    node.turns(TURNS);
    assert!(node.views[&1].at <= RING as u64);
    // It comes back, and goes for good.
    node.lazy(5);
    assert_eq!(node.need(5, Some(1_024)).opened.gap, None);
    node.close(5, false);
    node.until_shown(1, "END");
}

#[test]
fn the_program_goes_on_at_the_end_of_its_patience_and_the_viewer_is_told() {
    let mut starter = Command::new(program());
    starter.env("HOMIE_PATIENCE_MS", "5000");
    let holder = Holder::start_by(starter, |_| {}, &["sh", "-c", FLOOD]);
    let mut node = waiting(&holder);
    assert!(node.views[&1].at <= RING as u64, "it did not wait");
    // Nobody acknowledges anything for the one that needs every byte: only time can end this.
    node.until_shown(1, "END");
    node.wake(3);
    let expected = expected();
    node.until(|node| node.views[&3].at == expected.len() as u64);
    let view = &node.views[&3];
    let [(at, Happened::Gap(from, to))] = view.events[..] else { panic!("{:?}", view.events) };
    assert_eq!((at, to > RING as u64), (from, true));
    let place = |offset| usize::try_from(offset).unwrap();
    let told = [&expected.as_bytes()[..place(from)], &expected.as_bytes()[place(to)..]].concat();
    assert!(view.bytes == told, "what is not in the gap has come");
}
