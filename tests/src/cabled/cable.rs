//! A network beside this process's own, and the cable between them.

use std::process::{Command, Stdio};

use crate::network::{Network, done, ip};

/// The ends of the cable.
const NEAR: &str = "near";
const FAR: &str = "far";

/// Where whoever calls sits.
const HERE: &str = "100.64.0.2/28";

/// What runs in the far network before anything else. What the machines there say to each other has to come from another address
/// than their own: from that it would be a program on the same machine.
const NETWORK: &str = "ip addr add 100.64.0.1/28 dev far
ip addr add 100.64.0.4/28 dev far
ip addr add 100.64.0.3/32 dev lo
ip link set far up
for n in 3 4; do
  ip route replace local 100.64.0.$n dev lo table local proto kernel scope host src 100.64.0.1
done
ip route replace local 100.64.0.1 dev lo table local proto kernel scope host src 100.64.0.3";

/// What stands before a program that is to be in a network of its own, where it may lay cables.
pub fn in_own_network() -> Vec<String> {
    let is_root = rustix::process::geteuid().is_root();
    let user: &[&str] = if is_root { &[] } else { &["--map-root-user"] };
    let words = [&["unshare"], user, &["--net", "--", "sh", "-ec", "ip link set lo up; exec \"$@\"", "sh"]].concat();
    words.into_iter().map(str::to_owned).collect()
}

/// The network and the cable. Dropped, both are gone.
#[derive(Debug)]
pub struct Cable(Network);

impl Cable {
    /// Lays it.
    pub fn lay() -> anyhow::Result<Self> {
        let cable = Self(Network::new()?);
        ip(&["link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", &cable.network().to_string()])?;
        ip(&["addr", "add", HERE, "dev", NEAR])?;
        done(cable.there("sh").args(["-ec", NETWORK]))?;
        ip(&["link", "set", NEAR, "up"])?;
        Ok(cable)
    }

    /// The process that keeps the far network.
    pub fn network(&self) -> u32 {
        self.0.process()
    }

    /// A program in the far network. Its process is the program's own.
    pub fn there(&self, program: &str) -> Command {
        self.0.command(program)
    }

    /// Lets so many bytes a second come over it, half a second of them waiting; or all that it can carry.
    pub fn narrow(&self, rate: Option<u32>) -> anyhow::Result<()> {
        let rate = rate.map(|rate| format!("{rate}bps"));
        let words: &[&str] = match &rate {
            Some(rate) => &["tbf", "rate", rate, "burst", "10kb", "latency", "500ms"],
            None => &["noqueue"],
        };
        done(self.there("tc").args(["qdisc", "replace", "dev", FAR, "root"]).args(words))
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // The kernel takes a network away some time after its last process; the next cable has the same name. If it was never
        // laid there is none.
        let _gone = Command::new("ip").args(["link", "del", NEAR]).stderr(Stdio::null()).status();
    }
}
