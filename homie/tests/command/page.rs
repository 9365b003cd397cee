//! The page in a real Chromium, with two machines in its list. What happens in the browser is in `web/e2e/mesh.two.ts`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::key_door::{self, enter, with_settings};
use crate::mesh::{joined, until};
use crate::program::Home;
use crate::two::{Two, inside};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn has_chromium() -> bool {
    Command::new(root().join("scripts/lib/chromium")).output().is_ok_and(|found| found.status.success())
}

/// Runs the stories whose names begin with this word.
fn tells(two: &Two, word: &str, variables: &[(&str, &Path)]) {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "browser", "--workspace", "web", "--", "--config", "playwright.two.config.ts"]);
    npm.args(["--grep", &format!("{word}:")]).current_dir(root());
    npm.env("HOMIE_BIN", env!("CARGO_BIN_EXE_homie"));
    npm.env("HOMIE_TWO_GW", two.gw.home().path()).env("HOMIE_TWO_LAPTOP", two.laptop.home().path());
    npm.envs(variables.iter().copied());
    let output = npm.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn told(name: &str, word: &str) {
    told_of(name, |two| {
        joined(two);
        tells(two, word, &[]);
    });
}

fn told_of(name: &str, story: impl FnOnce(&Two)) {
    if has_chromium() {
        inside(name, story);
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

/// `shed` listens at its loopback alone and dials out to `gw`, of all machines the only one with a key door.
#[test]
fn opens_a_machine_that_dials_out_to_its_own_and_says_where_another_page_must_go() {
    told_of("page::opens_a_machine_that_dials_out_to_its_own_and_says_where_another_page_must_go", |two| {
        let settings = two.gw.home().path().join("config.toml");
        let before = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{before}key-door = ['127.0.0.1:4700']\n")).unwrap();
        joined(two);
        let shed = with_settings(Home::new(), "dial-out = true\n");
        enter(&two.gw, &shed, "shed");
        key_door::start(&shed, "shed");
        until(&two.gw, "shed", "up");
        assert_eq!(until(&two.laptop, "shed", "up")["through"], "gw.tail.test:4663");
        tells(two, "behind", &[("HOMIE_TWO_SHED", &shed.home().path())]);
    });
}
