//! Size, words and scripts: what a reader would stumble over.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::repository::{FILES, expect_none, listed, root, sources, text};

/// A file that needs more holds two ideas.
const MOST_LINES: usize = 400;

/// Written by a program (scripts/gen, scripts/demo, npm, cargo), read by nobody.
const GENERATED: &[&str] = &[
    "Cargo.lock",
    "fuzz/Cargo.lock",
    "package-lock.json",
    "docs/methods.md",
    "docs/codes.md",
    "client/src/generated/",
    "spec/vectors/",
    "spec/widths.json",
    "terminal/src/generated/",
    "homie-screen/src/width/table.rs",
    "homie-screen/recordings/",
    "docs/mesh.cast",
    "docs/resume.cast",
];

const CODE: &[&str] = &[".rs", ".ts", ".tsx", ".css", ".sh"];

#[test]
fn no_file_is_longer_than_the_cap() {
    let complaints: Vec<String> = written()
        .map(|path| (path, text(path).lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{path} has {lines} lines, {MOST_LINES} is the most"))
        .collect();
    expect_none(&complaints);
}

/// What is here builds and passes; what others get would not.
#[test]
fn git_knows_all_code() {
    let unknown = listed(&["--others"]).into_iter().filter(|path| CODE.iter().any(|ending| path.ends_with(ending)));
    let told = |path| format!("git does not know {path}: `git add` it, or put it into .gitignore");
    expect_none(&unknown.map(told).collect::<Vec<_>>());
}

/// Paths of one machine, hosts of registries (the clients know them), and work left for later.
#[test]
fn no_file_has_words_that_do_not_belong() {
    let unwanted: Vec<String> = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/home", "/ubuntu"],
        ["registry.", "npmjs"],
        ["static.", "crates.io"],
        ["index.", "crates.io"],
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X"],
    ]
    .iter()
    .map(|halves| halves.concat())
    .collect();
    let mut complaints = Vec::new();
    for path in FILES.iter() {
        for (number, line) in text(path).lines().enumerate() {
            for word in unwanted.iter().filter(|word| line.contains(word.as_str())) {
                complaints.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn code_begins_with_what_it_is_for() {
    let complaints: Vec<String> = written()
        .filter(|path| CODE.iter().any(|ending| path.ends_with(ending)))
        .filter(|path| {
            let text = text(path);
            let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            !["//", "/*", "#"].iter().any(|comment| first.starts_with(comment))
        })
        .map(|path| format!("{path} does not begin with a comment that says what it is for"))
        .collect();
    expect_none(&complaints);
}

#[test]
fn scripts_run_and_say_what_they_do() {
    let mut complaints = Vec::new();
    for path in scripts() {
        let text = text(path);
        let mut lines = text.lines();
        if lines.next() != Some("#!/usr/bin/env bash") {
            complaints.push(format!("{path} is not started by #!/usr/bin/env bash"));
        }
        if !lines.next().is_some_and(|line| line.starts_with("# ")) {
            complaints.push(format!("{path} does not say in its second line what it does"));
        }
        let mode = root().join(path).metadata().expect("the script is there").permissions().mode();
        if mode & 0o111 == 0 {
            complaints.push(format!("{path} is not executable"));
        }
    }
    expect_none(&complaints);
}

fn scripts() -> impl Iterator<Item = &'static str> {
    let all = sources("scripts", &[""]).into_iter().chain(sources(".ci", &[""]));
    all.filter(|path| Path::new(path).extension().is_none())
}

fn written() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(String::as_str).filter(|path| !GENERATED.iter().any(|generated| path.starts_with(generated)))
}
