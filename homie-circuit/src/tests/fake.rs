//! A server that can be killed: one terminal that echoes what is typed, with the ledger and the viewers a holder has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{Empty, Request};
use homie_protocol::event::{SessionChanged, Topic};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{Algorithm, DeviceKey, Identity, MachineKey, Nonce};
use homie_protocol::hello::{Greet, Hello, Next, Prove, Ready, Role, Service, Signature, Welcome};
use homie_protocol::id::{Channel, CircuitId, Incarnation, Offset, SessionId};
use homie_protocol::machine::answers::Asker;
use homie_protocol::machine::channels::{Channels, Opener, Place};
use homie_protocol::machine::ledger::{Fresh, Ledger};
use homie_protocol::machine::viewer::{Kept, Step, Viewer};
use homie_protocol::methods::session::{
    AttachOutput, AttachParams, DetachParams, ListOutput, ListParams, ResizeParams, SessionInfo, SessionService,
    SessionState, Size, StartOutput, StartParams, dispatch,
};
use homie_protocol::version::SPOKEN;
use tokio::net::UnixListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::{Admission, AnswerBook, Frame, FrameWriter, Handler, greet, serve, unix};

pub(super) const SESSION: SessionId = SessionId::from_bytes([5; 16]);
pub(super) const BIRTH: Incarnation = Incarnation::from_bytes([6; 16]);

/// The key every fake server has.
pub(super) const KEY: MachineKey = MachineKey([9; 32]);

/// A signature that any fake accepts of any other: the first bytes of what was signed.
fn sign(bytes: &[u8]) -> Signature {
    let mut signature = [0; 64];
    signature.copy_from_slice(&bytes[bytes.len() - 64..]);
    Signature(signature)
}

/// A client's half. It has a device if asked to, and expects [`KEY`].
#[derive(Debug, Default)]
pub(super) struct Me {
    pub(super) device: Option<DeviceKey>,
    pub(super) nonces: AtomicUsize,
}

impl Identity for Me {
    fn device(&self) -> Option<DeviceKey> {
        self.device.clone()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Ok(sign(bytes))
    }

    fn check_machine(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        let is_right = *key == KEY && *signature == sign(bytes);
        if is_right { Ok(()) } else { Err(Refusal::new(Code::Unauthenticated, "another machine answers")) }
    }

    /// Each begins with other bytes: ids are cut from them.
    fn nonce(&self) -> [u8; 32] {
        let count = self.nonces.fetch_add(1, Ordering::Relaxed) as u64;
        let mut nonce = [1; 32];
        nonce[..8].copy_from_slice(&count.to_be_bytes());
        nonce
    }
}

/// A server's half.
#[derive(Debug, Clone, Default)]
pub(super) struct Greeter {
    /// Refuses every hello with this.
    pub(super) refuses: Option<Refusal>,
    /// Signs with something else.
    pub(super) forges: bool,
    pub(super) to_prove: Option<Vec<u8>>,
}

pub(super) const READY: Ready = Ready { role: Role::Operator, circuit: CircuitId::from_bytes([8; 16]) };

impl Greet for Greeter {
    fn hello(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        if let Some(refusal) = &self.refuses {
            return Err(refusal.clone());
        }
        let version = hello.versions.common(SPOKEN).unwrap();
        let nonce = Nonce([3; 32]);
        let transcript = homie_protocol::hello::Transcript {
            server: &KEY,
            device: hello.device.as_ref().map(|device| &device.id),
            client_nonce: &hello.nonce,
            server_nonce: &nonce,
            client_versions: hello.versions,
            server_versions: SPOKEN,
            version,
            host: &hello.host,
            origin: hello.origin.as_deref(),
            exporter: None,
        };
        let sig =
            if self.forges { Signature([0; 64]) } else { sign(&transcript.bytes(homie_protocol::hello::Side::Node)) };
        let next = if hello.device.is_some() { Next::Prove } else { Next::Ready(READY) };
        self.to_prove = Some(transcript.bytes(homie_protocol::hello::Side::ClientOfNode));
        let (service, alg) = (Service::Node, Algorithm::Ed25519);
        let name = "fake".to_owned();
        Ok((Welcome { version, versions: SPOKEN, service, key: KEY, alg, nonce, name, sig }, next))
    }

    fn prove(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let is_right = self.to_prove.as_ref().is_some_and(|bytes| prove.sig == sign(bytes));
        if is_right { Ok(READY) } else { Err(Refusal::new(Code::Unauthenticated, "a wrong signature")) }
    }
}

/// The terminal: it outlives every circuit.
pub(super) struct Terminal {
    pub(super) birth: Incarnation,
    pub(super) output: Vec<u8>,
    /// Bytes below this are lost.
    pub(super) start: u64,
    pub(super) typed: Vec<u8>,
    pub(super) ledger: Ledger,
    /// While it is held, input is accepted and not applied.
    pub(super) holds_input: bool,
    pub(super) starts: usize,
    pub(super) list: Vec<SessionInfo>,
    seats: HashMap<(usize, Channel), Seat>,
    subscribers: Vec<(FrameWriter, u32)>,
    /// A start was asked for, or a seat is empty again.
    changed: Arc<Notify>,
}

struct Seat {
    writer: FrameWriter,
    viewer: Viewer,
    who: Option<homie_protocol::id::WriterId>,
    seq: u32,
    /// The response that opens the channel is out.
    open: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            birth: BIRTH,
            output: Vec::new(),
            start: 0,
            typed: Vec::new(),
            ledger: Ledger::default(),
            holds_input: false,
            starts: 0,
            list: vec![info("first")],
            seats: HashMap::new(),
            subscribers: Vec::new(),
            changed: Arc::default(),
        }
    }
}

pub(super) fn info(name: &str) -> SessionInfo {
    SessionInfo {
        id: SESSION,
        incarnation: BIRTH,
        name: name.to_owned(),
        command: vec!["sh".to_owned()],
        cwd: "/".to_owned(),
        size: Size::default(),
        state: SessionState::Running,
        exit: None,
        viewers: 0,
        created_at: 1,
    }
}

impl Terminal {
    fn kept(&self) -> Kept {
        Kept { start: Offset::new(self.start).unwrap(), end: Offset::new(self.output.len() as u64).unwrap() }
    }

    pub(super) fn print(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        self.pump();
    }

    pub(super) fn pump(&mut self) {
        let kept = self.kept();
        for ((_, channel), seat) in &mut self.seats {
            while seat.open {
                match seat.viewer.step(kept, None) {
                    Step::Rest => break,
                    Step::Gap(gap) => {
                        seat.viewer.skipped(gap);
                        seat.seq += 1;
                        let _ = seat.writer.control(*channel, gap.from, &gap.encode(seat.seq).unwrap());
                    }
                    Step::Send { from, len } => {
                        let at = usize::try_from(from.get()).unwrap();
                        let header = Header::new(Kind::Output, *channel, from).unwrap();
                        let _ = seat.writer.send(header, &self.output[at..at + len]);
                        seat.viewer.sent(len);
                    }
                }
            }
        }
    }

    /// Tells every viewer an event.
    pub(super) fn say(&mut self, event: &impl Topic) {
        let end = self.kept().end;
        for ((_, channel), seat) in &mut self.seats {
            seat.seq += 1;
            let _ = seat.writer.control(*channel, end, &event.encode(seat.seq).unwrap());
        }
    }

    /// Tells every subscriber.
    pub(super) fn change(&mut self, change: &SessionChanged) {
        for (writer, seq) in &mut self.subscribers {
            *seq += 1;
            let _ = writer.control(Channel::CIRCUIT, Offset::ZERO, &change.encode(*seq).unwrap());
        }
    }

    /// Bytes in flight to the viewer that has most.
    pub(super) fn in_flight(&self) -> u64 {
        self.seats.values().map(|seat| seat.viewer.in_flight()).max().unwrap_or(0)
    }

    pub(super) fn seats(&self) -> usize {
        self.seats.len()
    }

    fn input(&mut self, seat: (usize, Channel), frame: &Frame) -> Result<(), Refusal> {
        let Some(Seat { who: Some(who), .. }) = self.seats.get(&seat) else {
            return Err(Refusal::new(Code::ReadOnly, "no writer"));
        };
        let who = *who;
        let fresh = match self.ledger.frame(who, frame.header.offset(), &frame.payload)? {
            Fresh::Apply(fresh) => fresh.to_vec(),
            Fresh::Duplicate => Vec::new(),
        };
        if self.holds_input {
            return Ok(());
        }
        let at = self.output.len() as u64;
        self.typed.extend_from_slice(&fresh);
        let applied = self.ledger.applied(who, fresh.len()).unwrap();
        let header = Header::new(Kind::Ack, seat.1, applied).unwrap();
        let _ = self.seats[&seat].writer.send(header, &at.to_be_bytes());
        self.print(&fresh);
        Ok(())
    }
}

/// One client's circuit.
pub(super) struct Circuit {
    number: usize,
    terminal: Arc<Mutex<Terminal>>,
    writer: FrameWriter,
    channels: Mutex<Channels>,
    asked: Mutex<HashMap<u32, Channel>>,
    /// Kills the server after a start has acted and before it is answered.
    dies_on_start: bool,
}

pub(super) struct Caller {
    request: u32,
}

impl SessionService for Circuit {
    type Caller = Caller;

    async fn start(&self, _: &Caller, params: StartParams) -> Result<StartOutput, Refusal> {
        {
            let mut terminal = self.terminal.lock().unwrap();
            terminal.starts += 1;
            terminal.changed.notify_waiters();
        }
        if self.dies_on_start {
            self.writer.close();
        }
        tokio::task::yield_now().await;
        Ok(StartOutput { session: info(&params.name.unwrap_or_default()) })
    }

    async fn list(&self, _: &Caller, params: ListParams) -> Result<ListOutput, Refusal> {
        let mut terminal = self.terminal.lock().unwrap();
        if params.subscribe == Some(true) {
            terminal.subscribers.push((self.writer.clone(), 0));
        }
        Ok(ListOutput { sessions: terminal.list.clone(), next: None })
    }

    async fn attach(&self, caller: &Caller, params: AttachParams) -> Result<AttachOutput, Refusal> {
        self.channels.lock().unwrap().open(params.channel)?;
        if params.session != SESSION {
            return Err(Refusal::new(Code::NotFound, "no such session"));
        }
        let mut terminal = self.terminal.lock().unwrap();
        let input = params.writer.map(|claim| terminal.ledger.claim(claim)).transpose()?;
        let from = params.from.filter(|_| params.incarnation == Some(terminal.birth));
        let (viewer, gap) = Viewer::open(from, terminal.kept())?;
        let output =
            AttachOutput { incarnation: terminal.birth, from: viewer.next(), gap, input, size: Size::default() };
        let who = params.writer.map(|claim| claim.id);
        let seat = Seat { writer: self.writer.clone(), viewer, who, seq: 0, open: false };
        terminal.seats.insert((self.number, params.channel), seat);
        self.asked.lock().unwrap().insert(caller.request, params.channel);
        Ok(output)
    }

    async fn detach(&self, _: &Caller, params: DetachParams) -> Result<Empty, Refusal> {
        self.channels.lock().unwrap().close(params.channel);
        let mut terminal = self.terminal.lock().unwrap();
        terminal.seats.remove(&(self.number, params.channel));
        terminal.changed.notify_waiters();
        Ok(Empty {})
    }

    async fn resize(&self, _: &Caller, params: ResizeParams) -> Result<Empty, Refusal> {
        self.terminal.lock().unwrap().say(&homie_protocol::event::Resized { size: params.size });
        Ok(Empty {})
    }
}

impl Handler for Circuit {
    async fn request(&self, request: Request<'_>) -> Vec<u8> {
        dispatch(self, &Caller { request: request.id }, request).await.unwrap()
    }

    fn answered(&self, request: u32) {
        let Some(channel) = self.asked.lock().unwrap().remove(&request) else { return };
        let mut terminal = self.terminal.lock().unwrap();
        if let Some(seat) = terminal.seats.get_mut(&(self.number, channel)) {
            seat.open = true;
        }
        terminal.pump();
    }

    fn frame(&self, frame: Frame) -> Result<(), Refusal> {
        let channel = frame.header.channel();
        if self.channels.lock().unwrap().place(channel)? == Place::Closed {
            return Ok(());
        }
        let mut terminal = self.terminal.lock().unwrap();
        if frame.header.kind() == Kind::Input {
            return terminal.input((self.number, channel), &frame);
        }
        let seat = terminal.seats.get_mut(&(self.number, channel)).unwrap();
        seat.viewer.acknowledge(frame.header.offset())?;
        terminal.pump();
        Ok(())
    }

    fn closed(&self) {
        let mut terminal = self.terminal.lock().unwrap();
        terminal.seats.retain(|(number, _), _| *number != self.number);
        terminal.changed.notify_waiters();
    }
}

/// A server at a path, which is killed when dropped.
pub(super) struct Server {
    pub(super) terminal: Arc<Mutex<Terminal>>,
    pub(super) writers: Arc<Mutex<Vec<FrameWriter>>>,
    path: PathBuf,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

#[derive(Clone, Default)]
pub(super) struct Options {
    pub(super) greeter: Greeter,
    pub(super) dies_on_start: bool,
    pub(super) answers: AnswerBook,
}

impl Server {
    pub(super) fn start(path: &Path, terminal: Arc<Mutex<Terminal>>, options: Options) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let writers: Arc<Mutex<Vec<FrameWriter>>> = Arc::default();
        let (shared, all) = (Arc::clone(&terminal), Arc::clone(&writers));
        let accepting = tokio::spawn(async move {
            let mut circuits = tokio::task::JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (mut reader, writer) = unix(stream);
                all.lock().unwrap().push(writer.clone());
                let (terminal, options) = (Arc::clone(&shared), options.clone());
                circuits.spawn(async move {
                    let mut greeter = options.greeter;
                    let Ok(ready) = greet(&mut reader, &writer, &mut greeter).await else { return };
                    let circuit = Circuit {
                        number: unique(number),
                        terminal,
                        writer: writer.clone(),
                        channels: Mutex::new(Channels::new(Opener::Client)),
                        asked: Mutex::default(),
                        dies_on_start: options.dies_on_start,
                    };
                    let asker = Asker::User(1000);
                    let admission = Admission { ready, service: Service::Node, asker, answers: options.answers };
                    let _ = serve(reader, writer, admission, Arc::new(circuit)).await;
                });
            }
        });
        Self { terminal, writers, path: path.to_owned(), accepting }
    }

    /// Cuts all circuits; the server goes on.
    pub(super) fn cut(&self) {
        for writer in self.writers.lock().unwrap().drain(..) {
            writer.close();
        }
    }
}

/// Circuits of all servers of a test have different numbers.
fn unique(_: usize) -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// A folder and a path for a socket in it.
pub(super) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sock");
    (folder, path)
}

/// Waits until this is so of the terminal.
pub(super) async fn until(terminal: &Mutex<Terminal>, is_so: impl Fn(&Terminal) -> bool) {
    let changed = Arc::clone(&terminal.lock().unwrap().changed);
    let looking = async {
        loop {
            let change = changed.notified();
            if is_so(&terminal.lock().unwrap()) {
                return;
            }
            change.await;
        }
    };
    tokio::time::timeout(super::PATIENCE, looking).await.expect("it never was so");
}
