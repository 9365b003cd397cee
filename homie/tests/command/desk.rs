//! A machine with everything around it that the test decides: tailscaled, and the programs of systemd.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::program::{Home, search_path};

/// The owner.
pub(crate) const ALICE: &str = "alice@example.com";

/// The port that the tailnet is to see.
pub(crate) const PORT: u16 = 47_640;

/// The last line that `homie up` says.
const LAST: &str = "It lets in one browser";

/// A machine.
pub(crate) struct Desk {
    pub(crate) home: Home,
    pub(crate) fake: FakeTailscaled,
    pub(crate) runtime: Runtime,
    folder: TempDir,
}

impl Desk {
    /// On which nothing is wrong, of this user.
    pub(crate) fn new(home: Home) -> Self {
        let (folder, runtime) = (TempDir::new().unwrap(), Runtime::new().unwrap());
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let socket = folder.path().join("ts.sock");
        let own = FakePeer::user(ALICE, "gw", 1);
        let fake = runtime.block_on(async { FakeTailscaled::start(&socket, own) }).unwrap();
        let desk = Self { home, fake, runtime, folder };
        desk.open_socket();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["gw.tail.test".to_owned()]).unwrap();
        desk.fake.set_certificates(Certificates::Pair { key: signing_key.serialize_pem(), chain: cert.pem() });
        fs::create_dir(desk.folder.path().join("bin")).unwrap();
        desk.program("timedatectl", "echo yes");
        desk.program("systemctl", "exit 1");
        desk.settings("");
        desk
    }

    /// As tailscaled's is: whoever is here may ask.
    fn open_socket(&self) {
        fs::set_permissions(self.fake.socket(), Permissions::from_mode(0o666)).unwrap();
    }

    /// A file of settings that leads to this tailscaled, and says this too. The page has a port that nobody knows.
    pub(crate) fn settings(&self, more: &str) {
        let socket = self.fake.socket().display().to_string();
        let path = self.home.path();
        let text = format!("tailscale-socket = '{socket}'\ntailnet-port = {PORT}\n{more}");
        if !path.exists() {
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        }
        fs::write(path.join("config.toml"), text).unwrap();
        self.give(&path);
        self.give(&path.join("config.toml"));
    }

    /// To the user of the home.
    fn give(&self, path: &Path) {
        let whose = fs::metadata(self.home.around()).unwrap();
        let (uid, gid) = (std::os::unix::fs::MetadataExt::uid(&whose), std::os::unix::fs::MetadataExt::gid(&whose));
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
    }

    /// A program in the place of one of the system's.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }

    /// The person's folder.
    pub(crate) fn person(&self) -> PathBuf {
        self.home.around().to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homie"));
        self.home.prepared(command.args(arguments).stdin(Stdio::null()));
        let (ours, usual) = (self.folder.path().join("bin"), search_path());
        let path = std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&usual))).unwrap();
        command.env("PATH", path).env("HOME", self.person());
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME").env_remove("XDG_RUNTIME_DIR");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `homie doctor` with these words: its exit code, and what it tells programs.
    pub(crate) fn doctor(&self, more: &[&str]) -> (i32, Value) {
        let output = self.run(&[&["doctor", "--json"], more].concat());
        let told = serde_json::from_slice(&output.stdout);
        let told = told.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), told)
    }

    /// The ids of what it finds.
    pub(crate) fn found(&self) -> Vec<String> {
        let (code, told) = self.doctor(&[]);
        let ids = ids(&told, "findings");
        assert_eq!(code, i32::from(!ids.is_empty()), "{told:#}");
        ids
    }

    /// Starts `homie up`, and hears what it says until it is ready.
    pub(crate) fn up(&self, more: &[&str]) -> Up {
        self.up_with(&[&["--port", "0"], more].concat())
    }

    /// The same where nobody chose a port for the page.
    pub(crate) fn up_on_the_usual_port(&self) -> Up {
        self.up_with(&[])
    }

    fn up_with(&self, more: &[&str]) -> Up {
        let arguments = [&["up", "--owner", ALICE, "--allow-root"], more].concat();
        let mut child = self.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.as_mut().unwrap()).lines().map_while(Result::ok) {
            let is_last = line.starts_with(LAST);
            said.push(line);
            if is_last {
                break;
            }
        }
        Up { child, said }
    }
}

/// The ids in one of a report's lists.
pub(crate) fn ids(told: &Value, list: &str) -> Vec<String> {
    let found = told[list].as_array().unwrap_or_else(|| panic!("{told:#}"));
    found.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

/// A `homie up` that runs, and what it has said.
pub(crate) struct Up {
    child: Child,
    pub(crate) said: Vec<String>,
}

impl Drop for Up {
    fn drop(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}
