//! Every dependency is used by the crate or package that names it, and npm's are pinned.
//!
//! Looking for the name as a word finds what the tools for this find, without building them first.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::repository::{METADATA, expect_none, folder, json, sources, text};

/// Commands of the root's scripts.
const COMMANDS: &[&str] = &["@biomejs/biome", "typescript"];

#[test]
fn every_crate_uses_what_it_names() {
    let mut complaints = Vec::new();
    for package in METADATA.workspace_packages() {
        let folder = folder(package);
        let code: String = sources(&folder, &[".rs"]).into_iter().map(text).collect();
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            if !has_word(&code, &name) {
                complaints.push(format!("{folder} names {name} and does not use it"));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn every_package_uses_what_it_names() {
    let mut complaints = Vec::new();
    for manifest in manifests() {
        let folder = manifest.trim_end_matches("package.json").trim_end_matches('/');
        let code: String = sources(folder, &[".ts", ".tsx", ".css"]).into_iter().map(text).collect();
        for name in pins(manifest).into_keys().filter(|name| !COMMANDS.contains(&name.as_str())) {
            if !imports(&code, &name) {
                complaints.push(format!("{manifest} names {name} and nothing imports it"));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn npm_versions_are_exact_and_the_same_everywhere() {
    let mut complaints = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for manifest in manifests() {
        for (name, version) in pins(manifest).into_iter().filter(|(name, _)| !name.starts_with("@homie/")) {
            if !version.starts_with(|first: char| first.is_ascii_digit()) {
                complaints.push(format!("{manifest}: {name} {version} is not one version"));
            }
            let first = seen.entry(name.clone()).or_insert_with(|| version.clone());
            if *first != version {
                complaints.push(format!("{manifest}: {name} is {version} here and {first} elsewhere"));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn the_lock_file_names_no_registry() {
    let lock = text("package-lock.json");
    let urls: Vec<String> = lock
        .lines()
        .filter(|line| line.contains("\"resolved\": \"http"))
        .map(|line| format!("package-lock.json: {}", line.trim()))
        .collect();
    expect_none(&urls);
}

/// Types are used by whoever imports what they describe.
fn imports(code: &str, name: &str) -> bool {
    match name.strip_prefix("@types/").unwrap_or(name) {
        "node" => code.contains("\"node:"),
        module => code.contains(&format!("\"{module}\"")) || code.contains(&format!("\"{module}/")),
    }
}

fn manifests() -> Vec<&'static str> {
    sources("", &["package.json"])
}

fn pins(manifest: &str) -> BTreeMap<String, String> {
    let manifest = json(manifest);
    ["dependencies", "devDependencies"]
        .iter()
        .filter_map(|kind| manifest[*kind].as_object())
        .flatten()
        .filter_map(|(name, version)| Some((name.clone(), Value::as_str(version)?.to_owned())))
        .collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    text.split(word)
        .zip(text.split(word).skip(1))
        .any(|(before, after)| !before.ends_with(joins) && !after.starts_with(joins))
}

#[test]
fn a_word_is_not_part_of_another() {
    assert!(has_word("use serde::Serialize;", "serde"));
    assert!(!has_word("use serde_json::Value;", "serde"));
    assert!(!has_word("let myserde = 1;", "serde"));
}
