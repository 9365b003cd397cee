//! A keyring of the test's own: the real gnome-keyring on a bus that nobody else knows, and secret-tool to look into it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::program::PATIENCE;

/// What it is made of.
const PROGRAMS: [&str; 4] = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"];

/// Who keeps secrets on a bus, and where the collection is that new ones go to.
const SECRETS: &str = "org.freedesktop.secrets";
const DEFAULT: &str = "/org/freedesktop/secrets/aliases/default";

/// A keyring that is unlocked.
pub(crate) struct Keyring {
    bus: Child,
    daemon: Child,
    pub(crate) address: String,
    folder: TempDir,
}

impl Keyring {
    /// Starts it. Where it is not installed it says so, and nothing is tested.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let is_there =
            |program: &str| std::env::split_paths(&std::env::var_os("PATH")?).find(|path| path.join(program).exists());
        if let Some(missing) = PROGRAMS.into_iter().find(|program| is_there(program).is_none()) {
            eprintln!("SKIP {test}: {missing} is missing");
            return None;
        }
        let folder = TempDir::new().unwrap();
        let (bus, address) = bus(folder.path());
        let daemon = daemon(folder.path(), &address);
        let keyring = Self { bus, daemon, address, folder };
        keyring.wait_until_open();
        Some(keyring)
    }

    /// It answers nothing any more, and says nothing either.
    pub(crate) fn stop_answering(&self) {
        kill_process(Pid::from_child(&self.daemon), Signal::STOP).unwrap();
    }

    pub(crate) fn answer_again(&self) {
        kill_process(Pid::from_child(&self.daemon), Signal::CONT).unwrap();
    }

    /// Nobody is there who could type its password.
    pub(crate) fn lock(&self) {
        let collection = format!("array:objpath:{DEFAULT}");
        let locked = self.send("/org/freedesktop/secrets", &["org.freedesktop.Secret.Service.Lock", &collection]);
        assert!(locked.status.success(), "{locked:?}");
    }

    /// The secret of an entry of Homie.
    pub(crate) fn secret(&self, account: &str) -> Option<Vec<u8>> {
        let output = self.tool(&["lookup"], account, &[]);
        output.status.success().then_some(output.stdout)
    }

    /// Takes an entry away.
    pub(crate) fn clear(&self, account: &str) {
        assert!(self.tool(&["clear"], account, &[]).status.success());
    }

    /// Puts something in an entry's place.
    pub(crate) fn put(&self, account: &str, secret: &[u8]) {
        // There may be none.
        let _cleared = self.tool(&["clear"], account, &[]);
        assert!(self.tool(&["store", "--label=test"], account, secret).status.success());
    }

    /// How many entries Homie has.
    pub(crate) fn entries(&self) -> usize {
        let found = self.prepared("secret-tool").args(["search", "--all", "service", "homie"]).output().unwrap();
        String::from_utf8_lossy(&found.stdout).lines().filter(|line| line.starts_with("secret = ")).count()
    }

    fn tool(&self, words: &[&str], account: &str, input: &[u8]) -> Output {
        let mut command = self.prepared("secret-tool");
        command.args(words).args(["service", "homie", "username", account]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    fn send(&self, object: &str, words: &[&str]) -> Output {
        let mut command = self.prepared("dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={SECRETS}"), object]).args(words);
        command.output().unwrap()
    }

    fn wait_until_open(&self) {
        let locked =
            ["org.freedesktop.DBus.Properties.Get", "string:org.freedesktop.Secret.Collection", "string:Locked"];
        let until = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&self.send(DEFAULT, &locked).stdout).contains("boolean false") {
            assert!(Instant::now() < until, "the keyring does not open");
        }
    }

    fn prepared(&self, program: &str) -> Command {
        prepared(program, self.folder.path(), &self.address)
    }
}

fn bus(folder: &Path) -> (Child, String) {
    // Without a configuration of the system's, by which it would start other programs.
    let config = folder.join("bus.conf");
    let listen = format!("<listen>unix:path={}</listen>", folder.join("bus").display());
    let policy = "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>";
    fs::write(&config, format!("<busconfig><type>session</type>{listen}{policy}</busconfig>")).unwrap();
    let mut command = Command::new("dbus-daemon");
    command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
    let mut bus = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}

fn daemon(folder: &Path, address: &str) -> Child {
    let mut command = prepared("gnome-keyring-daemon", folder, address);
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    let mut daemon = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    daemon.stdin.take().unwrap().write_all(b"password").unwrap();
    daemon
}

fn prepared(program: impl AsRef<OsStr>, folder: &Path, address: &str) -> Command {
    let mut command = Command::new(program);
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_RUNTIME_DIR", folder).env("LC_ALL", "C");
    command.env("DBUS_SESSION_BUS_ADDRESS", address).env_remove("GNOME_KEYRING_CONTROL");
    command
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            // It may have ended by itself.
            let _killed = child.kill();
            child.wait().unwrap();
        }
    }
}
