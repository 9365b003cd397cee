//! A person opens the page of one machine in a browser on another.

use std::process::Command;

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::lab::Lab;

/// What happens in the browser is in `web/e2e/tailnet.lab.ts`.
#[test]
fn a_browser_on_another_machine_pairs_and_types() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), "owner = 'alice@example.com'\n").unwrap();
    let output = Command::new("npm")
        .args(["run", "--silent", "browser", "--workspace", "web", "--", "--config", "playwright.tailnet.config.ts"])
        .env("HOMIE_CHROMIUM_HOST", lab.laptop().name())
        .env("HOMIE_CHROMIUM_SEES", desk.host().name())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
