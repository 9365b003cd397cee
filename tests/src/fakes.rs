//! Many machines of one mesh that are not there: nodes in this process, with keys of their own, the real greeting and the real
//! wire behind TLS, and a few sessions each that nobody runs. A real gateway takes them for machines.
//!
//! `door` is how one is reached, `node` what it answers, [`Manner`] how it lies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use homie_protocol::id::NodeId;
use homie_tailnet::fake::{FakePeer, FakeTailscaled};
use homie_trust::{GatewayFile, KeyPair, Refusals, Roster, Server, StateDir, SystemRandom, Tries};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::TLS13;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;

mod door;
mod manner;
mod node;

pub use manner::{MISCHIEF, Manner};

/// Whose all machines are.
pub const OWNER: &str = "alice@example.com";

/// Sessions of each.
pub const SESSIONS: u16 = 4;

/// How often each method was called, at all of them together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<BTreeMap<String, u64>>>);

/// The machines. Dropped, they are gone.
pub struct Fakes {
    folder: TempDir,
    tailscaled: FakeTailscaled,
    asked: Asked,
    acceptor: TlsAcceptor,
    roster: Roster,
    machines: Vec<NodeId>,
    serving: JoinSet<()>,
}

impl Fakes {
    /// A tailnet and an authority for machines of the mesh of this state directory; no machine yet.
    pub fn new(state: &StateDir) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let acceptor = authority(folder.path())?;
        let tailscaled =
            FakeTailscaled::start(folder.path().join("tailscaled.sock"), FakePeer::user(OWNER, "desk", 254))?;
        let settings = format!("tailscale-socket = '{}'\n", tailscaled.socket().display());
        std::fs::write(state.path().join("config.toml"), settings)?;
        let roster = Roster::open(state, "desk")?;
        let (asked, machines, serving) = (Asked::default(), Vec::new(), JoinSet::new());
        Ok(Self { folder, tailscaled, asked, acceptor, roster, machines, serving })
    }

    /// The file with the authority that has signed their certificates.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Adds one to the mesh. Its name is `m` and its number.
    pub async fn add(&mut self, manner: Manner) -> anyhow::Result<NodeId> {
        let number = self.machines.len();
        let (name, listener) = (format!("m{number}"), TcpListener::bind("127.0.0.1:0").await?);
        let (key, addr) = (KeyPair::generate()?, listener.local_addr()?);
        let (id, host) = (key.node_id(), format!("{name}.tail.test:{}", addr.port()));
        self.roster.tell_machine(key.machine_key(), &name, Some(&[format!("https://{host}")]))?;
        let peer = FakePeer::user(OWNER, &name, u8::try_from(number + 1).context("too many for one tailnet")?);
        self.tailscaled.set_peer(peer.at_loopback());
        let key = if manner == Manner::OfAnotherKey { KeyPair::generate()? } else { key };
        let node = Arc::new(node::Node {
            manner,
            sessions: manner.sessions(number, self.machines.first().copied()),
            server: Arc::new(self.server(key, manner.calls_itself(&name), self.home(&name, host, addr)?)),
            asked: self.asked.clone(),
        });
        self.serving.spawn(door::accept(listener, self.acceptor.clone(), node));
        self.machines.push(id);
        Ok(id)
    }

    /// Its own state directory, which says how it may be called.
    fn home(&self, name: &str, host: String, addr: SocketAddr) -> anyhow::Result<StateDir> {
        let dir = StateDir::open(&self.folder.path().join(name))?;
        let file = GatewayFile { hosts: vec![host], ..GatewayFile::loopback(std::process::id(), addr) };
        file.write(&dir)?;
        Ok(dir)
    }

    fn server(&self, key: KeyPair, name: String, dir: StateDir) -> Server {
        Server {
            key: Arc::new(key),
            name,
            roster: self.roster.clone(),
            refusals: Refusals::new(&dir),
            dir,
            tries: Tries::default(),
            random: Arc::new(SystemRandom),
        }
    }

    /// How often all of them were asked anything so far, by method.
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.asked.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Asked {
    fn count(&self, method: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(method.to_owned()).or_default() += 1;
    }
}

/// An authority, written down for programs, and what takes connections for every name of the tailnet.
fn authority(folder: &Path) -> anyhow::Result<TlsAcceptor> {
    let authority = Authority::new()?;
    authority.write(folder, &[])?;
    let (certificate, key) = authority.certificate("*")?;
    let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
