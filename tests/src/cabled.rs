//! Three real machines of one mesh in a network beside this process's own, with a cable to it that can be made narrow. Over the
//! cable `front` and `spare` are called; `back` has the sessions, and is called by those two, or leaves connections with `front`.
//!
//! This process must be in a network that nobody else is in, and may change it ([`in_own_network`]).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use homie_protocol::hello::{ClientKind, MachineKey, Role};
use homie_protocol::id::NodeId;
use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use homie_trust::{Actor, Device, DeviceIdentity, KeyPair, Roster, key_door_origin};
use tempfile::TempDir;

use crate::authority::Authority;
use crate::fakes::OWNER;
use crate::machine::{LIMIT, Machine, Process};

mod cable;

pub use cable::{Cable, in_own_network};

/// The machines, by what they are here for: their numbers make their addresses.
const FRONT: (&str, u8) = ("front", 1);
const BACK: (&str, u8) = ("back", 3);
const SPARE: (&str, u8) = ("spare", 4);

/// Where a machine's settings are in its folder.
const SETTINGS: &str = "config.toml";

/// The machine at which whoever calls sits.
const HERE: (&str, u8) = ("here", 2);

/// The port of their doors.
pub const PORT: u16 = 4663;

/// Where the key door of `front` is, if `back` dials it.
const KEY_DOOR: (&str, u16) = ("100.64.0.1", 4664);

/// Which end opens the connection between `back` and the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// `front` and `spare` call it at its door to the tailnet.
    IsCalled,
    /// It has no door to any network, and leaves connections with `front`.
    DialsOut,
}

/// The three. Dropped, they end, and the cable with them.
#[derive(Debug)]
pub struct Cabled {
    /// The first to end.
    front_up: Option<Process>,
    back_up: Process,
    /// It is called first, and leads to `back`.
    pub front: Machine,
    /// It has the sessions.
    pub back: Machine,
    /// The one that leads there too, and every tailscaled.
    _kept: (Process, Machine, Vec<FakeTailscaled>),
    /// What leads to them.
    pub cable: Cable,
    folder: TempDir,
    back_key: MachineKey,
    device: Arc<DeviceIdentity>,
}

impl Cabled {
    /// All of them, up, and `front` knows that `back` is.
    pub async fn begin(kind: Back) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        Authority::new()?.write(folder.path(), &[FRONT.0, BACK.0, SPARE.0])?;
        let cable = Cable::lay()?;
        let machine = || anyhow::Ok(Machine::new()?.in_network_of(cable.network()));
        let (front, back, spare) = (machine()?, machine()?, machine()?);
        let mut tailscaleds = Vec::new();
        for (machine, name) in [(&front, FRONT), (&back, BACK), (&spare, SPARE)] {
            tailscaleds.push(tailscaled(&folder, machine, name)?);
        }
        let device = make_one_mesh((&front, kind), [(&back, BACK.0), (&spare, SPARE.0)])?;
        if kind == Back::DialsOut {
            apart(&front, &back)?;
        }
        let back_key = KeyPair::machine(&back.state()?)?.machine_key();
        let device = Arc::new(DeviceIdentity::with_key(device, back_key)?);
        let front_up = Some(up(&folder, &front, FRONT.0).await?);
        let back_up = match kind {
            Back::IsCalled => up(&folder, &back, BACK.0).await?,
            Back::DialsOut => back.run(&["up", "--port", "0", "--name", BACK.0, "--allow-root"], "Dials out").await?,
        };
        let spare_up = up(&folder, &spare, SPARE.0).await?;
        let kept = (spare_up, spare, tailscaleds);
        let cabled = Self { front_up, back_up, front, back, _kept: kept, cable, folder, back_key, device };
        cabled.front_knows_back().await?;
        Ok(cabled)
    }

    /// A device of the mesh that expects `back`.
    pub fn device(&self) -> Arc<DeviceIdentity> {
        Arc::clone(&self.device)
    }

    /// Which machine `back` is.
    pub fn back_id(&self) -> NodeId {
        homie_trust::node_id(&self.back_key)
    }

    /// Addresses and names of those that lead there, the first first.
    pub fn leading(&self) -> [(String, String); 2] {
        [FRONT, SPARE].map(|(name, number)| (format!("100.64.0.{number}"), format!("{name}.tail.test")))
    }

    /// The file with the authority that has signed their certificates.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The processes of `front` and `back`; sessions of the latter are not below them.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let front = self.front_up.as_ref().map(Process::pid).transpose()?;
        Ok(front.into_iter().chain([self.back_up.pid()?]).collect())
    }

    /// Kills `front`, as a crash would.
    pub async fn lose_front(&mut self) -> anyhow::Result<()> {
        self.front_up.take().context("it is lost already")?.kill().await
    }

    /// Starts it again, and returns when it leads to `back` again.
    pub async fn restore_front(&mut self) -> anyhow::Result<()> {
        self.front_up = Some(up(&self.folder, &self.front, FRONT.0).await?);
        self.front_knows_back().await
    }

    async fn front_knows_back(&self) -> anyhow::Result<()> {
        let known = async {
            while self.front.state_of(BACK.0).await?.as_deref() != Some("up") {}
            anyhow::Ok(())
        };
        tokio::time::timeout(LIMIT, known).await.context("front does not find back")?
    }
}

/// A tailscaled of this machine that knows all the others.
fn tailscaled(folder: &TempDir, machine: &Machine, (name, number): (&str, u8)) -> anyhow::Result<FakeTailscaled> {
    let at = |ending: &str| folder.path().join(format!("{name}.{ending}"));
    let fake = FakeTailscaled::start(at("sock"), FakePeer::user(OWNER, name, number))?;
    let (key, chain) = (std::fs::read_to_string(at("key"))?, std::fs::read_to_string(at("pem"))?);
    fake.set_certificates(Certificates::Pair { key, chain });
    let others = [FRONT, BACK, SPARE, HERE].into_iter().filter(|(_, other)| *other != number);
    others.for_each(|(name, number)| fake.set_peer(FakePeer::user(OWNER, name, number)));
    machine.state()?;
    set(machine, &format!("tailscale-socket = '{}'\n", fake.socket().display()))?;
    Ok(fake)
}

/// `back` knows no tailnet any more, and dials the key door of `front`.
fn apart(front: &Machine, back: &Machine) -> anyhow::Result<()> {
    let (host, port) = KEY_DOOR;
    set(front, &format!("key-door = ['{host}:{port}']\n"))?;
    std::fs::remove_file(back.home().join(SETTINGS))?;
    set(back, "tailscale-socket = '/nowhere'\ndial-out = true\n")
}

/// Writes more into a machine's settings.
fn set(machine: &Machine, settings: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(machine.home().join(SETTINGS))?;
    Ok(file.write_all(settings.as_bytes())?)
}

/// Everybody is of the mesh of the first, as if they had joined, and so is the device whose key is given. Who dials out must know
/// where the first one's key door is.
fn make_one_mesh((first, back): (&Machine, Back), others: [(&Machine, &str); 2]) -> anyhow::Result<KeyPair> {
    let state = first.state()?;
    let (key, roster, actor) = (KeyPair::machine(&state)?, Roster::open(&state, FRONT.0)?, Actor::local("test"));
    let (host, port) = KEY_DOOR;
    let origins = (back == Back::DialsOut).then(|| vec![key_door_origin(host, port)]);
    roster.tell_machine(key.machine_key(), FRONT.0, origins.as_deref())?;
    let device = KeyPair::generate()?;
    roster.enrol(&Device::new(device.device_key(), "a device", Role::Owner, ClientKind::Cli, 0)?, &actor)?;
    for (machine, name) in others {
        let state = machine.state()?;
        let own = Device::new(Roster::own_public(&state)?, name, Role::Owner, ClientKind::Cli, 0)?;
        roster.enrol_machine(&own, KeyPair::machine(&state)?.machine_key(), name, &actor)?;
    }
    for (machine, _) in others {
        let members = roster.members()?;
        Roster::join(&machine.state()?, members.root(), members.entries().cloned().collect(), key.node_id(), &actor)?;
    }
    Ok(device)
}

/// Starts a machine; it is up when its door is.
async fn up(folder: &TempDir, machine: &Machine, name: &str) -> anyhow::Result<Process> {
    let words = ["up", "--port", "0", "--name", name, "--owner", OWNER, "--allow-root"];
    let authority = folder.path().join("authority.pem");
    let door = format!("https://{name}.tail.test:{PORT}");
    machine.run_with(&words, &[("SSL_CERT_FILE", authority.as_os_str())], &door).await
}
