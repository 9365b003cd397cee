//! Homie on a host, run by the person whose machine it is, with a state directory and settings of its own.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::host::{Host, Who};
use crate::program::Program;

/// The port that the tailnet sees.
pub const PORT: u16 = 4663;

/// The settings of tests that are not about device keys: roles come from the policy, and tailscaled's word is enough.
pub const TRUSTING: &str = "capability = 'example.com/cap/homie'\ntrust-tailnet = true\n";

/// A Homie. Dropped, it stops, and its sessions end.
#[derive(Debug)]
pub struct Homie {
    host: Host,
    up: Option<Program>,
}

impl Homie {
    /// One that has never been started.
    pub fn new(host: Host, settings: &str) -> anyhow::Result<Self> {
        let homie = Self { host, up: None };
        let place = homie.home()?;
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        let words = format!("umask 077; mkdir {0}; printf %s \"$1\" >{0}/config.toml", place.display());
        homie.host.run(Who::Person, &["sh", "-c", &words, "sh", settings])?;
        Ok(homie)
    }

    /// One that runs behind Serve, with HTTPS.
    pub fn served(host: Host, settings: &str) -> anyhow::Result<Self> {
        Self::served_with("https", host, settings)
    }

    /// The same with `https` or `http`.
    pub fn served_with(scheme: &str, host: Host, settings: &str) -> anyhow::Result<Self> {
        let mut homie = Self::new(host, settings)?;
        homie.behind_serve(scheme)?;
        homie.start()?;
        Ok(homie)
    }

    /// One that runs on its machine's own tailnet addresses, whose certificate its person may have.
    pub fn direct(host: Host, settings: &str) -> anyhow::Result<Self> {
        let mut homie = Self::new(host, settings)?;
        homie.on_own_addresses()?;
        homie.start()?;
        Ok(homie)
    }

    /// One on its machine's own tailnet addresses that joins the mesh of another, and the digits that it shows. Once they are
    /// typed there, [`Self::is_open`] waits until it runs.
    pub fn joining(host: Host, settings: &str, first: &str) -> anyhow::Result<(Self, String)> {
        let mut homie = Self::new(host, settings)?;
        homie.on_own_addresses()?;
        let words = ["sh", "-c", "exec homie up --join \"$1\" 2>&1", "sh", first];
        let up = Program::start(&mut homie.host.command(Who::Person, &words), &homie.log())?;
        let said = up.hear("type these six digits at")?;
        homie.up = Some(up);
        let digits = said.last().and_then(|line| line.rsplit(": ").next()).context("no digits")?;
        Ok((homie, digits.replace(' ', "")))
    }

    /// Has root hand a port to it.
    pub fn behind_serve(&self, scheme: &str) -> anyhow::Result<()> {
        let target = format!("unix:{}", self.home()?.join("serve.sock").display());
        self.host.tailscale(&["serve", "--bg", &format!("--{scheme}={PORT}"), &target]).map(drop)
    }

    /// Lets its person have the machine's certificate.
    pub fn on_own_addresses(&self) -> anyhow::Result<()> {
        self.host.tailscale(&["set", &format!("--operator={}", self.host.person()?)]).map(drop)
    }

    /// `homie up`; gives what it has said once all is open.
    pub fn start(&mut self) -> anyhow::Result<Vec<String>> {
        self.up = Some(Program::start(&mut self.host.command(Who::Person, &["homie", "up"]), &self.log())?);
        self.is_open()
    }

    /// What it has said once all is open.
    pub fn is_open(&self) -> anyhow::Result<Vec<String>> {
        let up = self.up.as_ref().context("it does not run")?;
        up.hear("One-use link: ").with_context(|| format!("its log is {}", self.log().display()))
    }

    fn log(&self) -> PathBuf {
        self.host.folder().join("homie.log")
    }

    /// Stops it as ^C does. Its shells go on.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let up = self.up.take().context("it does not run")?;
        up.signal(Signal::INT)?;
        let ended = up.end()?;
        ensure!(ended.success(), "{ended}");
        Ok(())
    }

    /// Stops node and gateway, as a machine that is suspended does. Its shells go on.
    pub fn sleep(&self) -> anyhow::Result<()> {
        self.up.as_ref().context("it does not run")?.signal(Signal::STOP)
    }

    /// Has them go on.
    pub fn wake(&self) -> anyhow::Result<()> {
        self.up.as_ref().context("it does not run")?.signal(Signal::CONT)
    }

    /// The machine.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Its state directory.
    pub fn home(&self) -> anyhow::Result<PathBuf> {
        Ok(self.host.home(Who::Person)?.join("homie"))
    }

    /// What a command that must succeed says.
    pub fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        self.host.run(Who::Person, &[&["homie"], words].concat())
    }

    /// The same for an answer in JSON.
    pub fn json(&self, words: &[&str]) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.run(&[words, &["--json"]].concat())?)?)
    }

    /// Its door to the tailnet: `serve` or `tailnet`, and the address that others open.
    pub fn door(&self) -> anyhow::Result<(String, String)> {
        let status = self.json(&["status"])?;
        let listeners = status.get("listeners").and_then(Value::as_array).context("no list")?;
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let door = listeners.iter().find(|listener| text(listener, "kind").as_deref() == Some("tailnet"));
        let told = door.and_then(|door| Some((text(door, "door")?, text(door, "url")?)));
        told.with_context(|| format!("no door to the tailnet in {status}"))
    }

    /// The address that others open.
    pub fn address(&self) -> anyhow::Result<String> {
        Ok(self.door()?.1)
    }

    /// The address that programs on its machine open.
    pub fn address_here(&self) -> anyhow::Result<String> {
        let status = self.json(&["status"])?;
        let listeners = status.get("listeners").and_then(Value::as_array).context("no list")?;
        let mut urls = listeners.iter().filter_map(|listener| listener.get("url")?.as_str());
        let here = urls.find(|url| url.starts_with("http://localhost:"));
        Ok(here.with_context(|| format!("no door on the loopback in {status}"))?.to_owned())
    }

    /// How many look at its sessions now, all together.
    pub fn viewers(&self) -> anyhow::Result<u64> {
        let sessions = self.json(&["ls"])?;
        Ok(sessions.as_array().context("no list")?.iter().filter_map(|session| session["viewers"].as_u64()).sum())
    }
}

impl Drop for Homie {
    fn drop(&mut self) {
        if self.up.is_some() {
            // Where it does not answer any more, what is left of it ends below.
            let _down = self.run(&["down", "--all", "--yes"]);
        }
        for process in self.processes().unwrap_or_default() {
            // It may have ended by itself.
            let _killed = kill_process(process, Signal::KILL);
        }
    }
}

impl Homie {
    /// The programs of its sessions and their holders, as these wrote them down.
    fn processes(&self) -> anyhow::Result<Vec<Pid>> {
        let mut found = Vec::new();
        for folder in fs::read_dir(self.home()?.join("holders"))? {
            let Ok(spec) = fs::read(folder?.path().join("spec.json")) else { continue };
            let spec: Value = serde_json::from_slice(&spec)?;
            let pids = ["pid", "holder"].into_iter().filter_map(|name| spec.get(name)?.as_i64());
            found.extend(
                pids.filter_map(|pid| i32::try_from(pid).ok())
                    .filter(|pid| self.is_ours(*pid))
                    .filter_map(Pid::from_raw),
            );
        }
        Ok(found)
    }

    /// Numbers of processes are given again.
    fn is_ours(&self, pid: i32) -> bool {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let home = self.home().map(|home| format!("HOMIE_HOME={}", home.display())).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
    }
}
