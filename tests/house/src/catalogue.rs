//! The catalogue of attacks and accidents: every case has its row, and every test that a row names is there.

use std::path::Path;

use crate::repository::{FILES, expect_none, text};

const CATALOGUE: &str = "docs/catalogue.md";

/// How many cases each group has, counted from 1.
const GROUPS: [(char, u8); 7] = [('A', 14), ('W', 9), ('P', 13), ('Z', 8), ('U', 4), ('F', 10), ('N', 9)];

/// Those of groups that are not whole.
const OTHERS: [&str; 7] = ["X-01", "X-02", "X-06", "X-07", "X-08", "X-09", "X-16"];

/// The cells of each row of a case.
fn rows() -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = text(CATALOGUE).lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    rows.into_iter()
        .filter(|row| row.first().is_some_and(|case| case.contains('-') && !case.starts_with('-')))
        .collect()
}

/// What stands between backticks and names a test: `file#test`.
fn named(cell: &str) -> impl Iterator<Item = (&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|code| code.split_once('#'))
}

#[test]
fn every_case_has_one_row_with_a_test_or_a_reason() {
    let mut complaints = Vec::new();
    let rows = rows();
    let all = GROUPS.into_iter().flat_map(|(group, most)| (1..=most).map(move |number| format!("{group}-{number:02}")));
    for case in all.chain(OTHERS.map(str::to_owned)) {
        match rows.iter().filter(|row| row[0] == case).collect::<Vec<_>>().as_slice() {
            [row] => {
                let answer = row.get(2).map(String::as_str).unwrap_or_default();
                if named(answer).next().is_none() && !answer.starts_with("not here: ") {
                    complaints.push(format!("{case}: neither a test nor `not here: ` and why"));
                }
            }
            found => complaints.push(format!("{case}: {} rows", found.len())),
        }
    }
    expect_none(&complaints);
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut complaints = Vec::new();
    for row in rows() {
        for (file, test) in row.iter().flat_map(|cell| named(cell)) {
            if !FILES.iter().any(|path| path == file) {
                complaints.push(format!("{}: there is no {file}", row[0]));
            } else if !has_test(file, test) {
                complaints.push(format!("{}: {file} has no test `{test}`", row[0]));
            }
        }
    }
    expect_none(&complaints);
}

/// In Rust a function behind an attribute, elsewhere a sentence in quotes.
fn has_test(file: &str, test: &str) -> bool {
    let source = text(file);
    if Path::new(file).extension() != Some("rs".as_ref()) {
        return source.contains(&format!("\"{test}\""));
    }
    let Some(place) = source.find(&format!("fn {test}(")) else { return false };
    let before: Vec<&str> = source[..place].lines().rev().take(4).collect();
    before.iter().any(|line| line.trim().starts_with("#[") && line.contains("test"))
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let own = "tests/house/src/catalogue.rs";
    assert!(has_test(own, "a_test_that_is_not_there_is_missed"));
    assert!(!has_test(own, "rows") && !has_test(own, "nobody_wrote_this"));
    assert_eq!(named("`a.rs#b` and `c` `d.ts#e f`").collect::<Vec<_>>(), [("a.rs", "b"), ("d.ts", "e f")]);
}
