//! Who may use whom among the crates, that all live by the same lints, and that `unsafe` stays in the holder.

use cargo_metadata::Package;

use crate::repository::{METADATA, expect_none, folder, sources, text};

/// The arrows. A crate that is not here has no place in the house yet: give it one, here and in ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("homie-protocol", &[]),
    ("homie-screen", &["homie-protocol", "homie-screen"]),
    ("homie-circuit", &["homie-protocol"]),
    ("homie-tailnet", &["homie-tailnet"]),
    ("homie-trust", &["homie-protocol", "homie-tailnet"]),
    ("homie-holder", &["homie-protocol", "homie-screen", "homie-holder"]),
    (
        "homie-node",
        &["homie-protocol", "homie-screen", "homie-circuit", "homie-tailnet", "homie-trust", "homie-holder"],
    ),
    ("homie-gateway", &["homie-protocol", "homie-circuit", "homie-tailnet", "homie-trust"]),
    (
        "homie",
        &[
            "homie-protocol",
            "homie-screen",
            "homie-circuit",
            "homie-tailnet",
            "homie-trust",
            "homie-holder",
            "homie-node",
            "homie-gateway",
        ],
    ),
    (
        "homie-tests",
        &[
            "homie-protocol",
            "homie-circuit",
            "homie-tailnet",
            "homie-trust",
            "homie-holder",
            "homie-node",
            "homie-gateway",
        ],
    ),
    ("homie-tailnet-lab", &["homie-protocol", "homie-tailnet", "homie-tests"]),
    ("homie-bench", &["homie-protocol", "homie-circuit", "homie-trust", "homie-tailnet-lab", "homie-tests"]),
    ("homie-house", &[]),
];

const HOLDER_MANIFEST: &str = "homie-holder/Cargo.toml";

#[test]
fn crates_use_only_what_the_arrows_allow() {
    let mut complaints = Vec::new();
    for package in METADATA.workspace_packages() {
        let Some((name, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name.as_str()) else {
            complaints.push(format!("{} has no place in the house", package.name));
            continue;
        };
        for used in ours(package).filter(|used| !allowed.contains(used)) {
            complaints.push(format!("{name} uses {used}"));
        }
    }
    expect_none(&complaints);
}

#[test]
fn unsafe_is_in_the_holder_alone() {
    let complaints: Vec<String> = sources("", &[".rs"])
        .into_iter()
        .filter(|path| !path.starts_with("homie-holder/"))
        .filter(|path| has_unsafe(&text(path)))
        .map(|path| format!("{path} has unsafe code"))
        .collect();
    expect_none(&complaints);
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let complaints: Vec<String> = METADATA
        .workspace_packages()
        .into_iter()
        .map(|package| format!("{}/Cargo.toml", folder(package)))
        .filter(|manifest| manifest != HOLDER_MANIFEST && !text(manifest).contains("[lints]\nworkspace = true"))
        .map(|manifest| format!("{manifest} does not say [lints] workspace = true"))
        .collect();
    expect_none(&complaints);
}

/// Cargo cannot take the workspace's lints less one, so the holder copies them.
#[test]
fn the_holder_has_the_lints_of_the_workspace_but_one() {
    let workspace = text("Cargo.toml");
    let holder = text(HOLDER_MANIFEST);
    let complaints: Vec<String> = lints(&workspace, "workspace.lints.")
        .filter(|lint| !lint.starts_with("unsafe_code") && !lints(&holder, "lints.").any(|has| has == *lint))
        .map(|lint| format!("{HOLDER_MANIFEST} does not say {lint}"))
        .collect();
    expect_none(&complaints);
}

/// The lint lines of a manifest, without their comments.
fn lints<'a>(manifest: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    let rust = format!("[{prefix}rust]");
    let clippy = format!("[{prefix}clippy]");
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line == rust || line == clippy;
        }
        let lint = line.split('#').next().unwrap_or_default().trim();
        (inside && lint.contains(" = ")).then_some(lint)
    })
}

/// The crates of this repository that a crate names, for whatever purpose.
fn ours(package: &Package) -> impl Iterator<Item = &str> {
    let dependencies = package.dependencies.iter();
    dependencies.filter(|dependency| dependency.path.is_some()).map(|dependency| dependency.name.as_str())
}

/// The keyword before what it can stand before; the word in a comment, in a text or in a lint's name is none.
fn has_unsafe(code: &str) -> bool {
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.flat_map(|line| line.split("unsafe").skip(1)).any(|after| {
        [" {", " fn", " impl", " extern", " trait", "(no_mangle", "(export_name", "(link_section"]
            .iter()
            .any(|next| after.starts_with(next))
    })
}

#[test]
fn unsafe_code_is_seen() {
    let block = ["let x = un", "safe { y };"].concat();
    assert!(has_unsafe(&block));
    assert!(!has_unsafe("unsafe_code = \"forbid\""));
    assert!(!has_unsafe(&["// never ", block.as_str()].concat()));
}
