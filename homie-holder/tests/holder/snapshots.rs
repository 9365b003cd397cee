//! Snapshots: with what comes after them they are the whole stream.

use std::fmt::Write;
use std::process::Command;

use homie_protocol::code::Code;
use homie_protocol::holder::{Share, ToHolder};
use homie_protocol::id::Channel;
use homie_protocol::limits::RING;
use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen};

use crate::node::Node;
use crate::process::{Holder, program};
use crate::view::{Happened, View};

/// A terminal that was given these bytes.
fn screen(size: Size, parts: &[&[u8]]) -> Screen {
    let mut screen = Screen::new(size, Limits::default());
    for part in parts {
        screen.feed(part, &mut Effects::default());
    }
    screen
}

/// What a viewer shows whose last snapshot was taken in this size.
fn shown(size: Size, view: &View) -> Screen {
    let (_, snapshot) = view.snapshots.last().unwrap();
    screen(size, &[snapshot, &view.bytes])
}

fn has_snapshots(node: &Node, channel: u32, count: usize) -> bool {
    node.views[&channel].snapshots.len() >= count
}

#[test]
fn a_snapshot_and_what_follows_are_the_whole_stream() {
    let holder = Holder::shell(
        "stty raw -echo; printf '\\033[2J\\033[3;5H\\033[1;31mred\\033[?1049h\\033[44mblue \\033[5;10r'; printf ready;
         read a; printf 'more \\033[?25l\\033'; read b; printf '[0mplain'; seq 1 50; printf END; exec cat",
    );
    let mut node = holder.link(1);
    node.write(1, 9, 0);
    node.until_shown(1, "ready");
    for (typed, channel, until) in [(0, 3, "more \u{1b}[?25l\u{1b}"), (1, 5, "END")] {
        assert!(node.look(channel, None).opened.snapshot);
        node.until(|node| has_snapshots(node, channel, 1));
        node.input(1, typed, b"\n");
        node.until_shown(1, until);
        let end = node.views[&1].at;
        node.until(|node| node.views[&channel].at == end);
        let whole = screen(Size::default(), &[&node.views[&1].bytes]);
        assert_eq!(shown(Size::default(), &node.views[&channel]).dump(), whole.dump());
    }
    // The first viewer has had no other snapshot, and is as exact as the second.
    assert_eq!(node.views[&3].snapshots.len(), 1);
    let end = node.views[&1].at;
    node.until(|node| node.views[&3].at == end);
    assert_eq!(shown(Size::default(), &node.views[&3]).dump(), shown(Size::default(), &node.views[&5]).dump());
}

/// What real programs have printed, stopped at moments that nobody chose.
#[test]
fn a_snapshot_at_any_moment_of_a_real_program_and_what_follows_are_the_whole() {
    for program in ["vim", "htop", "tmux"] {
        let path = format!("{}/../homie-screen/recordings/{program}-80x24.gz", env!("CARGO_MANIFEST_DIR"));
        let script = "stty raw -echo; exec 3<\"$1\"; for part in 1 2 3; do head -c 2777 <&3; read -r go; done; cat <&3
                      while :; do read -r go; done";
        let unpacked = tempfile::NamedTempFile::new().unwrap();
        let file = std::fs::File::create(unpacked.path()).unwrap();
        assert!(Command::new("gzip").args(["-dc", &path]).stdout(file).status().unwrap().success());
        let holder = Holder::start(|_| {}, &["sh", "-c", script, "sh", unpacked.path().to_str().unwrap()]);
        let mut node = holder.link(1);
        node.write(1, 1, 0);
        for (typed, channel) in [(0, 3), (1, 5), (2, 7)] {
            node.until(|node| node.views[&1].at == (typed + 1) * 2777);
            node.look(channel, None);
            node.until(|node| has_snapshots(node, channel, 1));
            node.input(1, typed, b"\n");
        }
        let end = unpacked.path().metadata().unwrap().len();
        node.until(|node| node.views[&1].at == end);
        let whole = screen(Size::default(), &[&node.views[&1].bytes]);
        for channel in [3, 5, 7] {
            node.until(|node| node.views[&channel].at == end);
            assert_eq!(shown(Size::default(), &node.views[&channel]).dump(), whole.dump(), "{program}");
        }
    }
}

#[test]
fn a_viewer_that_comes_back_gets_bytes_if_they_are_few_and_a_snapshot_if_not() {
    let holder = Holder::shell("seq 1 100000; printf END; exec cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "END");
    let end = node.views[&1].at;
    for (channel, back, snapshot) in [(3, 0, false), (5, 256 * 1024, false), (7, 256 * 1024 + 1, true)] {
        let view = node.look(channel, Some(end - back));
        assert_eq!((view.opened.snapshot, view.opened.gap), (snapshot, None));
        node.until(|node| node.views[&channel].at == end && has_snapshots(node, channel, usize::from(snapshot)));
        if !snapshot {
            // Many of them at once: what there is no room for may be skipped.
            let view = &node.views[&channel];
            assert!(view.skips > 0 || view.bytes.len() as u64 == back);
        }
    }
    // Nobody is given bytes of a size that is gone.
    let size = node.resize(100, 30);
    let view = node.look(9, Some(end));
    assert_eq!((view.opened.snapshot, view.opened.size), (true, size));
    node.until(|node| has_snapshots(node, 9, 1));
    assert_eq!(node.views[&9].at, end);
}

#[test]
fn a_snapshot_follows_a_new_size_and_the_echo_does_not_wait_for_it() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.look(3, None);
    node.until(|node| has_snapshots(node, 3, 1));
    let size = node.resize(100, 30);
    node.input(1, 0, b"after");
    node.until(|node| has_snapshots(node, 3, 2) && node.views[&3].at == 10);
    let view = &node.views[&3];
    assert_eq!(view.events, [(5, Happened::Resized(size))]);
    assert_eq!(shown(size, view).text(), "readyafter");
    // To those who take bytes only the event is sent.
    assert_eq!(node.views[&1].events, [(5, Happened::Resized(size))]);
    assert!(node.views[&1].snapshots.is_empty());
}

#[test]
fn history_comes_when_it_is_asked_for() {
    let holder = Holder::shell("seq 1 5000; printf END; exec cat");
    let mut node = holder.link(1);
    node.watch(5, None);
    node.until_shown(5, "END");
    node.look(7, None);
    node.until(|node| has_snapshots(node, 7, 1));
    assert!(shown(Size::default(), &node.views[&7]).lines(0..u64::MAX).len() < 30);
    node.ask_snapshot(7, 1000);
    node.until(|node| has_snapshots(node, 7, 2));
    let lines = shown(Size::default(), &node.views[&7]).lines(0..u64::MAX);
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let expected: Vec<String> = (3978..=5000).map(|number| number.to_string()).chain(["END".to_owned()]).collect();
    assert_eq!(texts, expected[expected.len() - texts.len()..]);
    assert!(texts.len() >= 1000);

    node.ask_snapshot(5, 10);
    node.until(|node| node.views[&5].detached() == Some(Code::UnexpectedFrame));
}

#[test]
fn history_comes_in_parts_to_one_with_a_narrow_link() {
    let holder = Holder::shell("seq -f 'a line that is as long as many lines are: %.0f' 1 9000; printf END; exec cat");
    let mut node = holder.link(1);
    node.watch(5, None);
    node.until_shown(5, "END");
    node.look(7, None);
    // One of so many channels that each has the smallest window there is.
    node.tell(&ToHolder::Share(Share { channel: Channel::new(7), of: u16::MAX }));
    node.until(|node| has_snapshots(node, 7, 1));
    for asked in 2..=6 {
        node.ask_snapshot(7, 10_000);
        node.until(|node| has_snapshots(node, 7, asked));
    }
    let lens: Vec<usize> = node.views[&7].snapshots.iter().map(|(_, bytes)| bytes.len()).collect();
    let bare = lens[0];
    for (asked, len) in lens[1..].iter().enumerate() {
        assert!(*len <= bare + ((64 * 1024) << asked), "{lens:?}");
    }
    assert!(lens[1] > 32 * 1024 && lens.windows(2).all(|pair| pair[0] <= pair[1]), "{lens:?}");
    let lines = shown(Size::default(), &node.views[&7]).lines(0..u64::MAX);
    assert_eq!(lines[0].text, "a line that is as long as many lines are: 1", "{lens:?}");
}

#[test]
fn a_viewer_that_falls_behind_the_ring_is_brought_up_to_date_instead_of_told_a_gap() {
    let holder = Holder::shell("printf ready; read go; seq 1 400000; printf END; exec cat");
    let mut node = holder.link(1);
    node.lazy(1);
    node.look(1, None);
    node.until(|node| has_snapshots(node, 1, 1));
    let first = node.views[&1].at;
    node.shown(1, first);
    node.write(3, 9, 0);
    node.until_shown(3, "ready");
    node.input(3, 0, b"\r");
    node.until_shown(3, "END");
    let end = node.views[&3].at;
    assert!(node.views[&1].at < end - RING as u64);
    node.wake(1);
    node.until(|node| node.views[&1].at == end);
    let view = &node.views[&1];
    assert!(view.snapshots.len() + view.skips >= 2 && view.events.is_empty());
    assert!(shown(Size::default(), view).text().ends_with("399999\n400000\nEND"));
}

#[test]
fn the_exit_comes_behind_the_last_snapshot() {
    let holder = Holder::shell("seq 1 100; read go; exit 3");
    let mut node = holder.link(1);
    node.write(1, 9, 0);
    node.until_shown(1, "100\r\n");
    node.look(3, None);
    node.input(1, 0, b"\r");
    node.until(|node| node.views[&3].exit().is_some());
    assert!(has_snapshots(&node, 3, 1));
    // Who comes after the end sees the same, and may still look at the history.
    node.look(5, None);
    node.until(|node| node.views[&5].exit().is_some());
    assert_eq!(shown(Size::default(), &node.views[&5]).dump(), shown(Size::default(), &node.views[&3]).dump());
    node.ask_snapshot(5, 500);
    node.until(|node| has_snapshots(node, 5, 2));
    assert_eq!(shown(Size::default(), &node.views[&5]).lines(0..3).len(), 3);
}

/// A holder whose screen thread is struck when its program prints the sign.
fn struck(fault: &str, script: &str) -> Holder {
    let mut starter = Command::new(program());
    starter.env("HOMIE_SCREEN_FAULT", fault);
    let script = format!("strike() {{ printf '\\033]7777;strike\\007'; }}; stty raw -echo; {script}");
    Holder::start_by(starter, |_| {}, &["sh", "-c", &script])
}

#[test]
fn an_echo_does_not_wait_for_a_screen_that_stands_still() {
    let holder = struck("4000", "printf ready; strike; exec cat");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "strike");
    node.look(3, None);
    let mut expected = String::new();
    for number in 0..100 {
        let mut key = String::new();
        write!(key, "<{number}>").unwrap();
        node.input(1, expected.len() as u64, key.as_bytes());
        node.until_shown(1, &key);
        expected += &key;
    }
    assert!(node.views[&3].snapshots.is_empty(), "the thread did not stand still");
    node.until(|node| has_snapshots(node, 3, 1));
    let end = node.views[&1].at;
    node.until(|node| node.views[&3].at == end);
    assert!(shown(Size::default(), &node.views[&3]).text().replace('\n', "").ends_with(&expected));
}

/// The shell goes on, and the screen begins anew where the output ends.
fn begins_again(fault: &str) {
    let holder = struck(fault, "printf old; read go; strike; printf gone; exec cat");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "old");
    node.look(3, None);
    node.until(|node| has_snapshots(node, 3, 1));
    assert_eq!(shown(Size::default(), &node.views[&3]).text(), "old");
    node.input(1, 0, b"\n");
    node.until_shown(1, "gone");
    // A snapshot that was asked of the lost screen is asked of the new one.
    node.look(5, None);
    node.until(|node| has_snapshots(node, 5, 1));
    node.input(1, 1, b"new");
    node.until_shown(1, "new");
    let end = node.views[&1].at;
    node.until(|node| node.views[&5].at == end && node.views[&3].at == end);
    assert_eq!(shown(Size::default(), &node.views[&5]).text(), "new");
    assert!(shown(Size::default(), &node.views[&3]).text().ends_with("gonenew"));
}

#[test]
fn a_screen_whose_thread_panics_begins_again() {
    begins_again("panic");
}

#[test]
fn a_screen_whose_thread_hangs_begins_again() {
    begins_again("3600000");
}
