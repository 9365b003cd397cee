//! One machine in real processes: a state directory of its own, `homie up` or node and gateway apart, and nothing left of
//! them when it is dropped.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use homie_holder::{Record, record};
use homie_protocol::id::SessionId;
use homie_trust::{GatewayFile, StateDir};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Milliseconds that the kernel counts a process's time in, on every architecture that Homie is built for.
const TICK: u64 = 10;

/// How long anything may take that should take a moment.
pub const LIMIT: Duration = Duration::from_mins(1);

/// A machine.
#[derive(Debug)]
pub struct Machine {
    home: TempDir,
    /// The process in whose network it is, if that is not ours.
    network: Option<u32>,
}

/// A process of the binary; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Machine {
    /// A machine with nothing on it.
    pub fn new() -> anyhow::Result<Self> {
        let home = tempfile::Builder::new().prefix("homie-").permissions(private()).tempdir()?;
        Ok(Self { home, network: None })
    }

    /// The same in the network of this process.
    #[must_use]
    pub fn in_network_of(mut self, process: u32) -> Self {
        self.network = Some(process);
        self
    }

    /// Where it keeps everything.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its state directory, as the crates see it.
    pub fn state(&self) -> anyhow::Result<StateDir> {
        Ok(StateDir::open(self.home())?)
    }

    /// Runs the binary with these words; `ready` is in the line that tells that it is up.
    pub async fn run(&self, words: &[&str], ready: &str) -> anyhow::Result<Process> {
        self.run_with(words, &[], ready).await
    }

    /// The same with these variables besides.
    pub async fn run_with(&self, words: &[&str], variables: &[(&str, &OsStr)], ready: &str) -> anyhow::Result<Process> {
        let mut child = self.command(words)?.envs(variables.iter().copied()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("a pipe was asked for")?;
        let mut process = Process { child, lines: BufReader::new(stdout).lines() };
        process.line(ready).await?;
        Ok(process)
    }

    /// `homie up` on a port; 0 takes any.
    pub async fn up(&self, port: u16) -> anyhow::Result<Process> {
        self.run(&["up", "--port", &port.to_string()], "#link=").await
    }

    /// What a command that must succeed says.
    pub async fn says(&self, words: &[&str]) -> anyhow::Result<String> {
        let output = tokio::time::timeout(LIMIT, self.command(words)?.output()).await??;
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A command here, not started yet.
    pub fn command(&self, words: &[&str]) -> anyhow::Result<Command> {
        let program = binary("homie")?;
        let mut command = match self.network {
            None => Command::new(program),
            Some(process) => {
                // It becomes the program.
                let mut command = Command::new("nsenter");
                command.args(["--target", &process.to_string(), "--net", "--"]).arg(program);
                command
            }
        };
        command.args(words).env("HOMIE_HOME", self.home()).stdin(Stdio::null()).kill_on_drop(true);
        Ok(command)
    }

    /// Where the page is.
    pub fn gateway(&self) -> anyhow::Result<SocketAddr> {
        Ok(GatewayFile::read(&self.state()?)?.context("no gateway runs")?.addr)
    }

    /// The secret of a fresh one-use link.
    pub async fn link_secret(&self) -> anyhow::Result<String> {
        let printed = self.says(&["pair", "--here"]).await?;
        let (_, rest) = printed.split_once("#link=").with_context(|| format!("no link in {printed:?}"))?;
        Ok(rest.chars().take_while(char::is_ascii_alphanumeric).collect())
    }

    /// How its gateway sees the machine of this name: `up`, `away`, `calling`; nothing if it does not know it.
    pub async fn state_of(&self, name: &str) -> anyhow::Result<Option<String>> {
        let told: serde_json::Value = serde_json::from_str(&self.says(&["nodes", "--json"]).await?)?;
        let machines = told.get("machines").and_then(serde_json::Value::as_array).context("no list")?;
        let is_it = |machine: &&serde_json::Value| machine.get("name").is_some_and(|told| told == name);
        let state = machines.iter().find(is_it).and_then(|machine| machine.get("state"));
        Ok(state.and_then(serde_json::Value::as_str).map(str::to_owned))
    }

    /// The pids of its sessions' programs, as their holders wrote them down.
    pub fn shells(&self) -> anyhow::Result<Vec<u32>> {
        let mut pids: Vec<u32> = self.records()?.iter().map(|record| record.pid).collect();
        pids.sort_unstable();
        Ok(pids)
    }

    /// Kills the holder of a session, as a crash would.
    pub fn kill_holder(&self, session: SessionId) -> anyhow::Result<()> {
        let record = self.records()?.into_iter().find(|record| record.session == session);
        end(record.context("nobody holds it")?.holder);
        Ok(())
    }

    /// The holders of its sessions, as they wrote themselves down.
    pub fn holders(&self) -> anyhow::Result<Vec<u32>> {
        Ok(self.records()?.iter().map(|record| record.holder).collect())
    }

    fn records(&self) -> anyhow::Result<Vec<Record>> {
        let Ok(folders) = std::fs::read_dir(self.home().join("holders")) else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        for folder in folders {
            let path = folder?.path().join(record::RECORD);
            if path.exists() {
                records.push(serde_json::from_slice(&std::fs::read(path)?)?);
            }
        }
        Ok(records)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for record in self.records().unwrap_or_default() {
            end(record.pid);
            end(record.holder);
        }
    }
}

impl Process {
    /// The first line that contains `part`, from here on.
    pub async fn line(&mut self, part: &str) -> anyhow::Result<String> {
        let found = async {
            let mut before = Vec::new();
            while let Some(line) = self.lines.next_line().await? {
                if line.contains(part) {
                    return Ok(line);
                }
                before.push(line);
            }
            bail!("it ended before it said {part:?}, and after {before:?}")
        };
        tokio::time::timeout(LIMIT, found).await.with_context(|| format!("waited for {part:?}"))?
    }

    /// Its number.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Kilobytes that it has in memory.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.split_whitespace().next().context("no number")?.parse()?)
    }

    /// How long it has been busy, and those of its children that have ended.
    pub fn busy(&self) -> anyhow::Result<[Duration; 2]> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()?))?;
        // What it is called may have anything in it but this.
        let (_, rest) = stat.rsplit_once(')').context("no name")?;
        let ticks = rest.split_whitespace().skip(11).take(4).map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [user, system, users, systems] = ticks[..] else { bail!("no times in {stat}") };
        Ok([user + system, users + systems].map(|ticks| Duration::from_millis(ticks * TICK)))
    }

    /// Stops it where it is; it neither ends nor goes on.
    pub fn stand_still(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        Ok(kill_process(pid.context("it has ended")?, signal)?)
    }

    /// Kills it, as a crash would, and waits for its end.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A binary of this workspace, built if it is not there.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    static BUILT: std::sync::OnceLock<Result<(), String>> = std::sync::OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)?;
    let mut folder = std::env::current_exe()?;
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    Ok(folder.join(name))
}

fn build() -> anyhow::Result<()> {
    // Whoever has built everything says so: a bench is not to measure other binaries than it was given.
    if std::env::var_os("HOMIE_BUILT").is_some() {
        return Ok(());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let packages = ["-p", "homie", "-p", "homie-tests"];
    let status = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--bins"])
        .args(packages)
        .args(if cfg!(debug_assertions) { &[][..] } else { &["--release"] })
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()?;
    if status.success() { Ok(()) } else { bail!("cargo build failed") }
}

/// Whether a process is there.
pub fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn private() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o700)
}

fn end(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}
