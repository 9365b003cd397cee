//! One machine of the tailnet: its addresses, its tailscaled, its cable, and commands of the people on it.

use std::fs::File;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::thread;

use anyhow::{Context, anyhow};
use rustix::thread::{LinkNameSpaceType, Uid, move_into_link_name_space, set_thread_res_uid};

use crate::lab::{answer, call, script};

/// A machine: namespaces of its own, and a folder that all can see.
#[derive(Debug, Clone)]
pub struct Host {
    place: PathBuf,
    name: &'static str,
}

/// Who runs a command on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The person whose machine it is.
    Person,
    /// Somebody with another account on it.
    Other,
    /// Its administrator.
    Root,
}

/// How tailscaled gets at packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tun {
    /// Through an interface of the kernel's.
    Kernel,
    /// By itself, as in many containers.
    Userspace,
}

impl Host {
    pub(crate) fn new(lab: &Path, name: &'static str) -> Self {
        Self { place: lab.join(name), name }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its name in the DNS of the tailnet.
    pub fn dns_name(&self) -> String {
        format!("{}.tail.test", self.name)
    }

    /// Its first address in the tailnet.
    pub fn v4(&self) -> anyhow::Result<IpAddr> {
        self.fact("ip4")
    }

    /// Its other one.
    pub fn v6(&self) -> anyhow::Result<IpAddr> {
        self.fact("ip6")
    }

    /// Its address on the cable, which has nothing to do with the tailnet.
    pub fn cable_v4(&self) -> anyhow::Result<IpAddr> {
        let told = self.run(Who::Root, &["ip", "-4", "-brief", "address", "show", "dev", "eth0"])?;
        let address = told.split_whitespace().nth(2).and_then(|address| address.split('/').next());
        address.context("no address on the cable")?.parse().map_err(Into::into)
    }

    /// The socket of its tailscaled.
    pub fn socket(&self) -> PathBuf {
        self.place.join("run/tailscaled.sock")
    }

    /// Files of this host; whoever is on it may pass through.
    pub fn folder(&self) -> &Path {
        &self.place
    }

    /// The folder of the whole tailnet.
    pub fn lab(&self) -> &Path {
        self.place.parent().unwrap_or(&self.place)
    }

    /// The name of the person whose machine it is.
    pub fn person(&self) -> anyhow::Result<String> {
        self.fact("person")
    }

    /// Where somebody on it is at home.
    pub fn home(&self, who: Who) -> anyhow::Result<PathBuf> {
        Ok(self.place.join(match who {
            Who::Person => self.person()?,
            Who::Other => "other".to_owned(),
            Who::Root => "root".to_owned(),
        }))
    }

    /// The user's number.
    pub fn uid(&self, who: Who) -> anyhow::Result<u32> {
        let person: u32 = self.fact("uid")?;
        Ok(match who {
            Who::Person => person,
            Who::Other => person + 1,
            Who::Root => 0,
        })
    }

    fn fact<Fact: FromStr<Err: Into<anyhow::Error>>>(&self, name: &str) -> anyhow::Result<Fact> {
        std::fs::read_to_string(self.place.join(name))?.trim().parse().map_err(Into::into)
    }

    /// A command of somebody on it, with the environment of a login. Its process is the command's own, so it can be killed,
    /// stopped and waited for.
    pub fn command(&self, who: Who, words: &[&str]) -> Command {
        let mut command = script();
        command.arg("as").args(who.option()).arg(self.name).args(words);
        command
    }

    /// What stands before a command of somebody on it.
    pub fn words(&self, who: Who) -> anyhow::Result<Vec<String>> {
        let command = self.command(who, &[]);
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| Ok(word.to_str().context("a word that is no text")?.to_owned())).collect()
    }

    /// What a command that must succeed says.
    pub fn run(&self, who: Who, words: &[&str]) -> anyhow::Result<String> {
        answer(&mut self.command(who, words))
    }

    /// Tailscale's own command, by the administrator.
    pub fn tailscale(&self, words: &[&str]) -> anyhow::Result<String> {
        self.run(Who::Root, &[&["tailscale"], words].concat())
    }

    /// Ends its tailscaled with a signal (`KILL`, `TERM`). It stays away.
    pub fn stop_tailscaled(&self, signal: &str) -> anyhow::Result<()> {
        call(["stop", self.name, signal])
    }

    /// Starts its tailscaled, and returns when it answers.
    pub fn start_tailscaled(&self, tun: Tun) -> anyhow::Result<()> {
        call(["start", self.name, if tun == Tun::Kernel { "tailscale0" } else { "userspace-networking" }])
    }

    /// Pulls its cable, or puts it in again.
    pub fn set_cable(&self, is_in: bool) -> anyhow::Result<()> {
        let words = ["link", "set", &format!("v-{}", self.name), if is_in { "up" } else { "down" }];
        answer(Command::new("ip").args(words)).map(drop)
    }

    /// Lets so many bytes a second reach it by its cable, half a second of them waiting; or all that it can carry.
    pub fn set_rate(&self, rate: Option<u32>) -> anyhow::Result<()> {
        let cable = format!("v-{}", self.name);
        let mut words = vec!["qdisc", "replace", "dev", &cable, "root"];
        let rate = rate.map(|rate| format!("{rate}bps"));
        match &rate {
            Some(rate) => words.extend(["tbf", "rate", rate, "burst", "10kb", "latency", "500ms"]),
            None => words.push("noqueue"),
        }
        answer(Command::new("tc").args(words)).map(drop)
    }

    /// Does something in its network, as somebody on it. Sockets that are made there stay there.
    pub fn inside<T: Send + 'static>(&self, who: Who, act: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let (init, uid): (u32, _) = (self.fact("init")?, Uid::from_raw(self.uid(who)?));
        let network = File::open(format!("/proc/{init}/ns/net"))?;
        // Both are this thread's alone, and end with it.
        let acting = thread::spawn(move || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
            set_thread_res_uid(uid, uid, uid)?;
            Ok(act())
        });
        acting.join().map_err(|_| anyhow!("the thread in the network of {} panicked", self.name))?
    }
}

impl Who {
    const fn option(self) -> Option<&'static str> {
        match self {
            Self::Person => None,
            Self::Other => Some("--other"),
            Self::Root => Some("--root"),
        }
    }
}
