//! A state directory that was copied to another host: the same key, and another StableID. tailscaled names the one to the other.

use std::time::Instant;

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::host::Who;
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::PATIENCE;

use crate::mesh::{OWNED, until};

/// What lies in the state directory of one goes into that of the other, whose person owns it then. Its settings are its own.
fn copy(from: &Homie, to: &Homie) {
    let (from, there) = (from.home().unwrap().display().to_string(), to.home().unwrap().display().to_string());
    let uid = to.host().uid(Who::Person).unwrap().to_string();
    let words = "cd \"$1\" && find . -maxdepth 1 -type f ! -name config.toml -exec cp -p {} \"$2\" \\; && chown -R \"$3\" \"$2\"";
    to.host().run(Who::Root, &["sh", "-c", words, "sh", &from, &there, &uid]).unwrap();
}

fn id(homie: &Homie) -> String {
    homie.json(&["status"]).unwrap()["node"]["id"].to_string()
}

#[test]
fn two_hosts_with_one_state_directory_close_and_go_on_as_two() {
    let lab = Lab::open().unwrap();
    let mut desk = Homie::direct(lab.desk(), OWNED).unwrap();
    desk.run(&["new", "--detach", "--name", "work", "--", "bash", "--norc", "--noprofile"]).unwrap();
    desk.stop().unwrap();
    let mut laptop = Homie::new(lab.laptop(), OWNED).unwrap();
    copy(&desk, &laptop);
    laptop.on_own_addresses().unwrap();
    desk.start().unwrap();
    laptop.start().unwrap();
    assert_eq!(id(&desk), id(&laptop));
    for homie in [&desk, &laptop] {
        let told = until(homie, &["status"], |told| told["closed"]["kind"] == "cloned");
        assert!(homie.door().is_err() && told["closed"]["command"] == "homie rekey", "{told:#}");
    }
    desk.run(&["send", "work", "echo hi-$((1 + 1))", "--enter"]).unwrap();
    while !desk.run(&["capture", "work"]).unwrap().contains("hi-2") {}

    laptop.stop().unwrap();
    laptop.run(&["rekey", "--yes"]).unwrap();
    laptop.start().unwrap();
    assert!(laptop.door().is_ok() && id(&desk) != id(&laptop));
    let end = Instant::now() + PATIENCE;
    while let Err(error) = desk.run(&["rekey", "--keep"]) {
        assert!(Instant::now() < end, "{error:#}");
    }
    until(&desk, &["status"], |_| desk.door().is_ok());
    desk.run(&["kill", "work"]).unwrap();
}
