//! The table against its runs, and the rule against clusters, both from `spec/widths.json`.

use serde_json::Value;

use super::{CLUSTER_MAX, joins, properties, table, width};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../spec/widths.json")).expect("spec/widths.json is JSON")
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("32 bits")
}

/// The cells that a text makes, with their widths.
fn cells(text: &str) -> Vec<(String, u32)> {
    let mut cells: Vec<(String, u32)> = Vec::new();
    let mut preceding = 0;
    for character in text.chars() {
        preceding = properties(u32::from(character), preceding);
        match cells.last_mut() {
            Some(cell) if joins(preceding) => *cell = (format!("{}{character}", cell.0), width(preceding)),
            _ => cells.push((character.to_string(), width(preceding))),
        }
    }
    cells
}

fn widths(text: &str) -> Vec<u32> {
    cells(text).into_iter().map(|(_, width)| width).collect()
}

#[test]
fn the_table_is_that_of_the_vectors() {
    let vectors = vectors();
    let runs = vectors["runs"].as_array().expect("runs");
    let ends = runs.iter().skip(1).map(|run| number(&run[0])).chain([0x11_0000]);
    for (run, end) in runs.iter().zip(ends) {
        for code in number(&run[0])..end {
            assert_eq!(table::value(code), number(&run[1]) << 2 | number(&run[2]), "U+{code:04X}");
        }
    }
}

#[test]
fn texts_make_the_cells_of_the_vectors() {
    for vector in vectors()["texts"].as_array().expect("texts") {
        let expected: Vec<(String, u32)> = serde_json::from_value(vector["cells"].clone()).expect("cells");
        assert_eq!(cells(vector["text"].as_str().expect("text")), expected);
    }
}

#[test]
fn what_people_write_has_the_width_that_programs_count() {
    assert_eq!(widths("a字"), [1, 2]);
    assert_eq!(widths("e\u{301}\u{302}x"), [1, 1]);
    assert_eq!(widths("❤\u{fe0f}!"), [2, 1]);
    assert_eq!(widths("👩\u{200d}👩\u{200d}👧👍🏽"), [2, 2]);
    assert_eq!(widths("🇩🇪🇫🇷🇩"), [2, 2, 1]);
    assert_eq!(widths("กำ"), [1, 1]);
    assert_eq!(widths("का"), [1, 1]);
    assert_eq!(widths("각"), [2]);
    assert_eq!(widths("a\u{200b}\u{202e}b"), [1, 1]);
}

#[test]
fn a_mark_with_nothing_before_it_has_a_cell_of_its_own() {
    assert_eq!(cells("\u{301}a"), [("\u{301}".to_owned(), 1), ("a".to_owned(), 1)]);
}

#[test]
fn a_cell_takes_no_more_than_its_cap() {
    let marks = "\u{301}".repeat(100);
    let longest = cells(&format!("e{marks}")).into_iter().map(|(text, _)| text.chars().count()).max();
    assert_eq!(longest, Some(CLUSTER_MAX as usize));
}
