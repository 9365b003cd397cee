//! Homie on another host of a tailnet, behind Serve or on its own addresses. It is seen by the Rust client, as `homie --on`
//! uses it, with the key of a device that is enrolled there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use homie_circuit::client::{Client, Config, Route, Web};
use homie_protocol::hello::{ClientKind, MachineKey, Role, Service};
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Start, StartParams};
use homie_tailnet_lab::homie::{Homie, PORT};
use homie_tailnet_lab::host::Who;
use homie_tailnet_lab::program::Program;
use homie_trust::{Actor, Device, DeviceIdentity, KeyPair, Roster, StateDir, node_id};
use tokio::time::timeout;

use super::{Link, REVOCATIONS, Server, Want};
use crate::homie::Patient;
use crate::stage::Stage;
use crate::tailnet::{Tailnet, believing};
use crate::view::{LIMIT, View};

/// Whose machine it is. Who comes needs a key as well.
const SETTINGS: &str = "owner = 'alice@example.com'\n";

/// Which door leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Serve,
    Direct,
}

/// A device's name and key.
type Enrolled = (String, Arc<DeviceIdentity>);

pub(crate) struct Far {
    folder: PathBuf,
    tailnet: Arc<Tailnet>,
    /// It ends with this.
    _homie: Homie,
    machine: MachineKey,
    /// Devices that are enrolled there; the last one is revoked first.
    devices: Vec<Enrolled>,
    control: Client,
    sessions: HashMap<String, SessionId>,
}

impl Far {
    pub(crate) fn start(stage: &Stage, tailnet: Arc<Tailnet>, door: Door) -> anyhow::Result<Self> {
        let mut homie = Homie::new(tailnet.far.clone(), SETTINGS)?;
        match door {
            Door::Serve => homie.behind_serve("https")?,
            Door::Direct => homie.on_own_addresses()?,
        }
        let place = homie.home()?;
        let (machine, devices) = tailnet.far.inside(Who::Person, move || enrol(&place))??;
        homie.start()?;
        let (kind, _) = homie.door()?;
        ensure!((kind == "serve") == (door == Door::Serve), "its door is {kind}");
        let (_, identity) = devices.first().context("nobody is enrolled")?;
        let config = config(&tailnet, machine, identity)?;
        let control = tailnet.wait(async { timeout(LIMIT, Client::connect(config)).await })??;
        let (folder, sessions) = (stage.folder.clone(), HashMap::new());
        Ok(Self { folder, tailnet, _homie: homie, machine, devices, control, sessions })
    }

    fn viewer(&self, session: &str, want: Want, identity: &Arc<DeviceIdentity>) -> anyhow::Result<Patient> {
        let session = *self.sessions.get(session).context("no such session")?;
        let config = config(&self.tailnet, self.machine, identity)?;
        Ok(Patient::new(self.tailnet.runtime(), config, session, want))
    }
}

/// Enrols devices before anything runs there, as an owner who has paired them. By a thread of the person.
fn enrol(place: &Path) -> anyhow::Result<(MachineKey, Vec<Enrolled>)> {
    let state = StateDir::open(place)?;
    let machine = KeyPair::machine(&state)?.machine_key();
    let roster = Roster::open(&state, "desk")?;
    let enrol = |number: usize| {
        let (name, key) = (format!("bench {number}"), KeyPair::generate()?);
        let device = Device::new(key.device_key(), &name, Role::Owner, ClientKind::Cli, 0)?;
        roster.enrol(&device, &Actor::local("bench"))?;
        Ok((name, Arc::new(DeviceIdentity::with_key(key, machine)?)))
    };
    // One of them stays.
    let devices = (0..=REVOCATIONS).map(enrol).collect::<anyhow::Result<_>>()?;
    Ok((machine, devices))
}

/// As the command calls another machine.
fn config(tailnet: &Tailnet, machine: MachineKey, identity: &Arc<DeviceIdentity>) -> anyhow::Result<Config> {
    let name = tailnet.far.dns_name();
    let authority = format!("{name}:{PORT}");
    let web = Web {
        targets: vec![tailnet.address.to_string()],
        port: PORT,
        through: None,
        name,
        authority: authority.clone(),
        path: format!("/m/{}", node_id(&machine)),
        tls: believing(&tailnet.near.lab().join("ca.pem"))?,
    };
    Ok(Config {
        host: authority,
        route: Route::Web(web),
        detours: Vec::new(),
        service: Service::Node,
        kind: ClientKind::Cli,
        agent: "bench".to_owned(),
        origin: None,
        identity: Arc::<DeviceIdentity>::clone(identity),
    })
}

impl Server for Far {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        let command = vec![self.folder.join(script).to_str().context("path")?.to_owned()];
        let params = StartParams { name: Some(session.to_owned()), command: Some(command), ..StartParams::default() };
        let started = self.tailnet.wait(async { timeout(LIMIT, self.control.request::<Start>(&params)).await })??;
        self.sessions.insert(session.to_owned(), started.session.id);
        Ok(())
    }

    fn look(&mut self, session: &str, want: Want) -> anyhow::Result<Box<dyn View>> {
        let (_, identity) = self.devices.first().context("nobody is enrolled")?;
        Ok(Box::new(self.viewer(session, want, identity)?))
    }

    /// What runs on the far side of a link is not added up.
    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok(Vec::new())
    }

    fn links(&self) -> &'static [Link] {
        &Link::ALL[..1]
    }

    fn narrow(&self, link: &Link) -> anyhow::Result<()> {
        self.tailnet.narrow(link)
    }

    fn widen(&self) -> anyhow::Result<()> {
        self.tailnet.widen()
    }

    /// From the moment at which the command is executed on the machine.
    fn revoke(&mut self, session: &str) -> anyhow::Result<Duration> {
        let (name, identity) = self.devices.pop().context("nobody is left to be revoked")?;
        let mut viewer = self.viewer(session, Want::Screen, &identity)?;
        viewer.begin()?;
        let parked = ["sh", "-c", "echo parked; read -r _; exec homie devices revoke \"$1\"", "sh", &name];
        let mut command = self.tailnet.far.command(Who::Person, &parked);
        let mut revoking = Program::start(&mut command, &self.tailnet.far.folder().join("revoke.log"))?;
        revoking.hear("parked")?;
        let begun = Instant::now();
        revoking.tell("")?;
        viewer.is_sent_away()?;
        let passed = begun.elapsed();
        let ended = revoking.end()?;
        ensure!(ended.success(), "homie devices revoke: {ended}");
        Ok(passed)
    }
}
