//! What a client says of its own rights counts for nothing, because there is no way to say it; and the table of methods is
//! closed.

use std::collections::BTreeSet;

use homie_protocol::code::Code;
use homie_protocol::codec;
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::{row, rows};

use super::support::index::{Entry, vectors};
use super::support::layers::decode;
use super::support::tree::Tree;

/// What others have let clients say.
const CLAIMS: [&str; 6] = ["role", "scope", "user", "owner", "approver", "is_admin"];

/// What the person at the machine alone decides: the settings, and what runs with which files.
const SETTINGS: [&str; 18] = [
    "port",
    "tailnet_port",
    "tailnet-port",
    "tailscale_socket",
    "tailscale-socket",
    "trust_tailnet",
    "trust-tailnet",
    "allow",
    "capability",
    "ceiling",
    "shared_secret",
    "shared-secret",
    "settings",
    "config",
    "executable",
    "holder",
    "socket",
    "home",
];

/// Z-03: each claim in each message that a client sends, on top and in every map inside.
#[test]
fn a_claim_of_rights_is_an_unknown_field_wherever_it_stands() {
    are_unknown_fields(&CLAIMS);
}

/// Z-06: no message reaches a setting, a socket or the programs that Homie itself runs.
#[test]
fn a_setting_is_an_unknown_field_wherever_it_stands() {
    are_unknown_fields(&SETTINGS);
    let of_settings = rows().map(|row| row.name).filter(|name| name.contains("setting") || name.contains("config"));
    assert_eq!(of_settings.collect::<Vec<_>>(), [""; 0], "no method writes one");
}

fn are_unknown_fields(names: &[&str]) {
    let mut refused = 0;
    for entry in vectors().into_iter().filter(|entry| entry.ok.is_some() && is_from_a_client(entry)) {
        let tree = codec::decode::<Tree>(&entry.bytes, ANSWER).expect("a good vector");
        for claim in names {
            for (path, claiming) in claiming(&tree, claim) {
                let bytes = codec::encode(&claiming).expect("it can be written");
                let outcome = decode(&entry, &bytes).expect("a layer that is decoded");
                let (code, field) = outcome.map(drop).expect_err(&format!("{}: {path}", entry.name));
                assert_eq!((code, field), (Code::UnknownField, path), "{}", entry.name);
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "only {refused} messages were looked at");
}

fn is_from_a_client(entry: &Entry) -> bool {
    let greets = entry.layer == "control" && entry.reading.as_deref() == Some("greeting");
    let tag = entry.ok.as_ref().and_then(|ok| ok.get("t")).and_then(|tag| tag.as_str());
    let is_ours = matches!(tag, Some("hello" | "prove" | "request"));
    entry.layer.starts_with("params:") || (greets || entry.reading.as_deref() == Some("requests")) && is_ours
}

/// The tree with this field more in one of its structures, and the way to it. Where the field is one, as a role that an
/// owner gives somebody else, or where any name goes (the variables of a program, parameters not looked at yet), it is none.
fn claiming(tree: &Tree, claim: &str) -> Vec<(String, Tree)> {
    let Tree::Map(entries) = tree else { return Vec::new() };
    let mut all = Vec::new();
    if !entries.iter().any(|(name, _)| name == claim) {
        let more = (claim.to_owned(), Tree::Text("owner".to_owned()));
        all.push((claim.to_owned(), Tree::Map(entries.iter().cloned().chain([more]).collect())));
    }
    for (place, (name, value)) in entries.iter().enumerate().filter(|(_, (name, _))| name != "env" && name != "params")
    {
        for (path, inside) in claiming(value, claim) {
            let mut changed = entries.clone();
            changed[place].1 = inside;
            all.push((format!("{name}.{path}"), Tree::Map(changed)));
        }
    }
    all
}

/// Z-01: a hundred thousand names that are near one.
#[test]
fn no_name_near_one_of_the_table_is_in_it() {
    let names: Vec<&str> = rows().map(|row| row.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "no name stands twice");
    let mut tried = BTreeSet::new();
    for name in &names {
        assert_eq!(row(name).map(|row| row.name), Some(*name));
        for place in 0..=name.len() {
            let (before, behind) = name.split_at(place);
            let rest = behind.get(1..).unwrap_or_default();
            tried.insert(format!("{before}{rest}"));
            for letter in (0..=127_u8).map(char::from).chain(['\u{430}', '\u{2024}', '\u{200b}', '\u{ff0e}']) {
                tried.insert(format!("{before}{letter}{behind}"));
                tried.insert(format!("{before}{letter}{rest}"));
            }
        }
    }
    tried.retain(|name| !names.contains(&name.as_str()));
    assert!(tried.len() > 100_000, "only {} names", tried.len());
    for name in tried {
        assert_eq!(row(&name), None, "{name:?}");
    }
}
