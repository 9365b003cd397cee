//! Output: exact, or its loss is declared.

use std::fmt::Write;

use homie_protocol::code::Code;
use homie_protocol::limits::RING;
use homie_protocol::machine::window::PROBE_BYTES;

use crate::process::Holder;
use crate::view::Happened;

/// What `seq 1 last` prints on a terminal.
fn numbers(last: u32) -> String {
    (1..=last).fold(String::new(), |mut text, number| {
        write!(text, "{number}\r\n").unwrap();
        text
    })
}

#[test]
fn a_viewer_that_comes_back_goes_on_at_its_byte() {
    let holder = Holder::shell("seq 1 50000; printf END; exec cat");
    let expected = numbers(50_000) + "END";
    let mut first = holder.link(1);
    first.watch(1, None);
    first.until_shown(1, "END");
    assert_eq!(first.views[&1].text(), expected);
    drop(first);

    for from in [0, 1, 4095, 123_456, expected.len() - 1] {
        let mut again = holder.link(1);
        let view = again.watch(1, Some(from as u64));
        assert_eq!((view.opened.from.get(), view.opened.gap), (from as u64, None));
        again.until(|node| node.views[&1].at == expected.len() as u64);
        assert_eq!(again.views[&1].text(), expected[from..]);
    }
}

#[test]
fn a_viewer_that_does_not_acknowledge_gets_one_small_frame_then_a_gap_then_the_rest() {
    let holder = Holder::shell("read go; seq 1 400000; printf END; exec cat");
    let expected = "\r\n".to_owned() + &numbers(400_000) + "END";
    let mut node = holder.link(1);
    node.lazy(1);
    node.watch(1, None);
    node.write(3, 9, 0);
    node.input(3, 0, b"\r");
    node.until_shown(3, "END");
    let first = node.views[&1].at;
    assert!(first > 0 && first <= PROBE_BYTES as u64);

    let end = expected.len() as u64;
    let kept = end - RING as u64;
    node.wake(1);
    node.until(|node| node.views[&1].at == end);
    let view = &node.views[&1];
    assert_eq!(view.events, [(first, Happened::Gap(first, kept))]);
    let (before, after) = view.bytes.split_at(usize::try_from(first).unwrap());
    assert!(expected.as_bytes().starts_with(before));
    assert!(expected.as_bytes().ends_with(after));
    assert_eq!(after.len(), RING);
}

#[test]
fn what_the_ring_has_lost_is_a_gap_from_the_start() {
    let holder = Holder::shell("seq 1 400000; printf END; exec cat");
    let end = (numbers(400_000) + "END").len() as u64;
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "END");
    for (channel, from) in [(3, None), (5, Some(0)), (7, Some(77))] {
        let gap = node.watch(channel, from).opened.gap.unwrap();
        assert_eq!((gap.from.get(), gap.to.get()), (from.unwrap_or(0), end - RING as u64));
    }
    node.ask_open(9, Some(end + 1), None);
    node.until(|node| node.open_refused.contains_key(&9));
    assert_eq!(node.open_refused[&9].code, Code::Offset);
}

#[test]
fn an_ack_beyond_what_was_sent_closes_the_channel_and_no_other() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.watch(1, None);
    node.write(3, 1, 0);
    node.until_shown(1, "ready");
    node.ack(1, 2);
    node.ack(1, 6);
    node.until(|node| node.views[&1].detached() == Some(Code::Offset));
    node.input(3, 0, b"on");
    node.until_shown(3, "readyon");
}

#[test]
fn a_new_size_has_its_place_in_the_output_of_every_viewer() {
    let holder = Holder::shell("stty -echo; printf ?; read go; seq 1 30000; printf END; read go; stty size; exec cat");
    let before = ("?".to_owned() + &numbers(30_000) + "END").len() as u64;
    let mut node = holder.link(1);
    node.lazy(1);
    node.watch(1, None);
    node.write(3, 1, 0);
    node.until_shown(3, "?");
    node.input(3, 0, b"\r");
    node.until_shown(3, "END");

    let size = node.resize(133, 45);
    node.until(|node| !node.views[&3].events.is_empty());
    assert_eq!(node.views[&3].events, [(before, Happened::Resized(size))]);
    assert_eq!(node.changed.last().unwrap().size, size);
    // The same size again is no change.
    node.resize(133, 45);
    node.input(3, 1, b"\r");
    node.until_shown(3, "45 133");
    assert_eq!(node.views[&3].events.len(), 1);

    // The viewer that is behind hears of it when it gets there.
    assert!(node.views[&1].at < before);
    assert_eq!(node.views[&1].events, []);
    node.wake(1);
    node.until_shown(1, "45 133");
    assert_eq!(node.views[&1].events, [(before, Happened::Resized(size))]);
    assert_eq!(node.watch(5, None).opened.size, size);
}
