//! The repository as data: its files as git lists them, their text, and what cargo says of the crates.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde_json::Value;

/// What cargo says of the workspace, dependencies of dependencies included.
pub(crate) static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .current_dir(root())
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo metadata answers")
});

/// Every file that is, or would be, committed; paths from the top.
pub(crate) static FILES: LazyLock<Vec<String>> = LazyLock::new(|| listed(&["--cached", "--others"]));

/// The files that git lists so, but for those that it is told to leave out.
pub(crate) fn listed(which: &[&str]) -> Vec<String> {
    let command = [&["ls-files", "--exclude-standard"], which].concat();
    let listed = Command::new("git").args(command).current_dir(root()).output().expect("git runs");
    assert!(listed.status.success(), "git ls-files failed");
    let paths = String::from_utf8(listed.stdout).expect("paths are text");
    paths.lines().filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
}

/// The top of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/house lies in the repository")
}

/// The files below `folder` (all, if it is empty) with one of these endings.
pub(crate) fn sources(folder: &str, endings: &[&str]) -> Vec<&'static str> {
    FILES
        .iter()
        .map(String::as_str)
        .filter(|path| Path::new(path).starts_with(folder))
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .collect()
}

/// The text of a file; of one that is not text, nothing.
pub(crate) fn text(path: &str) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8(bytes).unwrap_or_default()
}

/// A JSON file.
pub(crate) fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folder of a crate, from the top.
pub(crate) fn folder(package: &Package) -> String {
    let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
    folder
        .strip_prefix(root().to_str().expect("the checkout's path is text"))
        .expect("our crates lie in the repository")
        .to_string()
}

/// Fails with every complaint at once, so that one run shows all there is to do.
pub(crate) fn expect_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
