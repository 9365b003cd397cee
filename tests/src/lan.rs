//! Local networks of a test's own, and machines at them: bridges in the network in which the test itself is, each machine in another
//! one with `eth0` at the first of them.
//!
//! The machines' addresses in the fake tailnet are those of the local network: one is the way to the other.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context;
use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use crate::fakes::OWNER;
use crate::machine::{LIMIT, Machine, Process};
use crate::network::{Entered, Network, certificate, enter, ip};

/// The names that machines may have.
const NAMES: [&str; 3] = ["near", "far", "third"];

/// Where mDNS is spoken.
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);

/// Runs a test of this name in a network of its own. Where the kernel gives none it says so, and nothing is tested.
pub async fn inside(name: &str, test: impl AsyncFnOnce(&Lan) -> anyhow::Result<()>) -> anyhow::Result<()> {
    match enter(name, &["--exact", name, "--nocapture"], &NAMES)? {
        Entered::Inside(folder) => test(&Lan::lay(folder)?).await,
        Entered::Done => Ok(()),
    }
}

/// The bridges, `lan0` and `lan1`.
#[derive(Debug)]
pub struct Lan {
    folder: PathBuf,
}

/// A place for a machine: a network with an interface or two.
#[derive(Debug)]
pub struct Desk {
    network: Network,
    number: u8,
}

impl Lan {
    fn lay(folder: PathBuf) -> anyhow::Result<Self> {
        ip(&["link", "set", "lo", "up"])?;
        for (bridge, address) in [("lan0", "100.64.0.200/24"), ("lan1", "100.65.0.200/24")] {
            ip(&["link", "add", bridge, "type", "bridge"])?;
            ip(&["addr", "add", address, "dev", bridge])?;
            ip(&["link", "set", bridge, "up"])?;
        }
        ip(&["route", "add", "224.0.0.0/4", "dev", "lan0"])?;
        Ok(Self { folder })
    }

    /// A desk at the first of them: `eth0` has the address 100.64.0.N.
    pub fn desk(&self, number: u8) -> anyhow::Result<Desk> {
        let desk = Desk { network: Network::new()?, number };
        desk.plug(0)?;
        Ok(desk)
    }

    /// What somebody at the first of them sends to all who speak mDNS there.
    pub fn speaker(&self) -> anyhow::Result<UdpSocket> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, GROUP.1))?;
        socket.set_multicast_ttl_v4(255)?;
        socket.connect(GROUP)?;
        Ok(socket)
    }

    /// A machine at this desk that is in no tailnet, with these settings.
    pub fn apart(&self, desk: &Desk, settings: &str) -> anyhow::Result<Machine> {
        let machine = Machine::new()?.in_network_of(desk.network.process());
        let nobody = self.folder.join("no.sock");
        let settings = format!("tailscale-socket = '{}'\n{settings}", nobody.display());
        std::fs::write(machine.home().join("config.toml"), settings)?;
        Ok(machine)
    }

    /// A machine at this desk, as one of the tailnet's, with these settings besides.
    pub fn machine(&self, desk: &Desk, name: &str, settings: &str) -> anyhow::Result<(Machine, FakeTailscaled)> {
        let machine = Machine::new()?.in_network_of(desk.network.process());
        let socket = self.folder.join(format!("{name}.sock"));
        let fake = FakeTailscaled::start(socket, FakePeer::user(OWNER, name, desk.number))?;
        let (key, chain) = certificate(&self.folder, name)?;
        fake.set_certificates(Certificates::Pair { key, chain });
        let settings = format!("tailscale-socket = '{}'\n{settings}", fake.socket().display());
        std::fs::write(machine.home().join("config.toml"), settings)?;
        Ok((machine, fake))
    }
}

impl Desk {
    /// Lays a cable to a bridge of this number: `eth0` to `lan0`.
    pub fn plug(&self, bridge: u8) -> anyhow::Result<()> {
        let (process, there) = (self.network.process().to_string(), format!("eth{bridge}"));
        let (here, bridge) = (format!("d{}-{bridge}", self.number), format!("lan{bridge}"));
        ip(&["link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &process])?;
        ip(&["link", "set", &here, "master", &bridge, "up"])?;
        let second = if bridge == "lan0" { 64 } else { 65 };
        self.network.ip(&["addr", "add", &format!("100.{second}.0.{}/24", self.number), "dev", &there])?;
        self.network.ip(&["link", "set", &there, "up"])
    }

    /// It has the address 100.64.0.N in place of its own, as after a change of the lease.
    pub fn move_to(&self, number: u8) -> anyhow::Result<()> {
        self.network.ip(&["addr", "del", &format!("100.64.0.{}/24", self.number), "dev", "eth0"])?;
        self.network.ip(&["addr", "add", &format!("100.64.0.{number}/24"), "dev", "eth0"])
    }

    /// An ear at this desk, on these interfaces.
    pub fn ear(&self, interfaces: &[&str]) -> anyhow::Result<Ear> {
        let machine = Machine::new()?.in_network_of(self.network.process());
        let mut command = machine.command(&[&["hear"], interfaces].concat())?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (to, from) = pipes.context("pipes were asked for")?;
        Ok(Ear { child, to, lines: BufReader::new(from).lines() })
    }
}

/// What a gateway starts to listen to local networks.
#[derive(Debug)]
pub struct Ear {
    child: Child,
    to: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Ear {
    /// Has it announce the door to the tailnet of a machine of this name and node, and nothing else.
    pub async fn announce(&mut self, name: &str, node: &str, port: u16) -> anyhow::Result<()> {
        self.announce_doors(name, node, &[("tailnet", port)]).await
    }

    /// The same with these doors.
    pub async fn announce_doors(&mut self, name: &str, node: &str, doors: &[(&str, u16)]) -> anyhow::Result<()> {
        let door = |(door, port): &_| json!({ "name": name, "node": node, "port": port, "door": door, "tag": null });
        self.tell(&json!({ "announce": doors.iter().map(door).collect::<Vec<_>>() })).await
    }

    /// Somebody does not answer.
    pub async fn verify(&mut self, record: &str) -> anyhow::Result<()> {
        self.tell(&json!({ "verify": record })).await
    }

    async fn tell(&mut self, line: &Value) -> anyhow::Result<()> {
        Ok(self.to.write_all(format!("{line}\n").as_bytes()).await?)
    }

    /// What it hears next.
    pub async fn next(&mut self) -> anyhow::Result<Value> {
        let line = timeout(LIMIT, self.lines.next_line()).await.context("nothing is heard")??;
        Ok(serde_json::from_str(&line.context("it has ended")?)?)
    }

    /// The first thing of this kind that it hears from here on.
    pub async fn until(&mut self, kind: &str, part: &str) -> anyhow::Result<Value> {
        loop {
            let heard = self.next().await?;
            if heard.get(kind).is_some_and(|heard| heard.to_string().contains(part)) {
                return Ok(heard);
            }
        }
    }

    /// Waits until it has heard all of these, in whatever order.
    pub async fn until_all(&mut self, wanted: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut left = wanted.to_vec();
        while !left.is_empty() {
            let heard = self.next().await?;
            left.retain(|(kind, part)| !heard.get(kind).is_some_and(|heard| heard.to_string().contains(part)));
        }
        Ok(())
    }

    /// Lets it say goodbye, and waits for its end.
    pub async fn leave(self) -> anyhow::Result<()> {
        let Self { mut child, to, .. } = self;
        drop(to);
        timeout(LIMIT, child.wait()).await.context("it does not end")??;
        Ok(())
    }

    /// Kills it, as a crash would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Starts a machine and waits for its door.
pub async fn start(machine: &Machine, name: &str) -> anyhow::Result<Process> {
    let words = ["up", "--port", "0", "--name", name, "--owner", OWNER, "--allow-root"];
    machine.run_with(&words, &[], &format!("https://{name}.tail.test:")).await
}

/// Starts one that is in no tailnet, and waits until it says this.
pub async fn start_apart(machine: &Machine, name: &str, ready: &str) -> anyhow::Result<Process> {
    machine.run_with(&["up", "--port", "0", "--name", name, "--allow-root"], &[], ready).await
}

/// Waits until another machine of the mesh is so in this one's list.
pub async fn until_it_is(machine: &Machine, other: &str, wanted: &str) -> anyhow::Result<()> {
    let mut last = None;
    let seen = async {
        while last.as_deref() != Some(wanted) {
            last = machine.state_of(other).await?;
        }
        anyhow::Ok(())
    };
    let in_time = timeout(LIMIT, seen).await;
    in_time.unwrap_or_else(|_| Err(anyhow::anyhow!("{other} is not {wanted}, but {last:?}")))
}

/// The places where machines that are none of the mesh are found from here by mDNS, each with the machine's name.
pub async fn found(machine: &Machine) -> anyhow::Result<Vec<(String, String)>> {
    let told: Value = serde_json::from_str(&machine.says(&["nodes", "--found", "--json"]).await?)?;
    let machines = told.get("found").and_then(Value::as_array).context("no list")?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |machine: &Value| {
        let places = machine.get("places").and_then(Value::as_array).cloned().unwrap_or_default();
        let name = text(machine, "name");
        places
            .into_iter()
            .filter(|place| text(place, "by") == "lan")
            .map(move |place| (name.clone(), text(&place, "address")))
    };
    Ok(machines.iter().flat_map(of).collect())
}

/// Waits until exactly these are found so.
pub async fn until_found(machine: &Machine, wanted: &[(&str, &str)]) -> anyhow::Result<()> {
    let wanted: Vec<_> = wanted.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect();
    let mut last = Vec::new();
    let seen = async {
        while last != wanted {
            last = found(machine).await?;
        }
        anyhow::Ok(())
    };
    let in_time = timeout(LIMIT, seen).await;
    in_time.unwrap_or_else(|_| Err(anyhow::anyhow!("{wanted:?} are not found, but {last:?}")))
}
