//! The methods `terminal.session.*` as this node serves them, `presence.get` and `mesh.start.meet`.
//!
//! Whatever depends on the order of requests (opening a channel, telling a holder) is done before the first await: a
//! circuit begins its requests in the order in which they came.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::Turn;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::machine::answers::Wish;
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams, RecordingsOutput,
    RecordingsParams,
};
use homie_protocol::methods::session::{
    AttachOutput, AttachParams, CaptureOutput, CaptureParams, DetachParams, GetOutput, GetParams, InputParams,
    KillParams, ListOutput, ListParams, RenameOutput, RenameParams, RerunOutput, RerunParams, ResizeOutput,
    ResizeParams, SearchOutput, SearchParams, SessionService, ShowParams, SignalParams, SnapshotParams, StartOutput,
    StartParams,
};
use homie_protocol::name::Name;
use tokio::time::timeout;

use crate::circuit::Circuit;
use crate::link::WishAnswer;
use crate::rerun::rerun;
use crate::shared::Shared;
use crate::start::start;

mod attach;
mod look;
mod past;
mod presence;
mod read;
mod start;

pub(crate) use presence::presence;

/// How long a holder may take to do what it does at once.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// How long a program may take to read what was typed. A longer wait is no typing any more.
const TYPED_WITHIN: Duration = Duration::from_secs(30);

/// How long the end of everything may take: twice what the holder gives it.
const KILLED_WITHIN: Duration = Duration::from_secs(10);

/// A holder did not answer in time.
const SILENT: &str = "session: its holder does not answer; try again later";

/// A program did not read in time.
const UNREAD: &str = "bytes: the program does not read; they wait for it";

/// The methods of this node.
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
}

/// One request: the circuit it came on, its turn there, and whose wish it is if it acts.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) turn: Turn,
    pub(crate) wish: Option<Wish>,
}

impl SessionService for Service {
    type Caller = Caller;

    async fn start(&self, caller: &Caller, params: StartParams) -> Result<StartOutput, Refusal> {
        let session = start(&self.shared, params, caller.wish).await?;
        Ok(StartOutput { session })
    }

    async fn list(&self, caller: &Caller, params: ListParams) -> Result<ListOutput, Refusal> {
        let (sessions, circuit) = (&self.shared.sessions, &caller.circuit);
        if params.subscribe == Some(true) {
            return Ok(sessions.subscribe(params.after, circuit.id(), circuit.writer().clone(), caller.turn));
        }
        Ok(sessions.page(params.after, circuit.id(), caller.turn))
    }

    async fn get(&self, _caller: &Caller, params: GetParams) -> Result<GetOutput, Refusal> {
        Ok(GetOutput { session: self.shared.sessions.get(params.session)? })
    }

    async fn attach(&self, caller: &Caller, params: AttachParams) -> Result<AttachOutput, Refusal> {
        self.open_channel(caller, params).await
    }

    async fn detach(&self, caller: &Caller, params: DetachParams) -> Result<Empty, Refusal> {
        caller.circuit.close(params.channel)?;
        Ok(Empty {})
    }

    async fn resize(&self, caller: &Caller, params: ResizeParams) -> Result<ResizeOutput, Refusal> {
        self.set_size(caller, &params)
    }

    async fn show(&self, caller: &Caller, params: ShowParams) -> Result<Empty, Refusal> {
        look::set_visible(caller, params)
    }

    async fn snapshot(&self, caller: &Caller, params: SnapshotParams) -> Result<Empty, Refusal> {
        look::send_snapshot(caller, params)
    }

    async fn signal(&self, _caller: &Caller, params: SignalParams) -> Result<Empty, Refusal> {
        let link = self.shared.sessions.running(params.session)?;
        answered(link.signal(params.signal)?, ANSWERED_WITHIN, SILENT).await?;
        Ok(Empty {})
    }

    async fn input(&self, _caller: &Caller, params: InputParams) -> Result<Empty, Refusal> {
        let link = self.shared.sessions.running(params.session)?;
        answered(link.type_once(params.bytes)?, TYPED_WITHIN, UNREAD).await?;
        Ok(Empty {})
    }

    async fn kill(&self, _caller: &Caller, params: KillParams) -> Result<Empty, Refusal> {
        let (_, link) = self.shared.sessions.open(params.session)?;
        answered(link.kill()?, KILLED_WITHIN, SILENT).await?;
        Ok(Empty {})
    }

    async fn rename(&self, _caller: &Caller, params: RenameParams) -> Result<RenameOutput, Refusal> {
        let name = Name::parse(&params.name)?.into_string();
        let sessions = &self.shared.sessions;
        let (_, link) = sessions.open(params.session)?;
        let promise = sessions.promise(params.session, name.clone())?;
        answered(link.rename(name)?, ANSWERED_WITHIN, SILENT).await?;
        promise.keep();
        Ok(RenameOutput { session: sessions.get(params.session)? })
    }

    async fn rerun(&self, _caller: &Caller, params: RerunParams) -> Result<RerunOutput, Refusal> {
        Ok(RerunOutput { session: rerun(&self.shared, params).await? })
    }

    async fn search(&self, _caller: &Caller, params: SearchParams) -> Result<SearchOutput, Refusal> {
        self.look_for(params).await
    }

    async fn capture(&self, _caller: &Caller, params: CaptureParams) -> Result<CaptureOutput, Refusal> {
        self.text_of(params).await
    }

    async fn recording_start(&self, _caller: &Caller, params: RecordParams) -> Result<RecordOutput, Refusal> {
        Ok(RecordOutput { recording: self.shared.recordings.start(&self.shared, params.session).await? })
    }

    async fn recording_stop(&self, _caller: &Caller, params: RecordParams) -> Result<RecordOutput, Refusal> {
        Ok(RecordOutput { recording: self.shared.recordings.stop(&self.shared, params.session).await? })
    }

    async fn recording_list(&self, _caller: &Caller, params: RecordingsParams) -> Result<RecordingsOutput, Refusal> {
        Ok(self.shared.recordings.page(params.after))
    }

    async fn recording_read(
        &self,
        _caller: &Caller,
        params: RecordingReadParams,
    ) -> Result<RecordingReadOutput, Refusal> {
        Ok(RecordingReadOutput { bytes: self.shared.recordings.read(params.recording, params.from).await? })
    }

    async fn recording_remove(&self, _caller: &Caller, params: RecordingRemoveParams) -> Result<Empty, Refusal> {
        self.shared.recordings.remove(params.recording).await?;
        Ok(Empty {})
    }
}

/// What the holder says to a wish, if it says it in time.
async fn answered<T>(answer: WishAnswer<T>, within: Duration, late: &str) -> Result<T, Refusal> {
    match timeout(within, answer).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Refusal::new(
            Code::Unreachable,
            "session: the link to its holder broke before it could tell what was done; look, then try again",
        )),
        Err(_) => Err(Refusal::new(Code::Timeout, late)),
    }
}
