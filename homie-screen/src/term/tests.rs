//! What the emulator does where terminals differ, what it answers, and that nothing it is told makes it grow.

#![expect(clippy::format_collect, reason = "a test may make a string the short way")]

use crate::limits;
use crate::{Command, Effects, History, Limits, Screen, Signal, Size, Theme};

fn screen() -> Screen {
    Screen::new(Size::default(), Limits::default())
}

fn told(bytes: &[u8]) -> Effects {
    let mut effects = Effects::default();
    screen().feed(bytes, &mut effects);
    effects
}

fn answers(bytes: &[u8]) -> String {
    String::from_utf8(told(bytes).answers).expect("answers are text")
}

fn shown(bytes: &[u8]) -> Screen {
    let mut screen = screen();
    screen.feed(bytes, &mut Effects::default());
    screen
}

#[test]
fn queries_are_answered_from_the_list() {
    assert_eq!(answers(b"\x1b[c\x1b[>c\x1b[5n"), "\x1b[?1;2c\x1b[>0;276;0c\x1b[0n");
    assert_eq!(answers(b"ab\x1b[6n\x1b[?6n"), "\x1b[1;3R\x1b[?1;3R");
    assert_eq!(answers(b"\x1b[?2004h\x1b[?2004$p\x1b[4$p\x1b[?7$p"), "\x1b[?2004;1$y\x1b[4;2$y\x1b[?7;1$y");
    assert_eq!(answers(b"\x1b[?1000h\x1b[?1000$p\x1b[?1003$p"), "\x1b[?1000;1$y\x1b[?1003;2$y");
    assert_eq!(answers(b"\x1b[2;5r\x1bP$qr\x1b\\\x1bP$qx\x1b\\"), "\x1bP1$r2;5r\x1b\\\x1bP0$r\x1b\\");
    assert_eq!(answers(b"\x1b[>5u\x1b[?u\x1b[18t"), "\x1b[?5u\x1b[8;24;80t");
    assert_eq!(
        answers(b"\x1b]4;1;?\x07\x1b]11;?\x07"),
        "\x1b]4;1;rgb:cccc/0000/0000\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\"
    );
    assert_eq!(answers(b"\x1b]11;#fff\x07\x1b[?996n"), "\x1b[?997;2n");
}

#[test]
fn no_byte_of_a_question_comes_back() {
    let asked = b"\x1bP$qevil\x1b\\\x1b]4;1;evil?\x07\x1b]0;evil\x07\x1b[21t\x1bP+q6576696c\x1b\\\x1b]52;c;?\x07\x1b]evil;?\x07\x05";
    assert_eq!(answers(asked), "\x1bP0$r\x1b\\");
}

#[test]
fn colours_are_answered_from_the_theme() {
    let mut screen = screen();
    screen.set_theme(Theme { background: [255; 3], foreground: [0; 3], ..Theme::default() });
    let mut effects = Effects::default();
    screen.feed(b"\x1b]10;?\x1b\\\x1b[?996n", &mut effects);
    assert_eq!(effects.answers, b"\x1b]10;rgb:0000/0000/0000\x1b\\\x1b[?997;2n");
}

#[test]
fn signals_carry_the_offset_behind_them() {
    let stream = b"a\x07\x1b]0;t\x07\x1b]7;file:///x\x1b\\\x1b]133;D;3\x07\x1b]52;c;aGk=\x07\x1b]9;hi\x07\x1b]777;notify;T;b\x07";
    let signals = told(stream).signals;
    let kinds: Vec<Signal> = signals.iter().map(|(_, signal)| signal.clone()).collect();
    let note = |title: Option<&str>, body: &str| Signal::Notification {
        title: title.map(str::to_owned),
        body: body.to_owned(),
    };
    let expected = [
        Signal::Bell,
        Signal::Title("t".into()),
        Signal::Directory("file:///x".into()),
        Signal::Command(Command::Ended(Some(3))),
        Signal::Clipboard(b"hi".to_vec()),
        note(None, "hi"),
        note(Some("T"), "b"),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(signals.first().map(|(at, _)| *at), Some(2));
    assert_eq!(signals.get(1).map(|(at, _)| *at), Some(8));
}

#[test]
fn clearing_the_screen_makes_no_history() {
    let screen = shown(b"one\r\ntwo\r\n\x1b[H\x1b[2Jthree");
    assert_eq!(screen.text(), "three");
    assert_eq!(screen.terminal.main.above(), 0);
}

#[test]
fn the_history_goes_with_ed_3_but_not_from_the_alternate_screen() {
    let lines: String = (0..2000).map(|line| format!("{line}\r\n")).collect();
    let mut screen = shown(lines.as_bytes());
    screen.feed(b"\x1b[?1049h\x1b[3J\x1b[?1049l", &mut Effects::default());
    assert_eq!(screen.first_line(), 0);
    assert_eq!(screen.lines(7..8).first().map(|line| line.text.as_str()), Some("7"));
    screen.feed(b"\x1b[3J", &mut Effects::default());
    assert!(screen.first_line() > 1000);
    assert!(screen.search("1999", false, 9).len() == 1 && screen.search("1000", false, 9).is_empty());
}

#[test]
fn four_thousand_keyboard_pushes_are_no_more_than_sixteen() {
    let screen = shown(&b"\x1b[>1u".repeat(5000));
    assert_eq!(screen.terminal.keyboard.main_stack.len(), limits::KEYBOARD);
    let screen = shown(&b"\x1b[22t".repeat(5000));
    assert_eq!(screen.terminal.titles.window.stack.len(), limits::TITLES);
}

#[test]
fn marks_without_end_do_not_grow_a_cell() {
    let screen = shown("\u{301}".repeat(20_000).as_bytes());
    let longest = screen.terminal.clusters.values().map(|text| text.chars().count()).max();
    assert!(longest <= Some(crate::width::CLUSTER_MAX as usize + 1), "{longest:?}");
    let many: String = (0..40_000_u32).map(|n| format!("\x1b[He{}{}", mark(n), mark(n / 100))).collect();
    assert!(shown(many.as_bytes()).terminal.clusters.len() < 5000);
}

fn mark(number: u32) -> char {
    char::from_u32(0x300 + number % 0x6F).unwrap_or(' ')
}

#[test]
fn links_and_underline_colours_do_not_grow_without_end() {
    let long = "x".repeat(3900);
    let links: String = (0..1500).map(|n| format!("\x1b]8;;http://{n}/{long}\x1b\\a")).collect();
    let terminal = shown(links.as_bytes()).terminal;
    let bytes: usize =
        terminal.extras.values().filter_map(|extra| extra.link.as_ref()).map(|link| link.uri.len()).sum();
    assert!(bytes <= limits::LINKS, "{bytes}");
    let colours: String =
        (0..20_000_u32).map(|n| format!("\x1b[H\x1b[4;58:2::{}:{}:0ma", n / 256 % 256, n % 256)).collect();
    assert!(shown(colours.as_bytes()).terminal.extras.len() < 5000);
}

#[test]
fn an_osc_without_end_and_long_titles_are_bounded() {
    let mut screen = shown(b"\x1b]0;");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..8 {
        screen.feed(&piece, &mut Effects::default());
    }
    assert!(screen.snapshot(History::None).len() < 1000);
    screen.feed(b"\x07ok\x1b]0;", &mut Effects::default());
    screen.feed(&piece[..200_000], &mut Effects::default());
    screen.feed(b"\x07", &mut Effects::default());
    assert_eq!(screen.text(), "ok");
    assert_eq!(screen.title().len(), limits::TITLE);
}

#[test]
fn answers_and_signals_that_nobody_takes_are_bounded() {
    let effects = told(&b"\x1b[c\x07".repeat(20_000));
    assert!(effects.answers.len() <= limits::ANSWERS);
    assert_eq!(effects.signals.len(), limits::SIGNALS);
}

#[test]
fn huge_numbers_do_nothing_worse_than_large_ones() {
    let stream: String =
        "@ABCDEFGHIJKLMPSTXZabdefghlmrstu".chars().map(|last| format!("x\x1b[99999999999;99999999999{last}")).collect();
    for introducer in ["", "?", ">", "=", "<", "!"] {
        let stream = stream.replace("\x1b[", &format!("\x1b[{introducer}"));
        let screen = shown(stream.as_bytes());
        assert!(screen.terminal.page().y < 24);
    }
}
