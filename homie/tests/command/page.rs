//! The page in a real Chromium, with two machines in its list. What happens in the browser is in `web/e2e/mesh.two.ts`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mesh::joined;
use crate::two::{Two, inside};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn has_chromium() -> bool {
    Command::new(root().join("scripts/lib/chromium")).output().is_ok_and(|found| found.status.success())
}

/// Runs the stories whose names begin with this word.
fn tells(two: &Two, word: &str) {
    joined(two);
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "browser", "--workspace", "web", "--", "--config", "playwright.two.config.ts"]);
    npm.args(["--grep", &format!("{word}:")]).current_dir(root());
    npm.env("HOMIE_BIN", env!("CARGO_BIN_EXE_homie"));
    npm.env("HOMIE_TWO_GW", two.gw.home().path()).env("HOMIE_TWO_LAPTOP", two.laptop.home().path());
    let output = npm.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn told(name: &str, word: &str) {
    if has_chromium() {
        inside(name, |two| tells(two, word));
    } else {
        eprintln!("SKIP {name}: no chromium");
    }
}

#[test]
fn opens_the_other_machine_through_its_own() {
    told("page::opens_the_other_machine_through_its_own", "through");
}

#[test]
fn opens_the_other_machine_straight_and_outlives_its_own() {
    told("page::opens_the_other_machine_straight_and_outlives_its_own", "direct");
}

#[test]
fn goes_on_around_a_gateway_that_is_killed() {
    told("page::goes_on_around_a_gateway_that_is_killed", "around");
}
