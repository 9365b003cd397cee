//! Programs with pipes: what they are given and say arrives byte for byte, whichever node is away.

use homie_holder::HoldSpec;
use homie_protocol::code::Code;
use homie_protocol::holder::{AskCapture, AskEndInput, AskSignal, ToHolder};
use homie_protocol::id::Channel;
use homie_protocol::limits::RING;
use homie_protocol::methods::session::{Delivery, SessionSignal};

use crate::node::{Node, claim};
use crate::process::Holder;

fn piped(script: &str) -> Holder {
    Holder::start(|spec| spec.pipes = true, &["sh", "-c", script])
}

/// A viewer that needs every byte and types.
fn join(node: &mut Node, channel: u32, from: u64, sent: u64) {
    node.ask_open_as(Delivery::Lossless, channel, Some(from), Some(claim(1, sent)));
    node.until(|node| node.views.contains_key(&channel));
    assert_eq!(node.views[&channel].opened.gap, None);
}

#[test]
fn ten_megabytes_pass_byte_for_byte_over_links_that_break() {
    const ALL: usize = 10 * 1024 * 1024;
    let holder = piped("exec cat");
    assert!(holder.record().pipes);
    let all: Vec<u8> = (0..ALL).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect();
    let (mut seen, mut applied, mut epoch) = (Vec::new(), 0, 1);
    while seen.len() < ALL {
        let mut node = holder.link(epoch);
        epoch += 1;
        join(&mut node, 1, seen.len() as u64, applied as u64);
        // What was not applied before the link broke is sent again.
        applied = usize::try_from(node.views[&1].opened.input.unwrap().applied.get()).unwrap();
        let (mut sent, until) = (applied, ALL.min(seen.len() + 3_000_000));
        while node.views[&1].bytes.len() + seen.len() < until {
            let known = usize::try_from(node.views[&1].applied()).unwrap().max(applied);
            while sent < ALL && sent < known + 48 * 1024 {
                let len = 16_000.min(ALL - sent);
                node.input(1, sent as u64, &all[sent..sent + len]);
                sent += len;
            }
            let before = (node.views[&1].at, node.views[&1].acks.len());
            node.until(|node| (node.views[&1].at, node.views[&1].acks.len()) != before);
        }
        applied = sent;
        seen.extend_from_slice(&node.views[&1].bytes);
    }
    assert!(seen == all, "what came back is not what was sent");
    assert!(epoch > 4);
}

#[test]
fn what_nobody_reads_is_kept_and_the_program_waits() {
    let holder = piped("seq 1 400000; echo END");
    let expected = (1..=400_000).fold(String::new(), |text, number: u32| text + &number.to_string() + "\n") + "END\n";
    let mut node = holder.link(1);
    // One that only looks is no reason to go on.
    node.watch(1, None);
    node.until(|node| node.views[&1].at > RING as u64 / 2);
    node.turns(100);
    assert!(node.views[&1].at <= RING as u64);
    node.need(3, None);
    node.until(|node| node.views[&3].exit().is_some());
    assert!(node.views[&3].bytes == expected.as_bytes());
    assert_eq!(node.views[&3].exit().unwrap().code, Some(0));
}

#[test]
fn the_end_of_input_comes_behind_the_input() {
    let holder = piped("cat; echo and no more; cat >&2; exit 3");
    let mut node = holder.link(1);
    join(&mut node, 1, 0, 0);
    node.input(1, 0, b"all of it\n");
    node.tell(&ToHolder::EndInput(AskEndInput { ask: 9 }));
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!(node.views[&1].text(), "all of it\nand no more\n");
    assert_eq!((node.views[&1].exit().unwrap().code, node.done[&9].clone()), (Some(3), None));
    let in_a_terminal = Holder::mirror();
    let mut node = in_a_terminal.link(1);
    node.tell(&ToHolder::EndInput(AskEndInput { ask: 1 }));
    node.until(|node| node.done.contains_key(&1));
    assert_eq!(node.done[&1].as_ref().unwrap().code, Code::WrongState);
}

#[test]
fn errors_come_apart_and_the_last_of_them_can_be_read_also_at_the_end() {
    let holder = piped("seq 1 20000 >&2; echo said; read line; echo last words >&2; exit 1");
    let mut node = holder.link(1);
    join(&mut node, 1, 0, 0);
    node.until_shown(1, "said\n");
    let mut ask = 0;
    let mut errors = |node: &mut Node| {
        ask += 1;
        node.tell(&ToHolder::Capture(AskCapture { ask, scrollback: true, ansi: false, from: None }));
        node.until(|node| node.captured.contains_key(&ask));
        node.captured[&ask].text.clone()
    };
    while !errors(&mut node).ends_with("19999\n20000\n") {}
    assert!(errors(&mut node).len() <= 64 * 1024);
    node.input(1, 0, b"\n");
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!(node.views[&1].text(), "said\n");
    assert!(errors(&mut node).ends_with("20000\nlast words\n"));
}

#[test]
fn joined_errors_stand_where_they_were_said_and_there_is_nothing_to_read() {
    let joined = |spec: &mut HoldSpec| (spec.pipes, spec.joined) = (true, true);
    let holder = Holder::start(joined, &["sh", "-c", "cat; echo one; echo two >&2; echo three; exit 3"]);
    let mut node = holder.link(1);
    node.need(1, None);
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!((node.views[&1].text().as_str(), node.views[&1].exit().unwrap().code), ("one\ntwo\nthree\n", Some(3)));
}

#[test]
fn signals_reach_it_and_a_screen_it_has_none() {
    let holder = piped("trap 'echo caught; exit 4' INT; echo ready; while :; do sleep 0.01; done");
    let mut node = holder.link(1);
    join(&mut node, 1, 0, 0);
    node.until_shown(1, "ready\n");
    node.ask_open_as(Delivery::Screen, 3, None, None);
    node.until(|node| node.open_refused.contains_key(&3));
    assert_eq!(node.open_refused[&3].code, Code::WrongState);
    node.ask_snapshot(1, 5);
    node.until(|node| node.views[&1].detached() == Some(Code::UnexpectedFrame));
    node.resize(100, 30);
    join(&mut node, 5, 6, 0);
    assert_eq!(node.views[&5].opened.channel, Channel::new(5));
    assert!(node.changed.is_empty(), "it has no size to change");
    node.tell(&ToHolder::Signal(AskSignal { ask: 1, signal: SessionSignal::Int }));
    node.until(|node| node.views[&5].exit().is_some());
    assert_eq!((node.views[&5].text().as_str(), node.views[&5].exit().unwrap().code), ("caught\n", Some(4)));
}

#[test]
fn a_program_that_does_not_exist_is_refused() {
    let home = tempfile::TempDir::new().unwrap();
    let mut spec = crate::process::spec(home.path(), &["/no/such/program"]);
    spec.pipes = true;
    let (mut process, answer) = crate::process::start(&spec);
    assert!(answer.starts_with("error: ") && answer.contains("No such file"), "{answer}");
    process.wait().unwrap();
}
