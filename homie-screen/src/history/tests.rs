//! Lines that scrolled away keep their text, their look and their number.

#![expect(clippy::format_collect, reason = "a test may make a string the short way")]

use crate::{Effects, History, Limits, Screen, Size};

fn fed(limits: Limits, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(Size::new(20, 5).unwrap(), limits);
    screen.feed(bytes, &mut Effects::default());
    screen
}

fn numbered(count: usize) -> String {
    (0..count).map(|line| format!("line {line} {}\r\n", "word ".repeat(line % 9))).collect()
}

#[test]
fn every_line_is_kept_whole_whatever_the_rows() {
    let screen = fed(Limits::default(), numbered(3000).as_bytes());
    let lines = screen.lines(0..3000);
    assert_eq!(lines.len(), 3000);
    for (number, line) in lines.iter().enumerate() {
        let expected = format!("line {number} {}", "word ".repeat(number % 9));
        assert_eq!((line.number, line.text.as_str()), (number as u64, expected.trim_end()));
    }
}

#[test]
fn the_oldest_lines_go_and_the_numbers_stay() {
    let limits = Limits { history_lines: 1000, ..Limits::default() };
    let screen = fed(limits, numbered(5000).as_bytes());
    let first = screen.first_line();
    assert!(first > 3000 && first < 4000, "{first}");
    assert!(screen.lines(first..first + 1)[0].text.starts_with(&format!("line {first} ")));
}

#[test]
fn pressure_makes_it_smaller_at_once() {
    let mut screen = fed(Limits::default(), numbered(9000).as_bytes());
    let before = screen.history_bytes();
    screen.set_history_limit(before / 4);
    assert!(screen.history_bytes() <= before / 4);
    screen.set_history_limit(0);
    assert_eq!(screen.history_bytes(), 0);
    assert!(screen.text().contains("line 8999"));
}

#[test]
fn a_plain_line_costs_little_more_than_its_text() {
    let line = "x".repeat(76) + "\r\n";
    let mut screen = Screen::new(Size::default(), Limits::default());
    screen.feed(line.repeat(9000).as_bytes(), &mut Effects::default());
    let each = screen.history_bytes() / 8000;
    assert!(each < 120, "{each} bytes a line");
}

#[test]
fn colours_without_end_stay_within_the_bytes() {
    let limits = Limits { history_bytes: 200_000, ..Limits::default() };
    let dense: String =
        (0..60_000_u32).map(|n| format!("\x1b[38;2;{};{};{}mx", n >> 16, n >> 8 & 255, n & 255)).collect();
    let screen = fed(limits, dense.as_bytes());
    assert!(screen.history_bytes() <= 200_000);
}

#[test]
fn a_line_that_never_ends_is_cut_into_several() {
    let screen = fed(Limits::default(), "y".repeat(500_000).as_bytes());
    let lines = screen.lines(0..100);
    assert!(lines.len() > 3);
    assert_eq!(lines.iter().map(|line| line.text.len()).sum::<usize>(), 500_000);
}

#[test]
fn what_is_searched_is_found_by_line_and_column() {
    let screen = fed(Limits::default(), (numbered(2000) + "the näedle here").as_bytes());
    let found = screen.search("edle", false, 5);
    assert_eq!((found.len(), found[0].line, found[0].column), (1, 2000, 6));
    assert_eq!(screen.search("line 12 ", false, 5)[0].line, 12);
    assert_eq!(screen.search("line", false, 7).len(), 7);
    assert!(screen.search("", false, 7).is_empty());
}

#[test]
fn a_snapshot_with_history_brings_the_lines_and_their_colours() {
    let text = format!("{}\x1b[31mred\x1b[m 世界 e\u{301}\r\n{}", numbered(1000), numbered(900));
    let screen = fed(Limits::default(), text.as_bytes());
    let mut copy = fed(Limits::default(), &screen.snapshot(History::Lines(5000)));
    let texts = |screen: &Screen| screen.lines(0..5000).into_iter().map(|line| line.text).collect::<Vec<_>>();
    assert_eq!(texts(&copy), texts(&screen));
    assert_eq!(copy.dump(), screen.dump());
    assert_eq!(copy.snapshot(History::Lines(1500)), screen.snapshot(History::Lines(1500)));
    copy.feed(b"more", &mut Effects::default());
    assert!(screen.snapshot(History::Bytes(4000)).len() < 6000);
    assert!(screen.snapshot(History::Part { lines: 5000, bytes: 4000 }).len() < 6000);
    assert_eq!(screen.snapshot(History::Part { lines: 900, bytes: 1 << 20 }), screen.snapshot(History::Lines(900)));
    let few = fed(Limits::default(), &screen.snapshot(History::Lines(600)));
    let count = texts(&few).len();
    assert!((600..=606).contains(&count), "{count}");
}
