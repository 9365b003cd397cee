//! A viewer of the screen that falls behind: it shows the same in the end, and nobody waits for it.

use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen};

use crate::node::{Node, claim};
use crate::process::Holder;
use crate::view::{Happened, View};

fn screen(parts: &[&[u8]]) -> Screen {
    let mut screen = Screen::new(Size::default(), Limits::default());
    for part in parts {
        screen.feed(part, &mut Effects::default());
    }
    screen
}

fn shown(view: &View) -> Screen {
    let (_, snapshot) = view.snapshots.last().unwrap();
    screen(&[snapshot, &view.bytes])
}

/// A viewer of bytes on channel 1 that types, and one of the screen on channel 3.
fn two(holder: &Holder, ready: &str) -> Node {
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, ready);
    node.look_as(3, None, Some(claim(3, 0)));
    node.until(|node| !node.views[&3].snapshots.is_empty());
    node
}

#[test]
fn one_that_acknowledges_nothing_gets_a_skip_when_it_does() {
    let holder = Holder::shell("stty raw -echo; printf '\\033[31mready'; read go; seq 1 200000; printf END; exec cat");
    let mut node = two(&holder, "ready");
    node.lazy(3);
    node.input(1, 0, b"\n");
    // The program is not slowed: whoever reads gets all of it.
    node.until_shown(1, "END");
    let end = node.views[&1].at;
    assert!(node.views[&3].at < end);
    node.wake(3);
    node.until(|node| node.views[&3].at == end);
    let view = &node.views[&3];
    assert_eq!(view.events, [], "no gap is said to who shows a screen");
    // Two, if the screen itself was still on its way when the first was asked for.
    let skips = view.skips;
    assert!(view.snapshots.len() == 1 && (1..=2).contains(&skips), "{skips} skips");
    assert_eq!(shown(view).dump(), screen(&[&node.views[&1].bytes]).dump());
    // What is printed later comes byte by byte.
    node.input(3, 0, b"later");
    node.until_shown(3, "later");
    assert_eq!(node.views[&3].skips, skips);
}

#[test]
fn one_that_is_behind_all_the_time_gets_skips_all_the_time() {
    let holder = Holder::shell(
        "stty raw -echo; printf ready; read go; yes 'The quick brown fox' | head -n 100000;
         printf END; exec cat",
    );
    let mut node = two(&holder, "ready");
    node.lazy(3);
    node.input(1, 0, b"\n");
    let mut turn = 0;
    while !node.views[&1].shows_at_end("END") {
        let seen = node.views[&1].at;
        node.until(|node| node.views[&1].at > seen);
        turn += 1;
        // It says only every now and then what it has seen.
        if turn % 64 == 0 {
            node.wake(3);
            node.lazy(3);
        }
    }
    let end = node.views[&1].at;
    node.wake(3);
    node.until(|node| node.views[&3].at == end);
    let view = &node.views[&3];
    assert!(view.skips > 0);
    assert_eq!(view.events, []);
    assert_eq!(shown(view).text(), screen(&[&node.views[&1].bytes]).text());
}

#[test]
fn what_is_typed_in_a_flood_is_seen_and_the_flood_ends() {
    let holder = Holder::shell(
        "stty -echo -icanon; trap 'printf \"\r\nstopped\"; exec cat' INT; printf ready; read go; yes; exec cat",
    );
    let mut node = two(&holder, "ready");
    node.lazy(3);
    node.input(3, 0, b"\n");
    let before = node.views[&1].at;
    node.until(|node| node.views[&1].at > before + 1_500_000);
    assert!(node.views[&3].bytes.len() < 1_000_000);
    node.input(3, 1, b"\x03");
    node.until_shown(1, "stopped");
    node.wake(3);
    let end = node.views[&1].at;
    node.until(|node| node.views[&3].at == end);
    assert!(shown(&node.views[&3]).text().contains("stopped"));
}

#[test]
fn a_skip_over_a_new_size_says_the_size_first_and_is_a_whole_snapshot() {
    let holder = Holder::shell("stty -echo; printf ready; read go; seq 1 200000; printf END; exec cat");
    let mut node = two(&holder, "ready");
    node.lazy(3);
    node.input(1, 0, b"\n");
    node.until_shown(1, "END");
    let size = node.resize(60, 20);
    let end = node.views[&1].at;
    node.wake(3);
    node.until(|node| node.views[&3].at == end && node.views[&3].snapshots.len() > 1);
    let view = &node.views[&3];
    assert!(matches!(view.events[..], [(_, Happened::Resized(told))] if told == size));
    let mut viewer = Screen::new(size, Limits::default());
    viewer.feed(&view.snapshots.last().unwrap().1, &mut Effects::default());
    viewer.feed(&view.bytes, &mut Effects::default());
    assert!(viewer.text().ends_with("199999\n200000\nEND"), "{}", viewer.text());
}
