//! A tailscaled that a test writes the script of, shaped after what real ones were seen to answer.
//!
//! It serves the LocalAPI on a unix socket: [`FakePeer`] says who is there, [`Mishap`] what goes wrong, [`Rights`] what
//! the test's user may do. Changes of the script go out on the change bus, as they do in reality.

mod answers;
mod bodies;
mod peer;
mod script;
mod serving;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

pub use peer::FakePeer;
pub use script::{Certificates, Mishap, Rights};

use crate::backend_state::BackendState;
use crate::local_api::LocalApi;
use script::Script;

/// The fake; dropped, it is gone and its socket with it.
#[derive(Debug)]
pub struct FakeTailscaled {
    socket: PathBuf,
    script: Arc<Mutex<Script>>,
    serving: Option<JoinHandle<()>>,
}

impl FakeTailscaled {
    /// Listens at `socket`, on the machine `own`, connected, in TUN mode, with no peers; the test may do everything.
    pub fn start(socket: impl Into<PathBuf>, own: FakePeer) -> io::Result<Self> {
        let (socket, script) = (socket.into(), Arc::new(Mutex::new(Script::new(own))));
        let mut fake = Self { socket, script, serving: None };
        fake.resume()?;
        Ok(fake)
    }

    /// A handle to it.
    pub fn api(&self) -> LocalApi {
        LocalApi::new(&self.socket)
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Ends like a killed one: connections break, the socket's file stays.
    pub async fn stop(&mut self) {
        self.script().watchers.clear();
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _aborted = serving.await;
        }
    }

    /// Comes back, with the script as it was left.
    pub fn resume(&mut self) -> io::Result<()> {
        remove(&self.socket)?;
        let listener = UnixListener::bind(&self.socket)?;
        self.serving = Some(tokio::spawn(serving::accept(listener, Arc::clone(&self.script))));
        Ok(())
    }

    /// Adds a machine, or changes the one with its `StableID`.
    pub fn set_peer(&self, peer: FakePeer) {
        let mut script = self.script();
        let line = json!({ "PeersChanged": [peer.node()] });
        script.peers.retain(|known| known.stable_id != peer.stable_id);
        script.peers.push(peer);
        script.push(line);
    }

    /// Hides a machine: whois of its addresses finds nobody.
    pub fn remove_peer(&self, stable_id: &str) {
        let mut script = self.script();
        let gone: Vec<i64> =
            script.peers.iter().filter(|peer| peer.stable_id == stable_id).map(|peer| peer.id).collect();
        script.peers.retain(|peer| peer.stable_id != stable_id);
        script.push(json!({ "PeersRemoved": gone }));
    }

    /// Makes this machine another one.
    pub fn set_own(&self, own: FakePeer) {
        let mut script = self.script();
        let line = json!({ "SelfChange": own.node() });
        script.own = own;
        script.push(line);
    }

    /// Connects, disconnects, logs out.
    pub fn set_state(&self, state: &BackendState) {
        let mut script = self.script();
        script.state = state.clone();
        let line = json!({ "State": script.state_number() });
        script.push(line);
    }

    /// Of another version.
    pub fn set_version(&self, version: &str) {
        version.clone_into(&mut self.script().version);
    }

    /// With or without an interface in the kernel.
    pub fn set_tun(&self, tun: bool) {
        self.script().tun = tun;
    }

    /// What it says ails it.
    pub fn set_health(&self, health: &[&str]) {
        self.script().health = health.iter().map(ToString::to_string).collect();
    }

    /// Whether and how it has certificates.
    pub fn set_certificates(&self, certificates: Certificates) {
        self.script().certificates = certificates;
    }

    /// What the test's user may do.
    pub fn set_rights(&self, rights: Rights) {
        self.script().rights = rights;
    }

    /// Changes the Serve configuration as another program would.
    pub fn set_serve_config(&self, config: Value) {
        self.script().serve = config;
    }

    /// The Serve configuration as it is now.
    pub fn serve_config(&self) -> Value {
        self.script().serve.clone()
    }

    /// The next so many times that the Serve configuration is read, another program changes it right after: it becomes
    /// `config` with a mark of its own.
    pub fn overtake(&self, times: u32, config: Value) {
        self.script().overtaking = Some((times, config));
    }

    /// Goes wrong from now on at one endpoint (`status`, `whois`, `serve-config`, `cert`, `watch-ipn-bus`), or no longer.
    pub fn set_mishap(&self, endpoint: &'static str, mishap: Option<Mishap>) {
        let mut script = self.script();
        match mishap {
            Some(mishap) => script.mishaps.insert(endpoint, mishap),
            None => script.mishaps.remove(endpoint),
        };
    }

    /// Says any line on the change bus.
    pub fn push(&self, line: Value) {
        self.script().push(line);
    }

    /// Who listens to the change bus.
    pub fn watchers(&self) -> usize {
        self.script().watchers.len()
    }

    /// What it was asked so far, each as `GET whois?proto=tcp&addr=…`.
    pub fn asked(&self) -> Vec<String> {
        self.script().asked.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeTailscaled {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
        let _gone = remove(&self.socket);
    }
}

fn remove(socket: &Path) -> io::Result<()> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
