//! A server that can be killed: one terminal that echoes what is typed. The terminal outlives it.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{Empty, Request};
use homie_protocol::event::Resized;
use homie_protocol::frame::{Flags, Kind};
use homie_protocol::hello::Service;
use homie_protocol::id::{Channel, Incarnation, SessionId};
use homie_protocol::machine::answers::Asker;
use homie_protocol::machine::channels::{Channels, Opener, Place};
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams, RecordingsOutput,
    RecordingsParams,
};
use homie_protocol::methods::session::{
    AttachOutput, AttachParams, CaptureOutput, CaptureParams, Delivery, DetachParams, Gap, GetOutput, GetParams,
    InputParams, KillParams, ListOutput, ListParams, RenameOutput, RenameParams, RerunOutput, RerunParams,
    ResizeOutput, ResizeParams, SearchOutput, SearchParams, SessionService, ShowParams, SignalParams, SnapshotParams,
    StartOutput, StartParams, dispatch,
};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::client::Config;
use crate::{Admission, AnswerBook, Frame, FrameWriter, Handler, Turn, greet, serve, unix};

mod keys;
mod terminal;

pub(super) use keys::{Bag, Greeter, KEY, Me, OURS, READY, entry, sign};
use terminal::Seat;
pub(super) use terminal::{Terminal, WINDOW, info};

pub(super) const SESSION: SessionId = SessionId::from_bytes([5; 16]);
pub(super) const BIRTH: Incarnation = Incarnation::from_bytes([6; 16]);

/// One client's circuit.
pub(super) struct Circuit {
    number: usize,
    terminal: Arc<Mutex<Terminal>>,
    writer: FrameWriter,
    channels: Mutex<Channels>,
    asked: Mutex<HashMap<Turn, Channel>>,
    /// Kills the server after a start has acted and before it is answered.
    dies_on_start: bool,
}

pub(super) struct Caller {
    turn: Turn,
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
        let has_screen = params.delivery == Some(Delivery::Screen);
        let snapshot = has_screen && from.is_none_or(|from| from < terminal.kept().start);
        let kept = terminal.kept();
        let wanted = from.filter(|_| !snapshot).unwrap_or_default();
        if wanted > kept.end {
            return Err(Refusal::new(Code::Offset, "from: it was never printed"));
        }
        let next = wanted.max(kept.start);
        let gap = (next > wanted).then_some(Gap { from: wanted, to: next });
        let output = AttachOutput {
            incarnation: terminal.birth,
            from: next,
            gap: gap.filter(|_| !snapshot),
            input,
            size: params.size.unwrap_or_default(),
            snapshot,
            drives: false,
        };
        let who = params.writer.map(|claim| claim.id);
        let seat = Seat {
            writer: self.writer.clone(),
            next,
            acked: next,
            who,
            seq: 0,
            open: false,
            snapshot,
            unshown: VecDeque::new(),
        };
        terminal.seats.insert((self.number, params.channel), seat);
        terminal.changed.notify_waiters();
        self.asked.lock().unwrap().insert(caller.turn, params.channel);
        Ok(output)
    }

    async fn detach(&self, _: &Caller, params: DetachParams) -> Result<Empty, Refusal> {
        self.channels.lock().unwrap().close(params.channel);
        let mut terminal = self.terminal.lock().unwrap();
        terminal.seats.remove(&(self.number, params.channel));
        terminal.changed.notify_waiters();
        Ok(Empty {})
    }

    async fn resize(&self, _: &Caller, params: ResizeParams) -> Result<ResizeOutput, Refusal> {
        let mut terminal = self.terminal.lock().unwrap();
        let drives = params.take == Some(true);
        terminal.say(&Resized { size: params.size });
        terminal.resized.push(params);
        Ok(ResizeOutput { drives })
    }

    async fn get(&self, _: &Caller, _: GetParams) -> Result<GetOutput, Refusal> {
        Err(not_served())
    }

    async fn signal(&self, _: &Caller, _: SignalParams) -> Result<Empty, Refusal> {
        Err(not_served())
    }

    async fn input(&self, _: &Caller, _: InputParams) -> Result<Empty, Refusal> {
        Err(not_served())
    }

    async fn kill(&self, _: &Caller, _: KillParams) -> Result<Empty, Refusal> {
        Err(not_served())
    }

    async fn rename(&self, _: &Caller, _: RenameParams) -> Result<RenameOutput, Refusal> {
        Err(not_served())
    }

    async fn show(&self, _: &Caller, params: ShowParams) -> Result<Empty, Refusal> {
        self.terminal.lock().unwrap().shown.push(params.visible);
        Ok(Empty {})
    }

    async fn snapshot(&self, _: &Caller, params: SnapshotParams) -> Result<Empty, Refusal> {
        self.terminal.lock().unwrap().paint(&format!("{} lines of history", params.history), false);
        Ok(Empty {})
    }

    async fn rerun(&self, _: &Caller, _: RerunParams) -> Result<RerunOutput, Refusal> {
        Err(not_served())
    }

    async fn search(&self, _: &Caller, _: SearchParams) -> Result<SearchOutput, Refusal> {
        Err(not_served())
    }

    async fn capture(&self, _: &Caller, _: CaptureParams) -> Result<CaptureOutput, Refusal> {
        Err(not_served())
    }

    async fn recording_start(&self, _: &Caller, _: RecordParams) -> Result<RecordOutput, Refusal> {
        Err(not_served())
    }

    async fn recording_stop(&self, _: &Caller, _: RecordParams) -> Result<RecordOutput, Refusal> {
        Err(not_served())
    }

    async fn recording_list(&self, _: &Caller, _: RecordingsParams) -> Result<RecordingsOutput, Refusal> {
        Err(not_served())
    }

    async fn recording_read(&self, _: &Caller, _: RecordingReadParams) -> Result<RecordingReadOutput, Refusal> {
        Err(not_served())
    }

    async fn recording_remove(&self, _: &Caller, _: RecordingRemoveParams) -> Result<Empty, Refusal> {
        Err(not_served())
    }
}

/// What this crate's tests have no use for.
fn not_served() -> Refusal {
    Refusal::new(Code::UnknownMethod, "this server has one terminal and no programs")
}

impl Handler for Circuit {
    async fn request(&self, request: Request<'_>, turn: Turn) -> Vec<u8> {
        dispatch(self, &Caller { turn }, request).await.unwrap()
    }

    fn answered(&self, turn: Turn) {
        let Some(channel) = self.asked.lock().unwrap().remove(&turn) else { return };
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
        let (offset, is_last) = (frame.header.offset(), frame.header.flags().has(Flags::LAST));
        terminal.acks.push((offset.get(), is_last));
        let seat = terminal.seats.get_mut(&(self.number, channel)).unwrap();
        if is_last {
            assert_eq!(seat.unshown.pop_front(), Some(offset), "each that was sent is shown, in order");
        } else if seat.unshown.is_empty() {
            seat.acknowledge(offset)?;
        }
        terminal.changed.notify_waiters();
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
                    let admission = Admission {
                        ready,
                        role: tokio::sync::watch::channel(ready.role).1,
                        service: Service::Node,
                        asker,
                        answers: options.answers,
                    };
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

/// A terminal on which nothing has happened.
pub(super) fn terminal() -> Arc<Mutex<Terminal>> {
    Arc::default()
}

/// A client without a device, calling this path.
pub(super) fn config(path: &Path) -> Config {
    Config::local(path, Arc::new(Me::default()))
}
