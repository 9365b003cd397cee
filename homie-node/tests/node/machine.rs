//! A machine of its own for each test: a state directory, a node, and the holders it has started.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use homie_holder::{HoldSpec, LastHead, Record};
use homie_node::{HISTORY_MEMORY, HolderProgram, Node, NodeConfig, NodeError, RecordingLimits, SpawnHolder};
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::{Incarnation, Offset, SessionId};
use homie_protocol::methods::session::{Attach, AttachParams, Delivery, Size};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir, Tailnet};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::caller::{Caller, watching};

/// A wait that is longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A state directory with its holders. The end of the test ends them and their programs.
pub(crate) struct Machine {
    pub(crate) state: StateDir,
    /// For the nodes that are started from now on.
    pub(crate) tailnet: Option<Tailnet>,
    /// What callers get at most who have proved a key to the gateway; the same.
    pub(crate) keyed: Option<Role>,
    /// The same from the internet.
    pub(crate) public: Option<Role>,
    _home: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let home = tempfile::Builder::new().prefix("homie").tempdir().unwrap();
        let state = StateDir::open(&home.path().join("s")).unwrap();
        Self { state, tailnet: None, keyed: None, public: None, _home: home }
    }

    pub(crate) async fn node(&self) -> Node {
        self.try_node().await.unwrap()
    }

    pub(crate) async fn try_node(&self) -> Result<Node, NodeError> {
        self.node_that_spawns(Arc::new(holder())).await
    }

    /// A node that starts holders in a way of its own.
    pub(crate) async fn node_that_spawns(&self, spawn: Arc<dyn SpawnHolder>) -> Result<Node, NodeError> {
        self.start(spawn, HISTORY_MEMORY, RecordingLimits::default()).await
    }

    /// A node whose sessions have so many bytes for their histories.
    pub(crate) async fn node_with_memory(&self, bytes: u64) -> Node {
        self.start(Arc::new(holder()), bytes, RecordingLimits::default()).await.unwrap()
    }

    /// A node whose recordings have limits of their own.
    pub(crate) async fn node_that_records(&self, limits: RecordingLimits) -> Node {
        self.start(Arc::new(holder()), HISTORY_MEMORY, limits).await.unwrap()
    }

    async fn start(
        &self,
        spawn: Arc<dyn SpawnHolder>,
        history_memory: u64,
        recordings: RecordingLimits,
    ) -> Result<Node, NodeError> {
        let name = "machine under test".to_owned();
        let (state, tailnet, keyed, public) = (self.state.clone(), self.tailnet.clone(), self.keyed, self.public);
        let tags = Vec::new();
        Node::start(NodeConfig { state, name, tags, spawn, history_memory, recordings, tailnet, keyed, public }).await
    }

    /// A session with pipes, as a node starts them for itself: with errors apart, and something to read.
    pub(crate) async fn start_piped(&self, script: &str) -> SessionId {
        let session = SessionId::from_bytes([7; 16]);
        let spec = HoldSpec {
            session,
            incarnation: Incarnation::from_bytes([8; 16]),
            folder: self.state.holder(&session),
            name: Some("piped".to_owned()),
            command: Some(["sh", "-c", script].map(str::to_owned).to_vec()),
            cwd: None,
            env: BTreeMap::new(),
            size: Size::default(),
            pipes: true,
            joined: false,
            created_at: now_ms(),
            wish: None,
        };
        self.state.create_holder(&session).unwrap();
        holder().spawn(&spec).await.unwrap();
        session
    }

    /// A device that this machine knows.
    pub(crate) fn enrol(&self, role: Role) -> KeyPair {
        let key = KeyPair::generate().unwrap();
        let device = Device::new(key.device_key(), "a device", role, ClientKind::Cli, 0).unwrap();
        Roster::open(&self.state, "a machine").unwrap().enrol(&device, &Actor::local("test")).unwrap();
        key
    }

    /// What a session's holder has written down.
    pub(crate) fn record(&self, session: SessionId) -> Record {
        serde_json::from_slice(&fs::read(self.state.holder(&session).join("spec.json")).unwrap()).unwrap()
    }

    /// Kills a session's holder, and with it what would have told how the program ended.
    pub(crate) fn kill_holder(&self, session: SessionId) {
        kill_process(pid(self.record(session).holder), Signal::KILL).unwrap();
    }

    /// Waits until a session's holder has written this file into its folder.
    pub(crate) async fn until_written(&self, session: SessionId, file: &str) {
        self.until_exists(&self.state.holder(&session).join(file)).await;
    }

    /// Waits until a file is there.
    pub(crate) async fn until_exists(&self, path: &Path) {
        until(|| path.exists()).await;
    }

    /// Waits until the folder of a session that is over is gone: all that there is to know is in the history.
    pub(crate) async fn until_put_away(&self, session: SessionId) {
        let folder = self.state.holder(&session);
        until(|| !folder.exists()).await;
    }

    /// Writes down what a session shows, as its holder does every half a minute.
    pub(crate) async fn write_last_screen(&self, session: SessionId) {
        let (mut caller, channel) = (Caller::local(self).await, 1);
        let params = AttachParams { delivery: Some(Delivery::Screen), ..watching(channel, session) };
        let opened = caller.call::<Attach>(&params).await.unwrap();
        caller.until(|history| history.snapshot(channel).is_some()).await;
        let (offset, snapshot) = caller.history.snapshot(channel).unwrap();
        let offset = Offset::new(offset).unwrap();
        let head = LastHead { incarnation: opened.incarnation, offset, size: opened.size, at: now_ms() };
        let line = serde_json::to_vec(&head).unwrap();
        fs::write(self.state.holder(&session).join("screen"), [line, b"\n".to_vec(), snapshot].concat()).unwrap();
    }

    /// Lets a session's record be one of another boot.
    pub(crate) fn reboot(&self, session: SessionId) {
        let record = Record { boot: Some("an earlier one".to_owned()), ..self.record(session) };
        let path = self.state.holder(&session).join("spec.json");
        fs::write(path, serde_json::to_vec(&record).unwrap()).unwrap();
    }

    /// A session's holder, to wait for its end.
    pub(crate) fn holder_process(&self, session: SessionId) -> HolderProcess {
        let holder = pid(self.record(session).holder);
        HolderProcess(pidfd_open(holder, PidfdFlags::empty()).unwrap())
    }

    fn records(&self) -> Vec<Record> {
        let Ok(folders) = fs::read_dir(self.state.holders()) else { return Vec::new() };
        let files = folders.map(|folder| folder.unwrap().path().join("spec.json"));
        files.filter_map(|file| serde_json::from_slice(&fs::read(file).ok()?).ok()).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for record in self.records() {
            // Most have ended already; what is left here would outlive the test.
            let _ended = kill_process_group(pid(record.pid), Signal::KILL);
            let _ended = kill_process(pid(record.holder), Signal::KILL);
        }
    }
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Waits for what happens outside of every circuit.
async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it did not happen");
}

/// A holder's process, whether it still runs or not.
pub(crate) struct HolderProcess(OwnedFd);

impl HolderProcess {
    /// Waits for its end.
    pub(crate) async fn ended(self) {
        let patience = Timespec::try_from(PATIENCE).unwrap();
        let wait = move || poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience)).unwrap();
        assert_eq!(tokio::task::spawn_blocking(wait).await.unwrap(), 1, "the holder did not end");
    }
}

pub(crate) fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

/// How holders are started here.
pub(crate) fn holder() -> HolderProgram {
    HolderProgram::new(program(), Vec::<String>::new())
}

/// The program that is the holder: an example of this crate, beside the tests.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/hold_for_node");
    assert!(program.exists(), "{program:?} is missing: cargo test -p homie-node builds it");
    program
}
