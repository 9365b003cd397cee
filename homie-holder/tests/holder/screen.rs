//! What the screen tells besides its picture: answers, the face, the clipboard, what is found and what shows.

use std::process::Command;

use homie_holder::LastScreen;
use homie_protocol::code::Code;
use homie_protocol::holder::{AskCapture, AskSearch, Resize, ToHolder, Trim};
use homie_protocol::methods::session::{Attention, AttentionKind, Rgb, Size, Theme};
use rustix::process::Signal;

use crate::node::Node;
use crate::process::{Holder, program};
use crate::view::Happened;

/// A shell that asks what a terminal is when it is told to, and prints the answer as text.
const ASKS: &str = "stty raw -echo min 1 time 0; printf ready; while read go; do
    printf '\\033[c'; answer=$(dd bs=1 count=7 2>/dev/null | tr '\\033' '^'); printf \"<%s|%s>\" \"$go\" \"$answer\"; done";

#[test]
fn a_query_is_answered_once_whoever_looks() {
    let holder = Holder::shell(ASKS);
    for viewers in [0, 1, 2] {
        let mut node = holder.link(1);
        for channel in 0..viewers {
            node.watch(2 * channel + 1, None);
        }
        node.write(9, 9, viewers.into());
        node.until_shown(9, "ready");
        node.input(9, viewers.into(), b"\n");
        // A second answer would stand before the next line that is read.
        let answers = "\x1b[c<|^[?1;2c>".repeat(viewers as usize + 1);
        node.until_shown(9, &answers);
    }
}

#[test]
fn colours_are_those_of_whoever_drives() {
    let script = "stty raw -echo min 1 time 0; printf ready; read go; printf '\\033]11;?\\007';
                  dd bs=1 count=24 2>/dev/null | tr '\\033\\007' '^.'; exec cat";
    let holder = Holder::shell(script);
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    let colour = |value| Rgb::new(value, 2, 3);
    let theme = Theme { foreground: colour(1), background: colour(0xab), cursor: colour(9) };
    node.tell(&ToHolder::Resize(Resize { size: Size::default(), theme: Some(theme) }));
    node.input(1, 0, b"\n");
    node.until_shown(1, "^]11;rgb:abab/0202/0303");
}

#[test]
fn the_face_says_title_folder_and_last_lines() {
    let script =
        "printf '\\033]2;a title\\007\\033]7;file:///usr/my%%20folder\\007one\\r\\ntwo\\r\\n\\r\\nthree'; exec cat";
    let holder = Holder::shell(script);
    let mut node = holder.link(1);
    node.until(|node| node.face().preview == ["one", "two", "three"] && node.face().folder.is_some());
    let face = node.face();
    assert_eq!((face.title.as_deref(), face.folder.as_deref()), (Some("a title"), Some("/usr/my folder")));
    assert_eq!(face.attention, None);
    // The next node hears of it at once.
    assert_eq!(holder.link(1).face(), face);
}

#[test]
fn attention_lasts_until_somebody_types() {
    let holder = Holder::shell(
        "printf ready; read go; printf '\\a'; read go; printf '\\033]777;notify;build;failed\\a'; exec cat",
    );
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    node.input(1, 0, b"\r");
    node.until(|node| node.face().attention == Some(Attention { kind: AttentionKind::Bell, text: None }));
    node.input(1, 1, b"\r");
    let text = Some("build: failed".to_owned());
    node.until(|node| node.face().attention == Some(Attention { kind: AttentionKind::Message, text: text.clone() }));
    node.input(1, 2, b"x");
    node.until(|node| node.face().attention.is_none());
}

#[test]
fn the_clipboard_is_that_of_whoever_typed_last() {
    let holder =
        Holder::shell("stty -echo; printf ready; while read go; do printf '\\033]52;c;aGVsbG8=\\a'; printf done; done");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.write(3, 2, 0);
    node.watch(5, None);
    node.until_shown(3, "ready");
    node.input(3, 0, b"\n");
    let is_told = |node: &Node, channel: u32| {
        node.views[&channel].events.iter().any(|(_, event)| *event == Happened::Clipboard(b"hello".to_vec()))
    };
    node.until(|node| is_told(node, 3));
    node.input(1, 0, b"\n");
    node.until(|node| is_told(node, 1));
    assert_eq!((node.views[&3].events.len(), node.views[&5].events.len()), (1, 0));
}

fn capture(node: &mut Node, ask: u32, scrollback: bool, ansi: bool, from: Option<u64>) -> (String, Option<u64>) {
    node.tell(&ToHolder::Capture(AskCapture { ask, scrollback, ansi, from }));
    node.until(|node| node.captured.contains_key(&ask));
    let captured = &node.captured[&ask];
    (captured.text.clone(), captured.next)
}

#[test]
fn what_shows_is_captured_part_by_part() {
    let holder = Holder::shell("seq 1 40000; printf '\\033[1mbold\\033[m'; exec cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "bold");
    let (screen, next) = capture(&mut node, 1, false, true, None);
    assert!(screen.starts_with("39978\n") && screen.ends_with("40000\n\x1b[0;1mbold\x1b[m\n"), "{screen:?}");
    assert_eq!(next, None);

    let (mut all, mut next, mut ask) = (String::new(), None, 2);
    loop {
        let (text, more) = capture(&mut node, ask, true, false, next);
        assert!(text.len() <= 128 * 1024);
        all += &text;
        (next, ask) = (more, ask + 1);
        if next.is_none() {
            break;
        }
    }
    let first: usize = all.lines().next().unwrap().parse().unwrap();
    assert!(first < 30_200, "{first}");
    let expected: Vec<String> = (first..=40_000).map(|number| number.to_string()).collect();
    assert_eq!(all, expected.join("\n") + "\nbold\n");
}

#[test]
fn what_is_searched_is_found_in_screen_and_history() {
    let holder = Holder::shell("seq 1 5000; echo The End; exec cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "The End");
    let search = |ask, text: &str, ignore_case, limit| {
        ToHolder::Search(AskSearch { ask, text: text.to_owned(), ignore_case, limit })
    };
    node.tell(&search(1, "the end", false, 10));
    node.tell(&search(2, "the end", true, 10));
    node.tell(&search(3, "99", false, 3));
    node.until(|node| node.found.len() == 3);
    assert_eq!(node.found[&1], []);
    assert_eq!((node.found[&2].len(), node.found[&2][0].line, node.found[&2][0].column), (1, 5000, 0));
    let texts: Vec<&str> = node.found[&3].iter().map(|found| found.text.as_str()).collect();
    assert_eq!(texts, ["4999", "4998", "4997"]);
}

/// Whoever asks for much and does not read is told to come back, and nothing is cut off.
#[test]
fn few_look_at_once_and_the_link_lasts() {
    let holder = Holder::shell("seq 1 60000; printf END; exec cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "END");
    for ask in 0..40 {
        node.tell(&ToHolder::Capture(AskCapture { ask, scrollback: true, ansi: true, from: Some(50_000) }));
    }
    node.until(|node| node.captured.len() + node.done.len() == 40);
    assert!(node.captured.len() >= 8);
    assert!(node.done.values().all(|reason| reason.as_ref().unwrap().code == Code::Busy));
    assert!(node.captured.values().all(|captured| captured.text == node.captured[&0].text));
}

#[test]
fn a_history_that_must_be_smaller_is() {
    let holder = Holder::shell("seq 1 20000; printf END; exec cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until(|node| node.changed.last().is_some_and(|changed| changed.history_bytes > 50_000));
    node.until_shown(1, "END");
    node.tell(&ToHolder::Trim(Trim { bytes: 20_000 }));
    node.until(|node| node.changed.last().unwrap().history_bytes <= 20_000);
}

#[test]
fn the_last_screen_is_on_disk_when_the_program_has_ended() {
    let mut holder = Holder::shell("printf '\\033[31mred'; read go");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "red");
    let size = node.resize(100, 30);
    node.input(1, 0, b"\r");
    node.until(|node| node.views[&1].exit().is_some());
    let end = node.views[&1].at;
    node.bury();
    assert!(holder.ended().success());
    let last = LastScreen::read(&holder.spec.folder).unwrap();
    assert_eq!((last.head.incarnation, last.head.offset.get()), (holder.spec.incarnation, end));
    assert_eq!(last.head.size, size);
    assert_eq!(last.capture(true, 0, 1000).text, "\x1b[0;31mred\x1b[m\n");
}

#[test]
fn the_last_screen_is_on_disk_when_the_holder_is_asked_to_end() {
    let mut holder = Holder::shell("trap 'printf bye; exit' HUP; printf up; while :; do read go; done");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "up");
    holder.signal(Signal::TERM);
    assert!(holder.ended().success());
    let last = LastScreen::read(&holder.spec.folder).unwrap();
    assert!(last.capture(false, 0, 1000).text.starts_with("up"));
    assert!(holder.record().boot.is_some());
}

#[test]
fn the_last_screen_is_on_disk_some_time_after_each_change() {
    let mut starter = Command::new(program());
    starter.env("HOMIE_SAVING_MS", "300");
    let script = "stty -echo; printf one; read go; printf ' two'; exec cat";
    let holder = Holder::start_by(starter, |_| {}, &["sh", "-c", script]);
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    let until_written = |node: &mut Node, text: &str| {
        while LastScreen::read(&holder.spec.folder).is_none_or(|last| last.capture(false, 0, 1000).text != text) {
            node.turns(1);
        }
    };
    until_written(&mut node, "one\n");
    node.input(1, 0, b"\r");
    until_written(&mut node, "one two\n");
    assert!(holder.exit_record().is_none(), "it still runs");
}
