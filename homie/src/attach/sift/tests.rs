//! Questions stay out, everything else passes, wherever the output is cut.

use proptest::prelude::*;

use super::*;

fn passed(output: &[u8]) -> Vec<u8> {
    Sift::default().pass(output)
}

/// The same, a byte at a time.
fn crumbled(output: &[u8]) -> Vec<u8> {
    let mut sift = Sift::default();
    output.iter().flat_map(|byte| sift.pass(&[*byte])).collect()
}

#[test]
fn questions_stay_out() {
    for question in [
        "\x1b[c",
        "\x1b[0c",
        "\x1b[>c",
        "\x1b[=c",
        "\x1b[6n",
        "\x1b[?996n",
        "\x1b[?2026$p",
        "\x1b[4$p",
        "\x1b[>0q",
        "\x1b[?u",
        "\x1b[18t",
        "\x1b]10;?\x07",
        "\x1b]11;?\x1b\\",
        "\x1b]4;1;?\x07",
        "\x1b]52;c;aGk=\x07",
        "\x1bP$qm\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bZ",
        "\x05",
    ] {
        let around = format!("a{question}b");
        assert_eq!(passed(around.as_bytes()), b"ab", "{question:?}");
        assert_eq!(crumbled(around.as_bytes()), b"ab", "{question:?}");
    }
}

#[test]
fn titles_stay_out() {
    for title in ["\x1b]0;title\x07", "\x1b]1;icon\x1b\\", "\x1b]2;\x07", "\x1b[22;0t", "\x1b[23t"] {
        let around = format!("a{title}b");
        assert_eq!(passed(around.as_bytes()), b"ab", "{title:?}");
        assert_eq!(crumbled(around.as_bytes()), b"ab", "{title:?}");
    }
    let long = format!("a\x1b]2;{}\x07b", "t".repeat(2 * HELD));
    assert_eq!(passed(long.as_bytes()), b"ab");
}

#[test]
fn everything_else_passes_as_it_is() {
    for output in [
        "plain é 漢\r\n",
        "\x1b[1;31mred\x1b[m",
        "\x1b[?1049h\x1b[2J",
        "\x1b]11;#000000\x07",
        "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        "\x1b[8;24;80t",
        "\x1b(B\x1b7\x1b8\x1b=\x1bc",
        "\x1b[4 q\x1b[>1u\x1b[<u",
        "\x1bPq#0;2;0;0;0\x1b\\",
        "\x1b[12\x18x\x1b]7;gone\x1ax",
    ] {
        assert_eq!(String::from_utf8(passed(output.as_bytes())).unwrap(), output);
        assert_eq!(String::from_utf8(crumbled(output.as_bytes())).unwrap(), output);
    }
}

#[test]
fn what_was_broken_off_cannot_make_a_question_of_what_follows() {
    for (output, expected) in [
        ("\x1b\x1b[c[c", "[c"),
        ("\x1b[3\x1b[31mx", "\x1b[31mx"),
        ("\x1b[\x1b[6n6n", "6n"),
        ("\x1b]7;file:\x1b[31mx", "\x1b]7;file:\x1b\\\x1b[31mx"),
        ("\x1b]7;file:\x1b[cx", "\x1b]7;file:\x1b\\x"),
        ("\x1b]11;?\x1b[cx", "x"),
    ] {
        assert_eq!(String::from_utf8(passed(output.as_bytes())).unwrap(), expected);
    }
    let picture = format!("\x1bPq{}", "~".repeat(2 * HELD));
    let whole = passed(format!("{picture}\x1b[cx").as_bytes());
    assert_eq!(String::from_utf8(whole).unwrap(), format!("{picture}\x1b\\x"));
}

#[test]
fn a_long_string_passes_or_stays_out_as_a_whole() {
    let picture = format!("a\x1bPq{}\x1b\\b", "~".repeat(3 * HELD));
    assert_eq!(passed(picture.as_bytes()), picture.as_bytes());
    let clipboard = format!("a\x1b]52;c;{}\x07b", "A".repeat(3 * HELD));
    assert_eq!(passed(clipboard.as_bytes()), b"ab");
    assert_eq!(crumbled(clipboard.as_bytes()), b"ab");
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
    let special = prop::sample::select(b"\x1b\x1b[]P?>;$+qncuhlt052\\\x07\x05\x18x".to_vec());
    prop::collection::vec(special, 0..60)
}
