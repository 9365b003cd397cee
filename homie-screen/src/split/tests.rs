//! What is a unit, whole or cut anywhere.

use super::{Splitter, Unit};
use proptest::prelude::*;

fn units(pieces: &[&[u8]]) -> (Vec<String>, Vec<u8>) {
    let mut splitter = Splitter::new(64);
    let mut seen: Vec<String> = Vec::new();
    for piece in pieces {
        splitter.feed(piece, |unit, _| match (unit, seen.last_mut()) {
            (Unit::Text(text), Some(last)) if last.starts_with("Text") => last.extend([format!("{text:?}")]),
            (unit, _) => seen.push(format!("{unit:?}")),
        });
    }
    (seen, splitter.held())
}

fn whole(bytes: &[u8]) -> Vec<String> {
    units(&[bytes]).0
}

fn shown(unit: Unit<'_>) -> String {
    format!("{unit:?}")
}

#[test]
fn text_controls_and_sequences_are_units() {
    let seen = whole(b"ab\r\x1b[1;2Hc\x1b]0;t\x07\x1b(0\x1bP$qm\x1b\\");
    let expected = [
        Unit::Text(b"ab"),
        Unit::Control(b'\r'),
        Unit::Csi(b"1;2H"),
        Unit::Text(b"c"),
        Unit::Osc(b"0;t"),
        Unit::Escape(b"(0"),
        Unit::Dcs(b"$qm"),
        Unit::Escape(b"\\"),
    ];
    assert_eq!(seen, expected.map(shown));
}

#[test]
fn c1_in_two_bytes_is_live() {
    assert_eq!(whole(b"a\xC2\x9B3mb"), [Unit::Text(b"a"), Unit::Csi(b"3m"), Unit::Text(b"b")].map(shown));
    assert_eq!(whole(b"\x1b]0;t\xC2\x9Cx"), [Unit::Osc(b"0;t"), Unit::Text(b"x")].map(shown));
}

#[test]
fn a_new_escape_cuts_off_what_is_open() {
    assert_eq!(whole(b"\x1b[3\n\x1b[m"), [Unit::Aborted(b"3\n"), Unit::Csi(b"m")].map(shown));
    assert_eq!(whole(b"\x1b[3\x18x"), [Unit::Aborted(b"3"), Unit::Control(0x18), Unit::Text(b"x")].map(shown));
}

#[test]
fn the_open_unit_is_held_as_it_came() {
    for open in [&b"\x1b"[..], b"\x1b[12", b"\x1b]0;ab", b"\x1bPq\x1b", b"\xE2\x94", b"\xC2"] {
        let (_, held) = units(&[b"x", open]);
        assert!(open.ends_with(&held) && !held.is_empty(), "{open:?} held {held:?}");
    }
}

#[test]
fn a_sequence_without_end_holds_no_more_than_the_limit() {
    let mut splitter = Splitter::new(64);
    let mut seen = Vec::new();
    splitter.feed(b"\x1b]52;c;", |unit, _| seen.push(shown(unit)));
    for _ in 0..1000 {
        splitter.feed(&[b'A'; 1000], |unit, _| seen.push(shown(unit)));
    }
    assert_eq!(splitter.held(), b"\x1b]7777;");
    assert!(splitter.held.capacity() <= 128);
    splitter.feed(b"\x07ok", |unit, _| seen.push(shown(unit)));
    assert_eq!(seen, [Unit::Ignored, Unit::Text(b"ok")].map(shown));
}

fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\x1b[".to_vec()),
        Just(b"\x1b]".to_vec()),
        Just(b"\x1bP".to_vec()),
        Just(b"\x1b\\".to_vec()),
        Just("é世\u{9b}\u{9c}\u{85}".as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
        "[ -~]{0,8}".prop_map(String::into_bytes),
        Just(vec![0x18]),
        Just(vec![0x07]),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_units(stream in streams(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for place in places {
            pieces.push(&stream[from..place]);
            from = place;
        }
        pieces.push(&stream[from..]);
        let flat = |(seen, held): (Vec<String>, Vec<u8>)| (join_text(&seen), held);
        prop_assert_eq!(flat(units(&pieces)), flat(units(&[&stream])));
    }
}

/// Invalid bytes at a seam may be dropped by the splitter instead of by the reader of the text.
fn join_text(seen: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for unit in seen {
        let text = unit.strip_prefix("Text(").map(|_| bytes_of(unit));
        match text {
            Some(text) if text.is_empty() => {}
            Some(text) => match joined.last_mut() {
                Some(last) if last.starts_with('T') => last.push_str(&text),
                _ => joined.push(format!("T{text}")),
            },
            None => joined.push(unit.clone()),
        }
    }
    joined
}

fn bytes_of(debug: &str) -> String {
    let numbers = debug.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let bytes: Vec<u8> = numbers.filter_map(|part| part.parse().ok()).collect();
    crate::utf8::text(&bytes)
}
