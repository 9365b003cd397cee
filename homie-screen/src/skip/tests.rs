//! A viewer that takes a skip shows what one shows that took everything.

#![expect(clippy::format_collect, reason = "a test may make a string the short way")]

use proptest::prelude::*;

use crate::{Effects, History, Limits, Screen, Size};

fn screen(bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(Size::new(20, 6).unwrap(), Limits::default());
    screen.feed(bytes, &mut Effects::default());
    screen
}

/// A viewer that saw `before`, and then a skip over `between`.
fn skipped(before: &[u8], between: &[u8]) -> (Screen, Screen, usize) {
    let mut source = screen(before);
    let mark = source.mark();
    let mut viewer = screen(before);
    source.feed(between, &mut Effects::default());
    let skip = source.skip(&mark).expect("neither size nor history has changed");
    viewer.feed(&skip, &mut Effects::default());
    (source, viewer, skip.len())
}

#[test]
fn lines_that_scrolled_past_come_in_order() {
    let between: String = (0..300).map(|line| format!("line {line}\r\n")).collect();
    let (source, viewer, _) = skipped(b"$ ", between.as_bytes());
    assert_eq!(viewer.lines(0..400), source.lines(0..400));
    assert_eq!(viewer.dump(), source.dump());
}

#[test]
fn a_flood_costs_no_more_than_a_thousand_lines() {
    let between = "y\r\n".repeat(50_000);
    let (source, viewer, bytes) = skipped(b"$ yes\r\n", between.as_bytes());
    assert_eq!(viewer.dump(), source.dump());
    assert!(bytes < 10_000, "{bytes}");
}

#[test]
fn a_slow_viewer_gets_fewer_of_the_lines_and_the_same_screen() {
    let mut source = screen(b"$ ");
    let mark = source.mark();
    let mut viewer = source.clone();
    let between: String = (0..3_000).map(|line| format!("line {line}\r\n")).collect();
    source.feed(between.as_bytes(), &mut Effects::default());
    let skip = source.skip_within(&mark, 2_000).unwrap();
    assert!((500..=2_000).contains(&skip.len()), "{}", skip.len());
    viewer.feed(&skip, &mut Effects::default());
    assert_eq!(viewer.text(), source.text());
}

#[test]
fn only_what_changed_is_painted() {
    let full = "x".repeat(19) + "\r\n";
    let (source, viewer, bytes) = skipped(full.repeat(5).as_bytes(), b"\x1b[3;4Hnew");
    assert_eq!(viewer.dump(), source.dump());
    assert!(bytes < 120, "{bytes}");
}

#[test]
fn a_full_screen_program_is_left_and_entered() {
    for (before, between) in [
        (&b"$ vim"[..], &b"\x1b[?1049h\x1b[Htext\x1b[?25l"[..]),
        (b"$ vim\x1b[?1049h\x1b[Htext", b"\x1b[2;2Hmore"),
        (b"$ vim\x1b[?1049h\x1b[Htext", b"\x1b[?1049l\r\n$ ls\r\nfile"),
        (b"$ vim\x1b[?1049h\x1b[Htext\x1b[>1u", b"\x1b[2;2Hmore"),
    ] {
        let (source, viewer, _) = skipped(before, between);
        assert_eq!(viewer.dump(), source.dump());
    }
}

#[test]
fn an_open_sequence_of_the_viewer_ends() {
    for open in [&b"\x1b]0;ti"[..], b"\x1b[3", b"\x1bP1", b"\xE4\xB8"] {
        let mut source = screen(open);
        let mark = source.mark();
        let mut viewer = screen(open);
        source.feed(b"1m\x07\x18done \x1b]0;ne", &mut Effects::default());
        viewer.feed(&source.skip(&mark).unwrap(), &mut Effects::default());
        source.feed(b"w\x07", &mut Effects::default());
        viewer.feed(b"w\x07", &mut Effects::default());
        assert_eq!(viewer.dump(), source.dump());
    }
}

#[test]
fn another_size_needs_a_snapshot() {
    let mut source = screen(b"a");
    let mark = source.mark();
    source.resize(Size::new(21, 6).unwrap());
    assert_eq!(source.skip(&mark), None);
    assert!(!source.snapshot(History::None).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_be_skipped(
        before in proptest::collection::vec(piece(), 0..30), between in proptest::collection::vec(piece(), 0..60),
        most in 0..2_000_usize,
    ) {
        let mut source = screen(before.concat().as_bytes());
        let mark = source.mark();
        let mut viewer = screen(before.concat().as_bytes());
        source.feed(between.concat().as_bytes(), &mut Effects::default());
        if let Some(skip) = source.skip_within(&mark, most) {
            viewer.feed(&skip, &mut Effects::default());
            prop_assert_eq!(viewer.dump(), source.dump(), "{}", skip.escape_ascii());
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ]{0,30}",
        2 => Just("\r\n".to_owned()),
        1 => proptest::sample::select(vec![
            "\x1b[H", "\x1b[2;3H", "\x1b[6;1H", "\x1b[K", "\x1b[J", "\x1b[31m", "\x1b[m", "\x1b[44m", "\x1b[2L", "\x1b[M", "\x1b[3;5r",
            "\x1b[r", "\x1bM", "世界", "\x1b[?1049h", "\x1b[?1049l", "\x1b[?2004h", "\x1b[?25l", "\x1b7", "\x1b8", "\x1b]0;t\x07",
        ]).prop_map(str::to_owned),
    ]
}
