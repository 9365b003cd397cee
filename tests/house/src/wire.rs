//! That `homie-protocol` stays pure: bytes in, values out, and nothing that a machine has to answer.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, PackageId};

use crate::repository::{METADATA, expect_none, sources, text};

/// What would bring time, threads, files, sockets or chance into the wire.
const IMPURE_CRATES: &[&str] = &[
    "async-std",
    "futures-executor",
    "getrandom",
    "hyper",
    "mio",
    "nix",
    "polling",
    "rand",
    "rustix",
    "smol",
    "socket2",
    "tokio",
    "tracing-subscriber",
    "tungstenite",
];
const IMPURE_MODULES: &[&str] = &["env", "fs", "net", "process", "thread", "time"];

#[test]
fn the_wire_depends_on_nothing_impure() {
    let protocol = METADATA
        .workspace_packages()
        .into_iter()
        .find(|package| package.name == "homie-protocol")
        .expect("homie-protocol is in the workspace");
    let complaints: Vec<String> = needed_by(&protocol.id)
        .into_iter()
        .filter(|name| IMPURE_CRATES.contains(&name.as_str()))
        .map(|name| format!("homie-protocol brings in {name}"))
        .collect();
    expect_none(&complaints);
}

#[test]
fn the_wire_knows_no_clock_thread_file_or_socket() {
    let mut complaints = Vec::new();
    for path in sources("homie-protocol/src", &[".rs"]) {
        let code = text(path);
        for module in IMPURE_MODULES {
            if code.contains(&format!("std::{module}")) {
                complaints.push(format!("{path} uses std::{module}"));
            }
        }
        if code.contains("std::{") {
            complaints.push(format!("{path} imports std in braces: one path a line, so that this test can read it"));
        }
    }
    expect_none(&complaints);
}

/// Everything that is built into a crate, by default features, tests aside.
fn needed_by(start: &PackageId) -> BTreeSet<String> {
    let graph = METADATA.resolve.as_ref().expect("metadata has the graph");
    let mut seen = BTreeSet::new();
    let mut waiting = vec![start.clone()];
    while let Some(id) = waiting.pop() {
        let node = graph.nodes.iter().find(|node| node.id == id).expect("the graph is whole");
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if normal && seen.insert(dependency.pkg.clone()) {
                waiting.push(dependency.pkg.clone());
            }
        }
    }
    seen.iter().map(|id| METADATA[id].name.to_string()).collect()
}
