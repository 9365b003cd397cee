//! Questions stay out, everything else passes, wherever the output is cut.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

fn passed(output: &[u8]) -> Vec<u8> {
    Sift::default().pass(output)
}

/// The same, a byte at a time.
fn crumbled(output: &[u8]) -> Vec<u8> {
    let mut sift = Sift::default();
    output.iter().flat_map(|byte| sift.pass(&[*byte])).collect()
}

/// Written as pieces of text; one that is repeated says how often.
#[derive(Deserialize)]
struct Vector {
    name: String,
    output: Vec<Piece>,
    passed: Vec<Piece>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Once(String),
    Often(String, usize),
}

fn text(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Once(text) => text.clone(),
        Piece::Often(text, times) => text.repeat(*times),
    };
    pieces.iter().map(piece).collect()
}

#[test]
fn questions_stay_out_and_everything_else_passes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/queries.json");
    let vectors: Vec<Vector> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(vectors.len() > 50);
    for Vector { name, output, passed: expected } in vectors {
        let (output, expected) = (text(&output), text(&expected));
        assert_eq!(String::from_utf8(passed(output.as_bytes())).unwrap(), expected, "{name}: {output:?}");
        assert_eq!(String::from_utf8(crumbled(output.as_bytes())).unwrap(), expected, "{name}: {output:?}");
    }
}

#[test]
fn titles_stay_out_where_somebody_else_says_them() {
    let long = format!("\x1b]2;{}\x07", "t".repeat(2 * HELD));
    for title in ["\x1b]0;title\x07", "\x1b]1;icon\x1b\\", "\x1b]2;\x07", "\x1b[22;0t", "\x1b[23t", &long] {
        let around = format!("a{title}b");
        assert_eq!(Sift::untitled().pass(around.as_bytes()), b"ab", "{title:?}");
        assert_eq!(passed(around.as_bytes()), around.as_bytes(), "{title:?}");
    }
}

#[test]
fn leaving_switches_off_what_was_switched_on() {
    let mut sift = Sift::default();
    let _ = sift.pass(b"\x1b[?1049h\x1b[?1;2004h\x1b[?25l\x1b[?1000;1006h\x1b[?1000l\x1b[2;20r\x1b]2;vim\x07");
    let undo = sift.modes.undo(80);
    for sequence in ["\x1b[?1l", "\x1b[?2004l", "\x1b[?25h", "\x1b[?1006l", "\x1b7\x1b[r\x1b8", "\x1b[?1049l"] {
        assert!(undo.contains(sequence), "{sequence:?} in {undo:?}");
    }
    assert!(!undo.contains("1000"), "{undo:?}");
    assert!(undo.ends_with("\x1b[?1049l"));
    let _ = sift.pass(b"\x1bc");
    assert!(!sift.modes.undo(80).contains('?'));
    assert!(!sift.modes.undo(80).contains("\x1b[3g"));
    let _ = sift.pass(b"\x1b[3g\x1b[5G\x1bH");
    assert!(sift.modes.undo(20).contains("\x1b[3g\x1b[9G\x1bH\x1b[17G\x1bH"), "{:?}", sift.modes.undo(20));
}

#[test]
fn what_is_missing_does_not_swallow_what_follows() {
    let mut sift = Sift::default();
    assert_eq!(sift.pass(b"a\x1b]0;tit"), b"a");
    assert!(sift.forget().is_empty());
    assert_eq!(sift.pass(b"next"), b"next");
    let _ = sift.pass(format!("\x1bPq{}", "~".repeat(2 * HELD)).as_bytes());
    assert_eq!(sift.forget(), [CANCEL]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn it_does_not_matter_where_output_is_cut(output in sequences(), cut in any::<prop::sample::Index>()) {
        let whole = passed(&output);
        prop_assert_eq!(&crumbled(&output), &whole);
        let (first, second) = output.split_at(cut.index(output.len() + 1));
        let mut sift = Sift::default();
        prop_assert_eq!([sift.pass(first), sift.pass(second)].concat(), whole);
    }

    #[test]
    fn what_has_passed_passes_again(output in sequences()) {
        let whole = passed(&output);
        prop_assert_eq!(passed(&whole), whole);
    }
}

/// Output of which much is sequences, whole and broken.
fn sequences() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(b"\x1b\x1b[]P?>;$+qncuhlt052\\\x07\x05\x18x\xc2\xc2\x9b\x9c\x90".to_vec());
    prop::collection::vec(special, 0..60)
}
