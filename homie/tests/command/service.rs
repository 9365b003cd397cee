//! The service where no systemd is needed: what a manager is told, and what is asked of one that plays along or does not.
//!
//! `homie/tests/service` has the real one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Home, PATIENCE, about, address};

#[test]
fn the_manager_hears_that_it_is_ready_alive_and_stopping() {
    let home = Home::new();
    let folder = TempDir::new().unwrap();
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut line = [0; 1024];
        let len = socket.recv(&mut line).unwrap();
        String::from_utf8(line[..len].to_vec()).unwrap()
    };

    let mut command = Command::new(env!("CARGO_BIN_EXE_homie"));
    home.prepared(
        command
            .args(["up", "--service", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("WATCHDOG_USEC", "300000");
    let mut up = command.spawn().unwrap();
    let ready = hear();
    assert!(ready.starts_with("READY=1\nSTATUS=Homie's page: http://localhost:"), "{ready}");
    assert!(about(address(&ready)).contains("200 OK") && home.path().join("local.sock").exists());
    for _ in 0..3 {
        assert_eq!(hear(), "WATCHDOG=1");
    }
    kill_process(Pid::from_child(&up), Signal::TERM).unwrap();
    while hear() != "STOPPING=1" {}
    assert!(up.wait().unwrap().success());
    let mut told = String::new();
    std::io::Read::read_to_string(&mut up.stdout.take().unwrap(), &mut told).unwrap();
    assert!(!told.contains("#link="), "a link in a log: {told}");
}

#[test]
fn the_watchdog_of_another_process_is_not_ours() {
    let home = Home::new();
    let folder = TempDir::new().unwrap();
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_homie"));
    home.prepared(
        command
            .args(["up", "--service", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("WATCHDOG_USEC", "1000").env("WATCHDOG_PID", "1");
    let mut up = command.spawn().unwrap();
    let mut line = [0; 1024];
    assert!(socket.recv(&mut line).unwrap() > 0);
    kill_process(Pid::from_child(&up), Signal::TERM).unwrap();
    let len = socket.recv(&mut line).unwrap();
    assert_eq!(&line[..len], b"STOPPING=1");
    assert!(up.wait().unwrap().success());
}

#[test]
fn install_writes_the_unit_and_starts_it() {
    let desk = Desk::new();
    let told = desk.json("install");
    let unit = fs::read_to_string(desk.unit()).unwrap();
    assert!(unit.contains(&format!("ExecStart=\"{}\" up --service\n", env!("CARGO_BIN_EXE_homie"))), "{unit}");
    assert!(unit.contains(&format!("Environment=\"HOMIE_HOME={}\"\n", desk.home.path().display())), "{unit}");
    assert_eq!(desk.asked(), ["daemon-reload", "enable homie.service", "restart homie.service"]);
    let place = desk.unit();
    assert_eq!(
        told,
        json!({"installed": true, "unit": place, "enabled": true, "state": "active", "pid": 12, "lingers": true})
    );

    // Again: it is an upgrade.
    fs::write(&place, unit.replace("WatchdogSec=30", "WatchdogSec=1")).unwrap();
    desk.json("install");
    assert_eq!(fs::read_to_string(&place).unwrap(), unit);
    assert_eq!(desk.asked().last().unwrap(), "restart homie.service");

    assert_eq!(desk.json("uninstall")["installed"], false);
    assert!(!place.exists());
    assert_eq!(desk.asked(), ["disable --now homie.service", "daemon-reload"]);
    assert_eq!(desk.refused("uninstall").0, 3);
}

#[test]
fn what_is_not_ours_stays() {
    let desk = Desk::new();
    desk.json("install");
    let ours = fs::read_to_string(desk.unit()).unwrap();
    let elsewhere = ours.replace("HOMIE_HOME=", "HOMIE_HOME=/elsewhere");
    for (theirs, word) in [("[Unit]\n", "not written by"), (elsewhere.as_str(), "lies elsewhere")] {
        fs::write(desk.unit(), theirs).unwrap();
        let (code, words) = desk.refused("install");
        assert_eq!((code, words.contains(word)), (4, true), "{words}");
        assert_eq!(fs::read_to_string(desk.unit()).unwrap(), theirs);
    }
    fs::write(desk.unit(), "[Unit]\n").unwrap();
    assert_eq!(desk.refused("uninstall").0, 4);
    assert!(desk.unit().exists());
}

#[test]
fn a_machine_that_cannot_is_told_so() {
    let desk = Desk::new();
    desk.program("systemctl", "echo 'Failed to connect to bus: No medium found' >&2; exit 1");
    let (code, words) = desk.refused("install");
    assert_eq!((code, words.contains("No medium found") && words.contains("homie up --detach")), (5, true), "{words}");
    desk.program("systemctl", "echo HOME=/somewhere/else");
    let (code, words) = desk.refused("install");
    assert_eq!((code, words.contains("say HOME=/somewhere/else")), (4, true), "{words}");
    fs::remove_file(desk.folder.path().join("bin/systemctl")).unwrap();
    let (code, words) = desk.refused("status");
    assert_eq!((code, words.contains("no systemd")), (4, true), "{words}");
    assert!(!desk.unit().exists());
}

#[test]
fn a_service_that_does_not_start_says_where_to_look() {
    let desk = Desk::new();
    desk.program("systemctl", &desk.manager("case $2 in restart) exit 1;; esac"));
    let (code, words) = desk.refused("install");
    assert_eq!((code, words.contains("journalctl")), (1, true), "{words}");
}

#[test]
fn a_service_and_keys_in_a_keyring_exclude_each_other() {
    let desk = Desk::new();
    desk.choose_store("keyring");
    let (code, words) = desk.refused("install");
    assert_eq!((code, words.contains("homie keys move file")), (4, true), "{words}");
    assert!(!desk.unit().exists());
    desk.choose_store("file");
    desk.json("install");
    let output = desk.command(&["keys", "move", "keyring"]).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), words.contains("homie service uninstall")), (Some(4), true), "{words}");
}

/// A person's folder, and programs in the place of systemd's that note what they are asked.
struct Desk {
    home: Home,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { home: Home::new(), folder: TempDir::new().unwrap() };
        fs::create_dir(desk.folder.path().join("bin")).unwrap();
        desk.program("systemctl", &desk.manager(""));
        desk.program("loginctl", "echo Linger=yes");
        desk
    }

    /// A manager that does `first`, and then what is asked.
    fn manager(&self, first: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "{first}\nshift\ncase $1 in\n\
             show-environment) echo HOME={folder};;\n\
             show) printf 'ActiveState=active\\nUnitFileState=enabled\\nMainPID=12\\n';;\n\
             *) echo \"$*\" >>{folder}/asked;;\nesac"
        )
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }

    fn unit(&self) -> PathBuf {
        self.folder.path().join(".config/systemd/user/homie.service")
    }

    /// What the manager was asked to do since somebody looked here.
    fn asked(&self) -> Vec<String> {
        let path = self.folder.path().join("asked");
        let asked = fs::read_to_string(&path).unwrap_or_default();
        fs::remove_file(path).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }

    /// As an earlier start has chosen it.
    fn choose_store(&self, store: &str) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.home.path()).unwrap();
        let path = self.home.path().join("key-store");
        fs::write(&path, json!({ "store": store }).to_string()).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }

    fn run(&self, act: &str) -> Output {
        self.command(&["service", act, "--json"]).output().unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homie"));
        self.home.prepared(command.args(words).stdin(Stdio::null()));
        command.env("HOME", self.folder.path()).env("PATH", self.folder.path().join("bin"));
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command
    }

    fn json(&self, act: &str) -> Value {
        let output = self.run(act);
        assert_eq!(output.status.code(), Some(0), "{act}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, act: &str) -> (i32, String) {
        let output = self.run(act);
        assert!(output.stdout.is_empty(), "{act}: {}", String::from_utf8_lossy(&output.stdout));
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}
