//! A client that follows the list: in an hour of changes it never asks again, and what is busy does not flood it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use homie_circuit::client::{Client, Config, SessionList};
use homie_protocol::frame::Kind;
use homie_protocol::holder::Changed;
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::{ExitStatus, Face, SessionInfo, SessionState, Size};
use homie_protocol::stream::FrameDecoder;
use homie_tailnet::LocalApi;
use homie_trust::{DeviceIdentity, Policy};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{advance, timeout};

use super::*;
use crate::spawn::HolderProgram;

/// The clock stands still while something is done, so this passes only if nothing ever comes.
const PATIENCE: Duration = Duration::from_secs(40);

/// Between two changes: so long that the circuit is silent and pinged.
const STEP: Duration = Duration::from_secs(16);

/// What one side has sent on a circuit: envelopes, and pings.
#[derive(Default)]
struct Sent {
    envelopes: AtomicUsize,
    pings: AtomicUsize,
}

impl Sent {
    fn envelopes(&self) -> usize {
        self.envelopes.load(Ordering::Relaxed)
    }

    fn count(&self, bytes: &[u8], decoder: &mut FrameDecoder) {
        decoder.feed(bytes);
        while let Some((header, _)) = decoder.next_frame().unwrap() {
            let counter = match header.kind() {
                Kind::Ping => &self.pings,
                Kind::Pong => continue,
                _ => &self.envelopes,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Passes on what is said, and counts it.
    async fn listen(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut decoder, mut buffer) = (FrameDecoder::default(), vec![0; 64 * 1024]);
        while let Ok(len @ 1..) = from.read(&mut buffer).await {
            self.count(&buffer[..len], &mut decoder);
            to.write_all(&buffer[..len]).await.unwrap();
        }
    }
}

/// A node without holders, and a client that follows its list through somebody who counts.
struct Rig {
    node: Node,
    _client: Client,
    list: watch::Receiver<SessionList>,
    asked: Arc<Sent>,
    told: Arc<Sent>,
    _home: TempDir,
}

impl Rig {
    /// One session is there, and has been told. From here on the clock stands.
    async fn new() -> Self {
        let home = tempfile::Builder::new().prefix("homie").tempdir().unwrap();
        let dir = StateDir::open(&home.path().join("s")).unwrap();
        let spawn = Arc::new(HolderProgram::new("/nobody/starts/this".into(), Vec::<String>::new()));
        let (name, history_memory, recordings) = ("m".to_owned(), HISTORY_MEMORY, RecordingLimits::default());
        let config = NodeConfig {
            state: dir.clone(),
            name,
            tags: Vec::new(),
            spawn,
            history_memory,
            recordings,
            tailnet: None,
            keyed: None,
            public: None,
        };
        let node = Node::start(config).await.unwrap();
        node.shared.sessions.insert(session(0));
        let door = home.path().join("door");
        let (asked, told) = listen_in(&door, &dir.local_sock());
        let identity = Arc::new(DeviceIdentity::without_key(node.machine_key()).unwrap());
        let client = Client::connect(Config::local(door, identity)).await.unwrap();
        let mut list = client.subscribe();
        until(&mut list, |list| list.sessions.len() == 1).await;
        tokio::time::pause();
        Self { node, _client: client, list, asked, told, _home: home }
    }
}

/// Stands between client and node and counts what each says.
fn listen_in(door: &Path, real: &Path) -> (Arc<Sent>, Arc<Sent>) {
    let (listener, real) = (UnixListener::bind(door).unwrap(), real.to_owned());
    let (asked, told) = (Arc::new(Sent::default()), Arc::new(Sent::default()));
    let counted = (Arc::clone(&asked), Arc::clone(&told));
    tokio::spawn(async move {
        let (from_client, to_client) = listener.accept().await.unwrap().0.into_split();
        let (from_node, to_node) = UnixStream::connect(real).await.unwrap().into_split();
        tokio::spawn(counted.0.listen(from_client, to_node));
        tokio::spawn(counted.1.listen(from_node, to_client));
    });
    (asked, told)
}

fn session(number: u32) -> SessionInfo {
    SessionInfo::begun(id(number), Incarnation::from_bytes([1; 16]), format!("session {number}"), 0)
}

fn id(number: u32) -> SessionId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SessionId::from_bytes(bytes)
}

fn changed(number: u32, exit: Option<ExitStatus>) -> Changed {
    let face = Face { title: Some(format!("title {number}")), ..Face::default() };
    Changed { size: Size::default(), exit, last_activity_at: 1, face, history_bytes: 0 }
}

async fn until(list: &mut watch::Receiver<SessionList>, is_it: impl Fn(&SessionList) -> bool) {
    timeout(PATIENCE, list.wait_for(|list| list.current && is_it(list))).await.expect("it is told").unwrap();
}

/// Each task hears that the node stops, those too that have nothing to do: were one waited for, the clock would go on to the
/// end of the patience with it.
#[tokio::test]
async fn a_stop_waits_for_nobody_who_does_not_hear() {
    let home = tempfile::Builder::new().prefix("homie").tempdir().unwrap();
    let dir = StateDir::open(&home.path().join("s")).unwrap();
    let spawn = Arc::new(HolderProgram::new("/nobody/starts/this".into(), Vec::<String>::new()));
    let api = LocalApi::new(home.path().join("nobody.sock"));
    let tailnet = Some(Tailnet { api, policy: Policy::default() });
    let (name, history_memory, recordings) = ("m".to_owned(), HISTORY_MEMORY, RecordingLimits::default());
    let node = Node::start(NodeConfig {
        state: dir,
        name,
        tags: Vec::new(),
        spawn,
        history_memory,
        recordings,
        tailnet,
        keyed: None,
        public: None,
    })
    .await
    .unwrap();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    node.stop().await;
    assert!(begun.elapsed() < STOPPED_WITHIN, "a task did not hear it");
}

#[tokio::test]
async fn after_one_subscribe_an_hour_of_changes_takes_no_further_request() {
    let mut rig = Rig::new().await;
    let (sessions, list) = (&rig.node.shared.sessions, &mut rig.list);
    let asked = rig.asked.envelopes();
    let (begun, code) = (tokio::time::Instant::now(), Some(ExitStatus { code: Some(0), signal: None }));
    for number in 1.. {
        if begun.elapsed() >= Duration::from_hours(1) {
            break;
        }
        advance(STEP).await;
        sessions.insert(session(number));
        sessions.changed(id(number), changed(number, None));
        sessions.promise(id(number), format!("renamed {number}")).unwrap().keep();
        until(list, |list| {
            let told = list.sessions.get(&id(number));
            told.is_some_and(|told| told.name == format!("renamed {number}") && told.face.title.is_some())
        })
        .await;
        advance(STEP).await;
        sessions.changed(id(number), changed(number, code));
        until(list, |list| list.sessions[&id(number)].state == SessionState::Exited).await;
    }
    assert_eq!(rig.asked.envelopes(), asked);
    assert!(rig.asked.pings.load(Ordering::Relaxed) > 100, "the circuit lived through the hour");
    // Those that were over for long were buried, and that was told too.
    let is_as_it_is =
        |list: &SessionList| list.sessions.iter().all(|(id, told)| sessions.info(*id).as_ref() == Some(told));
    until(list, |list| list.sessions.len() < 30 && is_as_it_is(list)).await;
}

#[tokio::test]
async fn busy_sessions_are_told_in_turn_and_their_last_word_arrives() {
    let mut rig = Rig::new().await;
    let (sessions, list) = (&rig.node.shared.sessions, &mut rig.list);
    for number in 1..64 {
        sessions.insert(session(number));
    }
    until(list, |list| list.sessions.len() == 64).await;
    let (begun, told) = (tokio::time::Instant::now(), rig.told.envelopes());
    for word in 0..40 {
        for number in 0..64 {
            sessions.changed(id(number), changed(word, None));
        }
        advance(Duration::from_millis(500)).await;
    }
    until(list, |list| list.sessions.values().all(|session| session.face.title.as_deref() == Some("title 39"))).await;
    // Each session had forty things to tell, and all together may tell sixteen a second.
    let (told, most) = (rig.told.envelopes() - told, begun.elapsed().as_secs() * 16 + 64);
    assert!(u64::try_from(told).unwrap() <= most && told < 64 * 20, "{told} of {most}");
}
