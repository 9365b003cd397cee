//! The methods `terminal.session.*` as this node serves them.
//!
//! Whatever depends on the order of requests (opening a channel, telling a holder) is done before the first await: a
//! circuit begins its requests in the order in which they came.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::Turn;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::Role;
use homie_protocol::holder::{Open, Opened};
use homie_protocol::id::Channel;
use homie_protocol::machine::answers::Wish;
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams, RecordingsOutput,
    RecordingsParams,
};
use homie_protocol::methods::session::{
    AttachMode, AttachOutput, AttachParams, CaptureOutput, CaptureParams, DetachParams, GetOutput, GetParams,
    InputParams, KillParams, ListOutput, ListParams, RenameOutput, RenameParams, RerunOutput, RerunParams,
    ResizeOutput, ResizeParams, SearchOutput, SearchParams, SessionInfo, SessionService, ShowParams, SignalParams,
    SnapshotParams, StartOutput, StartParams,
};
use homie_protocol::name::Name;
use tokio::time::timeout;

use crate::circuit::{Circuit, End};
use crate::link::{Answer, DoneAnswer, Seat};
use crate::shared::Shared;
use crate::start::start;

/// How long a holder may take to open a channel. It never waits, so this is a stopped process.
const OPENED_WITHIN: Duration = Duration::from_secs(5);

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
        let opening = Opening::new(caller, params.channel)?;
        let (info, answer) = self.ask(caller, &params)?;
        let opened = answered(answer).await?;
        opening.succeeded();
        let Opened { from, gap, input, size, snapshot, .. } = opened;
        let incarnation = info.incarnation;
        Ok(AttachOutput { incarnation, from, gap, input, size, snapshot, drives: false })
    }

    async fn detach(&self, caller: &Caller, params: DetachParams) -> Result<Empty, Refusal> {
        caller.circuit.close(params.channel)?;
        Ok(Empty {})
    }

    async fn resize(&self, _caller: &Caller, params: ResizeParams) -> Result<ResizeOutput, Refusal> {
        let (_, link) = self.shared.sessions.open(params.session)?;
        link.resize(params.size)?;
        Ok(ResizeOutput { drives: false })
    }

    async fn signal(&self, _caller: &Caller, params: SignalParams) -> Result<Empty, Refusal> {
        let link = self.shared.sessions.running(params.session)?;
        done(link.signal(params.signal)?, ANSWERED_WITHIN, SILENT).await
    }

    async fn input(&self, _caller: &Caller, params: InputParams) -> Result<Empty, Refusal> {
        let link = self.shared.sessions.running(params.session)?;
        done(link.type_once(params.bytes)?, TYPED_WITHIN, UNREAD).await
    }

    async fn kill(&self, _caller: &Caller, params: KillParams) -> Result<Empty, Refusal> {
        let (_, link) = self.shared.sessions.open(params.session)?;
        done(link.kill()?, KILLED_WITHIN, SILENT).await
    }

    async fn rename(&self, _caller: &Caller, params: RenameParams) -> Result<RenameOutput, Refusal> {
        let name = Name::parse(&params.name)?.into_string();
        let sessions = &self.shared.sessions;
        let (_, link) = sessions.open(params.session)?;
        let promise = sessions.promise(params.session, name.clone())?;
        done(link.rename(name)?, ANSWERED_WITHIN, SILENT).await?;
        promise.keep();
        Ok(RenameOutput { session: sessions.get(params.session)? })
    }

    async fn show(&self, _caller: &Caller, _params: ShowParams) -> Result<Empty, Refusal> {
        Err(not_here())
    }

    async fn snapshot(&self, _caller: &Caller, _params: SnapshotParams) -> Result<Empty, Refusal> {
        Err(not_here())
    }

    async fn rerun(&self, _caller: &Caller, _params: RerunParams) -> Result<RerunOutput, Refusal> {
        Err(not_here())
    }

    async fn search(&self, _caller: &Caller, _params: SearchParams) -> Result<SearchOutput, Refusal> {
        Err(not_here())
    }

    async fn capture(&self, _caller: &Caller, _params: CaptureParams) -> Result<CaptureOutput, Refusal> {
        Err(not_here())
    }

    async fn recording_start(&self, _caller: &Caller, _params: RecordParams) -> Result<RecordOutput, Refusal> {
        Err(not_here())
    }

    async fn recording_stop(&self, _caller: &Caller, _params: RecordParams) -> Result<RecordOutput, Refusal> {
        Err(not_here())
    }

    async fn recording_list(&self, _caller: &Caller, _params: RecordingsParams) -> Result<RecordingsOutput, Refusal> {
        Err(not_here())
    }

    async fn recording_read(
        &self,
        _caller: &Caller,
        _params: RecordingReadParams,
    ) -> Result<RecordingReadOutput, Refusal> {
        Err(not_here())
    }

    async fn recording_remove(&self, _caller: &Caller, _params: RecordingRemoveParams) -> Result<Empty, Refusal> {
        Err(not_here())
    }
}

/// Until the holder has its screen.
fn not_here() -> Refusal {
    Refusal::new(Code::UnknownMethod, "method: not served yet")
}

impl Service {
    /// Asks the holder to open a channel for this viewer.
    fn ask(&self, caller: &Caller, params: &AttachParams) -> Result<(SessionInfo, Answer), Refusal> {
        let Caller { circuit, turn, .. } = caller;
        check_mode(circuit.role(), params)?;
        let (info, link) = self.shared.sessions.open(params.session)?;
        if let Some(size) = params.size.filter(|_| circuit.role() >= Role::Operator) {
            link.resize(size)?;
        }
        let is_same_birth = params.incarnation.is_none_or(|incarnation| incarnation == info.incarnation);
        let from = params.from.filter(|_| is_same_birth);
        let delivery = params.delivery.unwrap_or_default();
        let wish = Open { channel: params.channel, mode: params.mode, from, writer: params.writer, delivery };
        let seat = Seat { circuit: Arc::clone(circuit), channel: params.channel };
        let (channel, answer) = link.open(wish, seat)?;
        let end = End { link: Arc::clone(&link), channel, mode: params.mode };
        circuit.lead(params.channel, end, *turn).inspect_err(|_| link.close(channel))?;
        Ok((info, answer))
    }
}

/// A channel that is being opened. Unless that succeeds, it is closed again on both sides.
struct Opening<'a> {
    circuit: &'a Circuit,
    channel: Channel,
    is_open: bool,
}

impl<'a> Opening<'a> {
    fn new(caller: &'a Caller, channel: Channel) -> Result<Self, Refusal> {
        caller.circuit.open(channel)?;
        Ok(Self { circuit: &caller.circuit, channel, is_open: false })
    }

    fn succeeded(mut self) {
        self.is_open = true;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.is_open {
            // It may have been closed meanwhile, with the circuit or the link.
            let _closed = self.circuit.close(self.channel);
        }
    }
}

async fn answered(answer: Answer) -> Result<Opened, Refusal> {
    match timeout(OPENED_WITHIN, answer).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Refusal::new(Code::Unreachable, "session: the link to its holder broke; try again")),
        Err(_) => Err(Refusal::new(Code::Timeout, SILENT)),
    }
}

async fn done(answer: DoneAnswer, within: Duration, late: &str) -> Result<Empty, Refusal> {
    match timeout(within, answer).await {
        Ok(Ok(outcome)) => outcome.map(|()| Empty {}),
        Ok(Err(_)) => Err(Refusal::new(
            Code::Unreachable,
            "session: the link to its holder broke before it could tell what was done; look, then try again",
        )),
        Err(_) => Err(Refusal::new(Code::Timeout, late)),
    }
}

fn check_mode(role: Role, params: &AttachParams) -> Result<(), Refusal> {
    match (params.mode, params.writer) {
        (AttachMode::Interactive, _) if role < Role::Operator => {
            Err(Refusal::new(Code::Forbidden, "mode: interactive needs the role Operator; attach with watch"))
        }
        (AttachMode::Interactive, None) => Err(Refusal::new(Code::MissingField, "writer: interactive needs one")),
        (AttachMode::Watch, Some(_)) => Err(Refusal::new(Code::ReadOnly, "writer: who watches does not type")),
        (AttachMode::Interactive, Some(_)) | (AttachMode::Watch, None) => Ok(()),
    }
}
