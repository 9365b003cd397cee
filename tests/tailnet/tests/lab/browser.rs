//! A person opens the page of one machine in a browser on another, through each door with a certificate.

use std::process::Command;

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::lab::Lab;

const OWNED: &str = "owner = 'alice@example.com'\n";

fn pairs_and_types(lab: &Lab, desk: &Homie, door: &str) {
    assert_eq!(desk.door().unwrap(), (door.to_owned(), "https://desk.tail.test:4663/".to_owned()));
    plays(lab, desk, "tailnet.lab.ts");
}

/// Plays a story of `web/e2e` in a browser on the laptop.
pub(crate) fn plays(lab: &Lab, desk: &Homie, story: &str) {
    let output = Command::new("npm")
        .args(["run", "--silent", "browser", "--workspace", "web", "--", "--config", "playwright.tailnet.config.ts"])
        .arg(story)
        .env("HOMIE_CHROMIUM_HOST", lab.laptop().name())
        .env("HOMIE_CHROMIUM_SEES", desk.host().name())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_browser_on_another_machine_pairs_and_types_through_serve() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), OWNED).unwrap();
    pairs_and_types(&lab, &desk, "serve");
}

#[test]
fn a_browser_on_another_machine_pairs_and_types_straight_at_its_addresses() {
    let lab = Lab::open().unwrap();
    let desk = Homie::direct(lab.desk(), OWNED).unwrap();
    pairs_and_types(&lab, &desk, "tailnet");
}
