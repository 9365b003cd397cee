//! What `homie up` says of the tailnet: the door that is open, or one sentence and one command.

use std::fs;

use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use homie_trust::StateDir;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::Home;

/// A home whose settings name this tailscaled. `up` needs `--allow-root` where the tests run as root.
fn home(socket: &str) -> Home {
    let home = Home::new();
    StateDir::open(&home.path()).unwrap();
    let settings = format!("tailscale-socket = '{socket}'\ntailnet-port = 47630\n");
    fs::write(home.path().join("config.toml"), settings).unwrap();
    home
}

#[test]
fn until_an_owner_is_named_nobody_comes_in_and_it_is_said_how() {
    let home = home("/nowhere/ts.sock");
    let up = home.start(&["up", "--port", "0"]);
    up.hear("Nobody is this machine's owner yet");
    up.hear("  homie up --owner LOGIN");
    up.hear("One-use link: ");
}

#[test]
fn without_tailscaled_local_use_goes_on_and_the_owner_is_remembered() {
    let home = home("/nowhere/ts.sock");
    for owner in [&["--owner", "alice@example.com"][..], &[]] {
        let up = home.start(&[&["up", "--port", "0", "--allow-root"], owner].concat());
        up.hear("Tailscale does not run here");
        up.hear("  sudo systemctl enable --now tailscaled");
        up.hear("One-use link: ");
        up.signal(rustix::process::Signal::INT);
        assert_eq!(up.end().code(), Some(0));
    }
}

#[test]
fn root_opens_no_door_to_the_tailnet_unasked() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = home("/nowhere/ts.sock");
    let up = home.start(&["up", "--port", "0", "--owner", "alice@example.com"]);
    up.hear("Homie runs as root");
    up.hear("  homie up --allow-root");
}

#[test]
fn an_open_door_is_said_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let socket = folder.path().join("ts.sock");
    let fake = runtime.block_on(async { FakeTailscaled::start(&socket, FakePeer::user("alice@example.com", "gw", 1)) });
    let fake = fake.unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["gw.tail.test".to_owned()]).unwrap();
    fake.set_certificates(Certificates::Pair { key: signing_key.serialize_pem(), chain: cert.pem() });
    let home = home(socket.to_str().unwrap());
    let up = home.start(&["up", "--port", "0", "--owner", "alice@example.com", "--allow-root", "--trust-tailnet"]);
    let door = up.hear("On the tailnet: https://gw.tail.test:476");
    up.hear("trust-tailnet is on");
    up.hear("One-use link: ");
    let told: Value = serde_json::from_slice(&home.run(&["status", "--json"]).stdout).unwrap();
    let listener = &told["listeners"][3];
    assert_eq!((listener["kind"].as_str(), listener["door"].as_str()), (Some("tailnet"), Some("tailnet")), "{told}");
    assert!(door.contains(listener["url"].as_str().unwrap()), "{told}");
}
