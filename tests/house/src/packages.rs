//! Who may use whom among the npm workspaces, and which library each may see.

use serde_json::Value;

use crate::repository::{expect_none, json, sources, text};

/// The arrows, and what a workspace must not know of.
struct Wall {
    workspace: &'static str,
    may_use: &'static [&'static str],
    must_not_know: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall { workspace: "client", may_use: &[], must_not_know: &["react", "react-dom", "@xterm/xterm", "jsdom"] },
    Wall { workspace: "terminal", may_use: &["@homie/client"], must_not_know: &["react", "react-dom"] },
    Wall { workspace: "web", may_use: &["@homie/client", "@homie/terminal"], must_not_know: &[] },
    Wall {
        workspace: "tests/viewer",
        may_use: &["@homie/client"],
        must_not_know: &["react", "react-dom", "@xterm/xterm", "jsdom"],
    },
    Wall {
        workspace: "tests/painter",
        may_use: &["@homie/terminal"],
        must_not_know: &["react", "react-dom", "@xterm/xterm", "jsdom"],
    },
];

#[test]
fn every_workspace_has_a_wall() {
    let workspaces = workspaces();
    assert!(!workspaces.is_empty());
    let complaints: Vec<String> = workspaces
        .iter()
        .filter(|name| !WALLS.iter().any(|wall| wall.workspace == *name))
        .map(|name| format!("the workspace {name} has no place in the house"))
        .collect();
    expect_none(&complaints);
}

#[test]
fn workspaces_use_only_what_the_arrows_allow() {
    let mut complaints = Vec::new();
    for wall in present_walls() {
        for name in dependencies(&json(&format!("{}/package.json", wall.workspace))) {
            let foreign = name.starts_with("@homie/") && !wall.may_use.contains(&name.as_str());
            if foreign || wall.must_not_know.contains(&name.as_str()) {
                complaints.push(format!("{} uses {name}", wall.workspace));
            }
        }
    }
    expect_none(&complaints);
}

/// A relative path would walk around the arrows.
#[test]
fn no_import_leaves_its_workspace_by_a_relative_path() {
    let mut complaints = Vec::new();
    for wall in present_walls() {
        for path in sources(wall.workspace, &[".ts", ".tsx"]) {
            let inside = path.strip_prefix(wall.workspace).unwrap_or_default();
            let out = format!("\"{}", "../".repeat(inside.split('/').count() - 1));
            if text(path).lines().any(|line| line.contains("from ") && line.contains(&out)) {
                complaints.push(format!("{path} imports from outside {}", wall.workspace));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn the_client_is_compiled_without_the_dom() {
    let config = json("client/tsconfig.json");
    let libraries = config["compilerOptions"]["lib"].as_array().expect("client/tsconfig.json sets lib");
    assert!(!libraries.is_empty());
    let only_language = libraries.iter().all(|library| library.as_str().is_some_and(|name| name.starts_with("ES")));
    assert!(only_language, "the client's lib is the language alone, without DOM: {libraries:?}");
    assert_eq!(config["compilerOptions"]["types"], Value::Array(Vec::new()), "the client sees no ambient types");
}

fn present_walls() -> impl Iterator<Item = &'static Wall> {
    let present = workspaces();
    WALLS.iter().filter(move |wall| present.iter().any(|name| name == wall.workspace))
}

fn workspaces() -> Vec<String> {
    let manifest = json("package.json");
    let listed = manifest["workspaces"].as_array().expect("package.json lists workspaces");
    listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn dependencies(manifest: &Value) -> Vec<String> {
    ["dependencies", "devDependencies", "peerDependencies"]
        .iter()
        .filter_map(|kind| manifest[*kind].as_object())
        .flat_map(|names| names.keys().cloned())
        .collect()
}
