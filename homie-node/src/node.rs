//! Wiring: what a node is made of, and the order in which it starts and stops.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homie_circuit::sealed::{Prove, Sealer};
use homie_circuit::{AnswerBook, Grants};
use homie_protocol::code::Refusal;
use homie_protocol::hello::{MachineKey, Role, Signature};
use homie_protocol::id::NodeId;
use homie_protocol::methods::presence::Presence;
use homie_trust::{
    Beats, Board, BootClock, KeyPair, LockRole, Refusals, RoleLock, Roster, Server, StateDir, SystemBootClock,
    SystemRandom, Tailnet, Tries, TrustError, next_epoch,
};
use tokio::net::UnixListener;
use tokio::task::spawn_blocking;

use crate::adopt::adopt;
use crate::bury::bury;
use crate::door::{self, attend};
use crate::history::History;
use crate::quiet::tell_in_turn;
use crate::recordings::{RecordingLimits, Recordings};
use crate::service::presence;
use crate::sessions::Sessions;
use crate::shared::{Shared, Watch};
use crate::spawn::SpawnHolder;
use crate::tasks::Tasks;
use crate::tidy::tidy;

/// How long circuits may take to hear that the node is stopping.
const STOPPED_WITHIN: Duration = Duration::from_secs(3);

/// Bytes of memory that the histories of all sessions take together where nothing else is wished: 10,000 lines of each of
/// 64 sessions fit.
pub const HISTORY_MEMORY: u64 = 256 * 1024 * 1024;

/// What a node needs to start.
pub struct NodeConfig {
    /// Where everything lies.
    pub state: StateDir,
    /// The machine's name, for people.
    pub name: String,
    /// How its own settings tag the machine; its owners may say otherwise.
    pub tags: Vec<String>,
    /// How holders are started.
    pub spawn: Arc<dyn SpawnHolder>,
    /// Bytes of memory that the histories of all sessions may take together.
    pub history_memory: u64,
    /// What a recording may be.
    pub recordings: RecordingLimits,
    /// Whom to ask about callers from the tailnet, if any may come.
    pub tailnet: Option<Tailnet>,
    /// What callers get at most who have proved a key of the roster to a door of the gateway, and nothing else; nothing if no such
    /// door is to be open.
    pub keyed: Option<Role>,
    /// The same at the door to the internet.
    pub public: Option<Role>,
}

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The state directory, the key, or another node that runs already.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The history is a newer Homie's; the words say what to do.
    #[error("{0}")]
    History(String),
    /// A door could not be opened.
    #[error("the door {path} cannot be opened: {source}")]
    Door {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// TLS cannot be had.
    #[error("no circuit can be sealed: {0}")]
    Sealer(Refusal),
    /// The runtime is going down.
    #[error("the program is stopping already")]
    Stopping,
}

/// A node that runs. Dropped, it stops without a word; its shells go on either way.
pub struct Node {
    shared: Arc<Shared>,
    /// The last to go: only then may another node have this state directory.
    _lock: RoleLock,
}

impl Node {
    /// Starts a node: takes its lock, links to the holders that are there, and only then opens its doors.
    pub async fn start(config: NodeConfig) -> Result<Self, NodeError> {
        let NodeConfig { state: dir, name, tags, spawn, history_memory, recordings, tailnet, keyed, public } = config;
        let (ours, called) = (dir.clone(), name.clone());
        let opened = spawn_blocking(move || open_state(&ours, &called, recordings)).await;
        let Opened { lock, epoch, key, roster, boot, presence, history, recordings } =
            opened.map_err(|_| NodeError::Stopping)??;
        let (random, refusals) = (Arc::new(SystemRandom), Refusals::new(&dir));
        let (tries, starts) = (Tries::default(), Board::new(&SystemRandom)?);
        let server = Server { key: Arc::new(key), name, dir: dir.clone(), roster, refusals, tries, random };
        let tasks = Tasks::default();
        let watch = tailnet.map(|tailnet| {
            let (beats, work) = Beats::of(&tailnet.api);
            tasks.spawn_endless(work);
            Watch { tailnet, beats }
        });
        let sealer = Sealer::new(Arc::new(Proof(Arc::clone(&server.key)))).map_err(NodeError::Sealer)?;
        let shared = Arc::new(Shared {
            dir,
            epoch,
            server: Arc::new(server),
            sealer,
            grants: Grants::default(),
            spawn,
            sessions: Sessions::new(history_memory),
            history,
            recordings,
            boot,
            presence: Presence { tags, ..presence },
            starts: Mutex::new(starts),
            answers: AnswerBook::default(),
            watch,
            keyed,
            public,
            tasks,
        });
        let node = Self { shared, _lock: lock };
        adopt(&node.shared).await;
        node.open_doors()?;
        node.shared.tasks.spawn(bury(Arc::clone(&node.shared)));
        node.shared.tasks.spawn(tell_in_turn(Arc::clone(&node.shared)));
        node.shared.tasks.spawn(tidy(Arc::clone(&node.shared)));
        let (grants, news) = (node.shared.grants.clone(), node.shared.server.news());
        node.shared.tasks.spawn_endless(async move { grants.follow(news).await });
        Ok(node)
    }

    /// The node's id: it is found at `/m/<id>` of a gateway.
    pub fn id(&self) -> NodeId {
        self.shared.server.key.node_id()
    }

    /// The machine's key, as clients pin it.
    pub fn machine_key(&self) -> MachineKey {
        self.shared.server.key.machine_key()
    }

    /// Closes the doors, tells every circuit to come back later, and lets go of the holders. Shells stay.
    pub async fn stop(self) {
        for path in [self.shared.dir.local_sock(), self.shared.dir.mesh_sock()] {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a door could not be taken away");
            }
        }
        self.shared.tasks.stop(STOPPED_WITHIN).await;
        self.shared.history.close().await;
    }

    fn open_doors(&self) -> Result<(), NodeError> {
        let (local, mesh) = (open(&self.shared.dir.local_sock())?, open(&self.shared.dir.mesh_sock())?);
        let tasks = &self.shared.tasks;
        tasks.spawn(attend(local, Arc::clone(&self.shared), door::local::greet));
        tasks.spawn(attend(mesh, Arc::clone(&self.shared), door::mesh::greet));
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.shared.tasks.abort();
    }
}

/// The machine's key, for TLS.
struct Proof(Arc<KeyPair>);

impl Prove for Proof {
    fn key(&self) -> MachineKey {
        self.0.machine_key()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Ok(self.0.sign(bytes)?)
    }
}

/// What lies in the state directory.
struct Opened {
    lock: RoleLock,
    epoch: u64,
    key: KeyPair,
    roster: Roster,
    boot: String,
    presence: Presence,
    history: History,
    recordings: Recordings,
}

/// Only one node may have a state directory, and each start of it counts.
fn open_state(dir: &StateDir, name: &str, recordings: RecordingLimits) -> Result<Opened, NodeError> {
    let lock = dir.lock(LockRole::Node)?;
    let history = History::open(dir.clone()).map_err(|error| NodeError::History(error.to_string()))?;
    let recordings = Recordings::open(dir, recordings)?;
    let boot = SystemBootClock.now()?.boot_id;
    let (key, roster) = (KeyPair::machine(dir)?, Roster::open(dir, name)?);
    if let Err(error) = roster.tell_machine(key.machine_key(), name, None) {
        tracing::warn!("the roster does not learn this machine's name: {error}");
    }
    Ok(Opened { lock, epoch: next_epoch(dir)?, key, roster, boot, presence: presence(), history, recordings })
}

fn open(path: &Path) -> Result<UnixListener, NodeError> {
    homie_circuit::open_door(path).map_err(|source| NodeError::Door { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
