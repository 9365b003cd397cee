//! Networks that the kernel gives to a test alone: the one that a test runs itself in once more, and further ones, each kept by a
//! process of ours.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::authority::Authority;

/// Says that this process is inside, and where the authority's files lie.
const INSIDE: &str = "HOMIE_TEST_APART";

/// Where a test is.
pub(crate) enum Entered {
    /// In a network of its own; the authority's files lie there.
    Inside(PathBuf),
    /// Outside, and it has run inside, or the kernel has no network for it, which was said.
    Done,
}

/// Goes into a network of its own: runs this program once more there, with these words. The authority knows machines of these names.
pub(crate) fn enter(name: &str, words: &[&str], machines: &[&str]) -> anyhow::Result<Entered> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return Ok(Entered::Inside(folder.into()));
    }
    let unshared = |words: &[&OsStr]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--"]).args(words);
        command
    };
    let trial = ["ip", "link", "add", "x", "type", "veth", "peer", "name", "y"].map(OsStr::new);
    if !unshared(&trial).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIP {name}: this system gives no network to a test (unshare, ip, veth)");
        return Ok(Entered::Done);
    }
    let folder = tempfile::tempdir()?;
    Authority::new()?.write(folder.path(), machines)?;
    let run = unshared(&[std::env::current_exe()?.as_os_str()])
        .args(words)
        .env(INSIDE, folder.path())
        .env("SSL_CERT_FILE", folder.path().join("authority.pem"))
        .stderr(Stdio::inherit())
        .output()?;
    // As this test's own words: those of the inner run would count it twice.
    print!("{}", String::from_utf8_lossy(&run.stdout));
    ensure!(run.status.success(), "{name} failed in its network");
    Ok(Entered::Done)
}

/// A further network. It ends with this, and with the test.
#[derive(Debug)]
pub(crate) struct Network(Child);

impl Network {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut keeper = Command::new("unshare")
            .args(["--net", "--", "sh", "-c", "echo; read -r _"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("unshare")?;
        // It is in its network once it has said something.
        let mut said = [0];
        keeper.stdout.as_mut().context("a pipe was asked for")?.read_exact(&mut said)?;
        let network = Self(keeper);
        network.ip(&["link", "set", "lo", "up"])?;
        Ok(network)
    }

    /// The process that is in it.
    pub(crate) fn process(&self) -> u32 {
        self.0.id()
    }

    /// A program in it. Its process is the program's own.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.process().to_string(), "--net", "--", program]);
        command
    }

    /// Runs `ip` there.
    pub(crate) fn ip(&self, words: &[&str]) -> anyhow::Result<()> {
        done(self.command("ip").args(words))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // It ends by itself as well, with our end of its stdin.
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Runs `ip` in this process's own network.
pub(crate) fn ip(words: &[&str]) -> anyhow::Result<()> {
    done(Command::new("ip").args(words))
}

/// Runs it to its end, which must be a good one.
pub(crate) fn done(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// What the authority has written for a machine: its key and its certificate.
pub(crate) fn certificate(folder: &Path, name: &str) -> anyhow::Result<(String, String)> {
    let read = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}")));
    Ok((read("key")?, read("pem")?))
}
