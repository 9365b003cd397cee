//! What is recorded of sessions: asciicast files, each with a note beside it that says whose it is and whether it goes on.
//!
//! `cast` (pure) writes lines, `tape` puts them on disk, `pump` takes them from a holder, `note` is the file beside. A
//! recording goes on over the end of a link and of the node: what was printed meanwhile is marked as missing, then the screen
//! is painted anew.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::{RecordingId, SessionId};
use homie_protocol::limits::PAGE;
use homie_protocol::methods::session::recording::{RecordingInfo, RecordingsOutput};
use homie_trust::{StateDir, SystemRandom, TrustError, random_bytes};
use serde_bytes::ByteBuf;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::clock::now_ms;
use crate::link::Link;
use crate::lock::locked;
use crate::shared::Shared;
use crate::start::blocking;

mod cast;
mod note;
mod pump;
mod tape;

use note::Note;
use pump::{Outcome, record};
use tape::{Begin, Tape};

/// Recordings that are kept; beyond it none is begun.
const RECORDINGS: usize = 200;

/// How long the first lines may take. The holder's screen answers within milliseconds.
const BEGUN_WITHIN: Duration = Duration::from_secs(5);

/// Bytes of a part that is read at once.
const PART: u64 = 128 * 1024;

/// What a recording may be, and how long it stays.
#[derive(Debug, Clone, Copy)]
pub struct RecordingLimits {
    /// Bytes of one; beyond it it has ended.
    pub bytes: u64,
    /// How long it is kept after its end.
    pub kept: Duration,
}

impl Default for RecordingLimits {
    /// An hour of a busy screen is a tenth of 64 MiB.
    fn default() -> Self {
        Self { bytes: 64 * 1024 * 1024, kept: Duration::from_hours(30 * 24) }
    }
}

/// The recordings of this machine.
#[derive(Debug)]
pub(crate) struct Recordings {
    folder: PathBuf,
    limits: RecordingLimits,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    all: BTreeMap<RecordingId, RecordingInfo>,
    going: HashMap<SessionId, Arc<Going>>,
}

/// A recording that goes on.
#[derive(Debug)]
struct Going {
    id: RecordingId,
    session: SessionId,
    stop: watch::Sender<bool>,
    /// What shows at its beginning is on disk, or it has ended before.
    begun: watch::Sender<bool>,
    /// Held by whoever writes: one link's pump, or whoever ends it.
    tape: tokio::sync::Mutex<()>,
}

impl Recordings {
    /// Finds what there is, waiting for the disk.
    pub(crate) fn open(dir: &StateDir, limits: RecordingLimits) -> Result<Self, TrustError> {
        let folder = dir.create_recordings()?;
        let mut table = Table::default();
        for info in note::all(&folder) {
            if info.ended_at.is_none() {
                table.going.insert(info.session, Arc::new(Going::new(info.id, info.session)));
            }
            table.all.insert(info.id, info);
        }
        Ok(Self { folder, limits, table: Mutex::new(table) })
    }

    /// Whether a session is being recorded.
    pub(crate) fn is_going(&self, session: SessionId) -> bool {
        locked(&self.table).going.contains_key(&session)
    }

    /// Records what a session prints from now on.
    pub(crate) async fn start(&self, shared: &Arc<Shared>, session: SessionId) -> Result<RecordingInfo, Refusal> {
        let link = shared.sessions.running(session)?;
        let session = shared.sessions.get(session)?;
        let id = RecordingId::from_bytes(random_bytes(&SystemRandom)?);
        let (started_at, name) = (now_ms(), session.name.clone());
        let info =
            RecordingInfo { id, session: session.id, name, started_at, ended_at: None, bytes: 0, is_full: false };
        let going = self.reserve(&info)?;
        let head = Begin { size: session.size, started_at, title: session.name };
        let (folder, note) = (self.folder.clone(), Note::from(&info));
        let written = blocking(move || {
            note::write(&folder, id, &note)
                .and_then(|()| tape::create(&folder, id, &head))
                .map_err(|error| unwritten(&error))
        });
        if let Err(refusal) = written.await {
            self.forget(&info);
            return Err(refusal);
        }
        shared.sessions.recorded(session.id, true);
        shared.tasks.spawn(run(Arc::clone(shared), Arc::clone(&going), link, false));
        // Whoever asked may rely on it that what is printed from now on is in it. A holder that takes longer may stand
        // still, and then nothing is printed.
        let mut begun = going.begun.subscribe();
        let _late = timeout(BEGUN_WITHIN, begun.wait_for(|begun| *begun)).await;
        self.get(id)
    }

    /// Ends a session's recording.
    pub(crate) async fn stop(&self, shared: &Shared, session: SessionId) -> Result<RecordingInfo, Refusal> {
        let going =
            self.going(session).ok_or_else(|| {
                shared.sessions.get(session).err().unwrap_or_else(|| {
                    Refusal::new(Code::WrongState, format!("session: {session} is not being recorded"))
                })
            })?;
        going.stop.send_replace(true);
        self.finish(shared, &going, false).await;
        self.get(going.id)
    }

    /// The link to a holder is up: a recording of its session goes on.
    pub(crate) fn linked(&self, shared: &Arc<Shared>, session: SessionId, link: &Arc<Link>) {
        if let Some(going) = self.going(session) {
            shared.tasks.spawn(run(Arc::clone(shared), going, Arc::clone(link), true));
        }
    }

    /// After a start: ends the recordings of sessions that are no more.
    pub(crate) async fn end_the_lost(&self, shared: &Shared) {
        let all: Vec<Arc<Going>> = locked(&self.table).going.values().cloned().collect();
        for going in all {
            if shared.sessions.info(going.session).is_none() || shared.sessions.is_left(going.session) {
                self.finish(shared, &going, false).await;
            }
        }
    }

    /// A session is over: so is its recording.
    pub(crate) async fn over(&self, shared: &Shared, session: SessionId) {
        if let Some(going) = self.going(session) {
            self.finish(shared, &going, false).await;
        }
    }

    /// A page, in the order of the ids.
    pub(crate) fn page(&self, after: Option<RecordingId>) -> RecordingsOutput {
        let table = locked(&self.table);
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = table.all.range((from, Bound::Unbounded)).map(|(_, info)| info.clone());
        let recordings: Vec<RecordingInfo> = rest.by_ref().take(PAGE).collect();
        let next = rest.next().and(recordings.last()).map(|last| last.id);
        RecordingsOutput { recordings, next }
    }

    /// A part of a recording; nothing at its end.
    pub(crate) async fn read(&self, id: RecordingId, from: u64) -> Result<ByteBuf, Refusal> {
        self.get(id)?;
        let folder = self.folder.clone();
        let read = move || {
            tape::read(&folder, id, from, PART).map_err(|error| Refusal::new(Code::Internal, error.to_string()))
        };
        Ok(ByteBuf::from(blocking(read).await?))
    }

    /// Removes a recording that has ended.
    pub(crate) async fn remove(&self, id: RecordingId) -> Result<(), Refusal> {
        let info = self.get(id)?;
        if info.ended_at.is_none() {
            return Err(Refusal::new(Code::WrongState, format!("recording: {id} goes on; stop it first")));
        }
        let folder = self.folder.clone();
        blocking(move || note::remove(&folder, id).map_err(|error| unwritten(&error))).await?;
        self.forget(&info);
        Ok(())
    }

    /// Removes what is older than it may be.
    pub(crate) async fn remove_the_oldest(&self) {
        let (now, kept) = (now_ms(), self.limits.kept);
        let age = |ended_at: u64| Duration::from_millis(now.saturating_sub(ended_at));
        let is_old = |info: &&RecordingInfo| info.ended_at.is_some_and(|ended_at| age(ended_at) > kept);
        let old: Vec<RecordingId> = locked(&self.table).all.values().filter(is_old).map(|info| info.id).collect();
        for id in old {
            if let Err(refusal) = self.remove(id).await {
                tracing::warn!(recording = %id, %refusal, "an old recording could not be removed");
            }
        }
    }

    /// So much of it is on disk.
    fn wrote(&self, going: &Going, bytes: u64) {
        if let Some(info) = locked(&self.table).all.get_mut(&going.id) {
            info.bytes = bytes;
        }
        going.begun.send_replace(true);
    }

    /// Ends a recording, once whoever writes it has written the last line. The first who ends it does.
    async fn finish(&self, shared: &Shared, going: &Going, is_full: bool) {
        let _tape = going.tape.lock().await;
        going.begun.send_replace(true);
        let note = {
            let mut table = locked(&self.table);
            if table.going.get(&going.session).is_none_or(|other| other.id != going.id) {
                return;
            }
            let Some(info) = table.all.get_mut(&going.id) else { return };
            (info.ended_at, info.is_full) = (Some(now_ms()), is_full);
            let note = Note::from(&*info);
            table.going.remove(&going.session);
            note
        };
        shared.sessions.recorded(going.session, false);
        let (folder, id) = (self.folder.clone(), going.id);
        if let Err(refusal) = blocking(move || note::write(&folder, id, &note).map_err(|error| unwritten(&error))).await
        {
            tracing::warn!(recording = %going.id, %refusal, "the end of a recording could not be written down");
        }
    }

    fn reserve(&self, info: &RecordingInfo) -> Result<Arc<Going>, Refusal> {
        let mut table = locked(&self.table);
        if table.going.contains_key(&info.session) {
            let words = format!("session: {} is being recorded already", info.session);
            return Err(Refusal::new(Code::WrongState, words));
        }
        if table.all.len() >= RECORDINGS {
            return Err(Refusal::new(
                Code::Busy,
                format!("{RECORDINGS} recordings are kept already: remove one first"),
            ));
        }
        let going = Arc::new(Going::new(info.id, info.session));
        table.going.insert(info.session, Arc::clone(&going));
        table.all.insert(info.id, info.clone());
        Ok(going)
    }

    fn forget(&self, info: &RecordingInfo) {
        let mut table = locked(&self.table);
        table.all.remove(&info.id);
        if table.going.get(&info.session).is_some_and(|going| going.id == info.id) {
            table.going.remove(&info.session);
        }
    }

    fn going(&self, session: SessionId) -> Option<Arc<Going>> {
        locked(&self.table).going.get(&session).cloned()
    }

    fn get(&self, id: RecordingId) -> Result<RecordingInfo, Refusal> {
        let unknown =
            || Refusal::new(Code::NotFound, format!("recording: there is no {id} here; list shows which there are"));
        locked(&self.table).all.get(&id).cloned().ok_or_else(unknown)
    }
}

impl Going {
    fn new(id: RecordingId, session: SessionId) -> Self {
        Self {
            id,
            session,
            stop: watch::Sender::new(false),
            begun: watch::Sender::new(false),
            tape: tokio::sync::Mutex::default(),
        }
    }
}

/// Records over one link, until the link, the program or the recording ends.
async fn run(shared: Arc<Shared>, going: Arc<Going>, link: Arc<Link>, goes_on: bool) {
    let recordings = &shared.recordings;
    let is_full = {
        let _tape = going.tape.lock().await;
        let recorded = async {
            let info = recordings.get(going.id).map_err(io::Error::other)?;
            let mut tape = Tape::open(&recordings.folder, &info, goes_on, recordings.limits.bytes).await?;
            record(&link, &mut tape, going.stop.subscribe(), |bytes| recordings.wrote(&going, bytes)).await
        };
        let outcome = tokio::select! {
            outcome = recorded => outcome,
            () = shared.tasks.stopping() => return,
        };
        match outcome {
            Ok(Outcome::Unlinked) => return,
            Ok(Outcome::Over) => false,
            Ok(Outcome::Full) => true,
            Err(error) => {
                tracing::warn!(recording = %going.id, %error, "a recording could not be written and has ended");
                false
            }
        }
    };
    recordings.finish(&shared, &going, is_full).await;
}

fn unwritten(error: &io::Error) -> Refusal {
    Refusal::new(Code::Internal, format!("recording: cannot be written: {error}"))
}
