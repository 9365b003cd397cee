//! Two real machines of one mesh, `near` and `far`, each in a network of its own, with a cable between them that a test pulls.
//!
//! A test runs itself once more inside of the near network ([`inside`]); the far one is another (`network`).

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use homie_circuit::client::{Config, Route, Web};
use homie_gateway::reach::tls_client;
use homie_protocol::hello::{ClientKind, Service};
use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use homie_trust::{DeviceIdentity, KeyPair, Roster};

use crate::fakes::OWNER;
use crate::machine::{Machine, Process};
use crate::mesh::join;
use crate::network::{Entered, Network, certificate, enter, ip};

/// Names of both, and the ends of the cable.
const NEAR: &str = "near";
const FAR: &str = "far";

/// Where they are.
const NEAR_AT: &str = "100.64.0.1";
const FAR_AT: &str = "100.64.0.2";

/// Nobody's hardware: what is sent there arrives nowhere, and nobody is told.
const NOWHERE: &str = "02:00:00:00:00:99";

/// Runs a test of this name in a network of its own. Where the kernel gives none it says so, and nothing is tested.
pub async fn inside(name: &str, test: impl AsyncFnOnce(&mut Apart) -> anyhow::Result<()>) -> anyhow::Result<()> {
    inside_again(&["--exact", name, "--nocapture"], name, test).await
}

/// The same in any program, which is run once more with these words.
pub async fn inside_again(
    words: &[&str],
    name: &str,
    test: impl AsyncFnOnce(&mut Apart) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match enter(name, words, &[NEAR, FAR])? {
        Entered::Inside(folder) => test(&mut Apart::begin(&folder).await?).await,
        Entered::Done => Ok(()),
    }
}

/// The two.
pub struct Apart {
    /// The first to end.
    running: Vec<Process>,
    /// Here somebody sits.
    pub near: Machine,
    /// Here the programs run.
    pub far: Machine,
    /// The far one's.
    network: Network,
    near_tailscaled: FakeTailscaled,
    far_tailscaled: FakeTailscaled,
}

impl Apart {
    async fn begin(folder: &Path) -> anyhow::Result<Self> {
        let network = Network::new()?;
        let (near, far) = (Machine::new()?, Machine::new()?.in_network_of(network.process()));
        let fake = |name: &str, own: u8, other: FakePeer, machine: &Machine| {
            let fake = FakeTailscaled::start(folder.join(format!("{name}.sock")), FakePeer::user(OWNER, name, own))?;
            let (key, chain) = certificate(folder, name)?;
            fake.set_certificates(Certificates::Pair { key, chain });
            fake.set_peer(other);
            let settings = format!("tailscale-socket = '{}'\n", fake.socket().display());
            std::fs::write(machine.home().join("config.toml"), settings)?;
            anyhow::Ok(fake)
        };
        let near_tailscaled = fake(NEAR, 1, FakePeer::user(OWNER, FAR, 2), &near)?;
        let far_tailscaled = fake(FAR, 2, FakePeer::user(OWNER, NEAR, 1), &far)?;
        let mut apart = Self { running: Vec::new(), near, far, network, near_tailscaled, far_tailscaled };
        apart.lay_cable()?;
        join((&apart.near, NEAR), (&apart.far, FAR))?;
        apart.start().await?;
        Ok(apart)
    }

    fn lay_cable(&self) -> anyhow::Result<()> {
        let network = self.network.process().to_string();
        ip(&["link", "set", "lo", "up"])?;
        ip(&["link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", &network])?;
        ip(&["addr", "add", &format!("{NEAR_AT}/24"), "dev", NEAR])?;
        self.network.ip(&["addr", "add", &format!("{FAR_AT}/24"), "dev", FAR])?;
        self.network.ip(&["link", "set", FAR, "up"])?;
        self.plug(true)
    }

    async fn start(&mut self) -> anyhow::Result<()> {
        for (machine, name) in [(&self.near, NEAR), (&self.far, FAR)] {
            let words = ["up", "--port", "0", "--name", name, "--owner", OWNER, "--allow-root"];
            self.running.push(machine.run_with(&words, &[], &format!("https://{name}.tail.test:4663")).await?);
        }
        Ok(())
    }

    /// How somebody at `near` calls the node of `far`: straight, with the key of that machine.
    pub fn way(&self) -> anyhow::Result<Config> {
        let (near, machine) = (self.near.state()?, KeyPair::machine(&self.far.state()?)?);
        let (name, port) = (format!("{FAR}.tail.test"), 4663);
        let authority = format!("{name}:{port}");
        let path = format!("/m/{}", machine.node_id());
        let (targets, tls) = (vec![FAR_AT.to_owned()], tls_client()?);
        let web = Web { targets, port, through: None, name, authority: authority.clone(), path, tls };
        let identity = DeviceIdentity::with_key(Roster::own_key(&near)?, machine.machine_key())?;
        Ok(Config {
            route: Route::Web(web),
            detours: Vec::new(),
            host: authority,
            service: Service::Node,
            kind: ClientKind::Cli,
            agent: "test".to_owned(),
            origin: None,
            identity: Arc::new(identity),
        })
    }

    /// Pulls the cable, or plugs it in.
    pub fn plug(&self, is_in: bool) -> anyhow::Result<()> {
        ip(&["link", "set", NEAR, if is_in { "up" } else { "down" }])
    }

    /// What `near` sends arrives nowhere, or does again.
    pub fn hush_near(&self, is_hushed: bool) -> anyhow::Result<()> {
        ip(&hushed(FAR_AT, NEAR, is_hushed))
    }

    /// The same with what `far` sends.
    pub fn hush_far(&self, is_hushed: bool) -> anyhow::Result<()> {
        self.network.ip(&hushed(NEAR_AT, FAR, is_hushed))
    }

    /// `near` has another address from now on, as after a change of network.
    pub fn move_near(&self) -> anyhow::Result<()> {
        self.far_tailscaled.set_peer(FakePeer::user(OWNER, NEAR, 3));
        self.near_tailscaled.set_own(FakePeer::user(OWNER, NEAR, 3));
        ip(&["addr", "add", "100.64.0.3/24", "dev", NEAR])?;
        ip(&["addr", "del", &format!("{NEAR_AT}/24"), "dev", NEAR])?;
        // The kernel drops what stood beside the address that is gone.
        ip(&["addr", "replace", "100.64.0.3/24", "dev", NEAR])
    }

    /// How the gateway of `near` sees `far`: `up`, `away`, `calling`.
    pub async fn state_of_far(&self) -> anyhow::Result<String> {
        self.near.state_of(FAR).await?.context("it is not in the list")
    }
}

/// What sends packets for this address nowhere, or lets the address be asked for again.
fn hushed<'a>(address: &'a str, cable: &'a str, is_hushed: bool) -> Vec<&'a str> {
    let nowhere: &[&str] = if is_hushed { &["lladdr", NOWHERE, "nud", "permanent"] } else { &[] };
    [&["neigh", if is_hushed { "replace" } else { "del" }, address, "dev", cable], nowhere].concat()
}
