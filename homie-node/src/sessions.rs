//! The sessions of this machine, shared: every change is made under one lock and told to the subscribers in its order.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use homie_circuit::{FrameWriter, Subscribers, Turn};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::SessionChanged;
use homie_protocol::holder::Changed;
use homie_protocol::id::{CircuitId, SessionId};
use homie_protocol::methods::session::{ExitStatus, ListOutput, SessionInfo};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::link::Link;
use crate::lock::locked;
use crate::pressure::Pressure;
use crate::quiet::{Quiet, can_wait};
use crate::registry::{Due, Left, Registry, Told, Wanted, unknown};

/// How long the history may take to be written: a disk that is slower has stopped.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// The sessions of this machine.
#[derive(Debug)]
pub(crate) struct Sessions {
    state: Mutex<State>,
    ended: Notify,
    quietly_changed: Notify,
    written: Notify,
}

#[derive(Debug)]
struct State {
    registry: Registry<Arc<Link>>,
    pressure: Pressure,
    quiet: Quiet,
    subscribers: Subscribers<SessionId>,
}

/// A place and a name for a session that is being started; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    sessions: &'a Sessions,
    pub(crate) name: String,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        locked(&self.sessions.state).registry.release(&self.name);
    }
}

/// A place and a name for a session that is being run again; given back when dropped.
#[derive(Debug)]
pub(crate) struct Rebirth<'a> {
    sessions: &'a Sessions,
    session: SessionId,
    pub(crate) name: String,
    /// The link to its old holder, if that still lives.
    pub(crate) link: Option<Arc<Link>>,
}

impl Drop for Rebirth<'_> {
    fn drop(&mut self) {
        self.sessions.change(self.session, |registry, now| registry.not_reborn(self.session, &self.name, now));
    }
}

/// A name that a session is about to have; given back when dropped, unless [`Promise::keep`] gave it to the session.
#[derive(Debug)]
pub(crate) struct Promise<'a> {
    sessions: &'a Sessions,
    session: SessionId,
    name: String,
    is_done: bool,
}

impl Promise<'_> {
    /// The session has the name now.
    pub(crate) fn keep(mut self) {
        self.is_done = true;
    }
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        self.sessions.change(self.session, |registry, _| registry.renamed(self.session, name, self.is_done));
    }
}

impl Sessions {
    /// No session yet. The histories of all together may take so many bytes.
    pub(crate) fn new(history_memory: u64) -> Self {
        let (registry, subscribers) = (Registry::default(), Subscribers::default());
        let (pressure, quiet) = (Pressure::new(history_memory), Quiet::default());
        let state = Mutex::new(State { registry, pressure, quiet, subscribers });
        Self { state, ended: Notify::new(), quietly_changed: Notify::new(), written: Notify::new() }
    }

    /// Keeps a place and a name for a session that is being started.
    pub(crate) fn reserve(&self, wanted: &Wanted) -> Result<Place<'_>, Refusal> {
        let name = locked(&self.state).registry.reserve(wanted)?;
        Ok(Place { sessions: self, name })
    }

    /// Keeps a place and a name for a session that is being run again.
    pub(crate) fn reborn(&self, session: SessionId) -> Result<Rebirth<'_>, Refusal> {
        let (name, link) = locked(&self.state).registry.reborn(session)?;
        Ok(Rebirth { sessions: self, session, name, link })
    }

    /// Keeps a name for a session that is being renamed.
    pub(crate) fn promise(&self, session: SessionId, name: String) -> Result<Promise<'_>, Refusal> {
        locked(&self.state).registry.promise(session, &name)?;
        Ok(Promise { sessions: self, session, name, is_done: false })
    }

    /// Lists a session.
    pub(crate) fn insert(&self, info: SessionInfo) {
        self.change(info.id, |registry, now| {
            registry.insert(info, now);
            true
        });
    }

    /// The link to a holder is up.
    pub(crate) fn linked(&self, id: SessionId, link: Arc<Link>, told: &Told) {
        self.change(id, |registry, now| registry.linked(id, link, told, now));
        let bytes = told.changed.history_bytes;
        self.relieve(|pressure, now| pressure.linked(id, bytes, now.checked_sub(told.unseen).unwrap_or(now)));
    }

    /// The link to a holder has ended.
    pub(crate) fn unlinked(&self, id: SessionId) {
        self.change(id, |registry, _| registry.unlinked(id));
    }

    /// A holder tells of a new size, of activity or of the program's end.
    pub(crate) fn changed(&self, id: SessionId, changed: Changed) {
        let bytes = changed.history_bytes;
        self.change(id, |registry, now| registry.changed(id, changed, now));
        self.relieve(|pressure, _| pressure.told(id, bytes));
    }

    /// A holder does not answer, and is asked again.
    pub(crate) fn silent(&self, id: SessionId, exit: Option<ExitStatus>) {
        self.change(id, |registry, now| registry.silent(id, exit, now));
    }

    /// A holder is gone for good.
    pub(crate) fn gone(&self, id: SessionId, exit: Option<ExitStatus>) {
        self.change(id, |registry, now| registry.gone(id, exit, now));
        self.relieve(|pressure, _| pressure.gone(id));
    }

    /// A session's holder is gone, and the history has what there is to know.
    pub(crate) fn past(&self, info: SessionInfo, ended_at: u64) {
        let id = info.id;
        self.change(id, |registry, _| registry.past(info, ended_at));
        self.relieve(|pressure, _| pressure.gone(id));
        self.written.notify_waiters();
    }

    /// Whether a session's holder is gone for good, so that it is shown from the history.
    pub(crate) fn is_left(&self, id: SessionId) -> bool {
        locked(&self.state).registry.left(id) != Left::No
    }

    /// A session that is to be shown from the history, once all of it is written down; `None` if its holder is there.
    pub(crate) async fn left(&self, id: SessionId) -> Result<Option<SessionInfo>, Refusal> {
        timeout(WRITTEN_WITHIN, self.written(id)).await.map_err(|_| {
            Refusal::new(Code::Unreachable, format!("session: what became of {id} is not written down yet; try again"))
        })
    }

    async fn written(&self, id: SessionId) -> Option<SessionInfo> {
        loop {
            let written = self.written.notified();
            tokio::pin!(written);
            // From here on nothing is missed.
            written.as_mut().enable();
            match locked(&self.state).registry.left(id) {
                Left::No => return None,
                Left::Past(info) => return Some(*info),
                Left::Soon => {}
            }
            written.await;
        }
    }

    /// Waits until the holder of a session that is over has gone, and all is written down.
    pub(crate) async fn until_past(&self, id: SessionId) {
        loop {
            let written = self.written.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            if matches!(locked(&self.state).registry.left(id), Left::Past(_)) {
                return;
            }
            written.await;
        }
    }

    /// The sessions that are over and too old, or too many.
    pub(crate) fn stale(&self, now_ms: u64) -> Vec<SessionId> {
        locked(&self.state).registry.stale(now_ms)
    }

    /// Whether what a session prints is recorded.
    pub(crate) fn recorded(&self, id: SessionId, is_recorded: bool) {
        self.change(id, |registry, _| registry.recorded(id, is_recorded));
    }

    /// So many viewers look now.
    pub(crate) fn viewed(&self, id: SessionId, viewers: u32) {
        self.change(id, |registry, _| registry.viewed(id, viewers));
        self.relieve(|pressure, now| pressure.viewed(id, viewers, now));
    }

    /// The holder of a session that is over is to go: gives the link to it. Without one the session is taken off the list.
    pub(crate) fn bury(&self, id: SessionId) -> Option<Arc<Link>> {
        let mut state = locked(&self.state);
        let link = state.registry.bury(id);
        if link.is_none() {
            state.tell(id);
        }
        link
    }

    /// Takes a session off the list, and gives the link to its holder if that still lives.
    pub(crate) fn remove(&self, id: SessionId) -> Option<Arc<Link>> {
        let mut state = locked(&self.state);
        let link = state.registry.remove(id);
        state.tell(id);
        drop(state);
        self.relieve(|pressure, _| pressure.gone(id));
        link
    }

    /// A session as lists show it.
    pub(crate) fn info(&self, id: SessionId) -> Option<SessionInfo> {
        locked(&self.state).registry.info(id).cloned()
    }

    /// A session as lists show it, or why it cannot be told.
    pub(crate) fn get(&self, id: SessionId) -> Result<SessionInfo, Refusal> {
        self.info(id).ok_or_else(|| unknown(id))
    }

    /// The link to the holder of a session that runs.
    pub(crate) fn running(&self, id: SessionId) -> Result<Arc<Link>, Refusal> {
        locked(&self.state).registry.running(id)
    }

    /// A session and the link to its holder, for whoever wants to look at it.
    pub(crate) fn open(&self, id: SessionId) -> Result<(SessionInfo, Arc<Link>), Refusal> {
        let state = locked(&self.state);
        let (info, link) = state.registry.open(id)?;
        Ok((info.clone(), link))
    }

    /// The links to all holders; an error is of one that does not answer just now. Those that are gone for good have
    /// nothing to say and are left out.
    pub(crate) fn open_all(&self) -> Vec<(SessionId, Result<Arc<Link>, Refusal>)> {
        locked(&self.state).registry.open_all()
    }

    /// The sessions whose holders are gone for good and that are written down, those that ended last first.
    pub(crate) fn all_past(&self) -> Vec<SessionInfo> {
        locked(&self.state).registry.all_past()
    }

    /// A page of the list, for the request of this turn; what a circuit that subscribes is told of changes comes after it.
    pub(crate) fn page(&self, after: Option<SessionId>, circuit: CircuitId, turn: Turn) -> ListOutput {
        let mut state = locked(&self.state);
        state.subscribers.hold(circuit, turn);
        state.registry.page(after)
    }

    /// The same, and from then on every change is told.
    pub(crate) fn subscribe(
        &self,
        after: Option<SessionId>,
        circuit: CircuitId,
        writer: FrameWriter,
        turn: Turn,
    ) -> ListOutput {
        let mut state = locked(&self.state);
        state.subscribers.add(circuit, writer);
        state.subscribers.hold(circuit, turn);
        state.registry.page(after)
    }

    /// The answer of this turn has left: what has changed meanwhile follows it.
    pub(crate) fn release(&self, circuit: CircuitId, turn: Turn) {
        let mut state = locked(&self.state);
        for session in state.subscribers.release(circuit, turn) {
            let change = state.change_of(session);
            state.subscribers.tell_one(circuit, session, &change);
        }
    }

    /// The circuit is over.
    pub(crate) fn unsubscribe(&self, circuit: CircuitId) {
        locked(&self.state).subscribers.remove(circuit);
    }

    /// The session to bury now, or else when to ask again.
    pub(crate) fn due(&self) -> Due {
        locked(&self.state).registry.due(Instant::now().into_std())
    }

    /// Waits for a change that can wait a little.
    pub(crate) async fn quietly_changed(&self) {
        self.quietly_changed.notified().await;
    }

    /// Tells some of the changes that wait. Whether there were any.
    pub(crate) fn tell_some(&self) -> bool {
        let mut state = locked(&self.state);
        let due = state.quiet.due();
        for session in &due {
            state.tell(*session);
        }
        !due.is_empty()
    }

    /// Waits for a session that ends.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// A step that changes what histories take; holders learn their new bounds in its order.
    fn relieve(&self, step: impl FnOnce(&mut Pressure, std::time::Instant)) {
        let mut guard = locked(&self.state);
        let state = &mut *guard;
        step(&mut state.pressure, Instant::now().into_std());
        for (session, bytes) in state.pressure.divide() {
            if let Ok((_, link)) = state.registry.open(session) {
                link.trim(bytes);
            }
        }
    }

    fn change(&self, id: SessionId, act: impl FnOnce(&mut Registry<Arc<Link>>, std::time::Instant) -> bool) {
        let mut state = locked(&self.state);
        let before = state.registry.info(id).cloned();
        if !act(&mut state.registry, Instant::now().into_std()) {
            return;
        }
        if before.zip(state.registry.info(id)).is_some_and(|(before, after)| can_wait(&before, after)) {
            state.quiet.note(id);
            return self.quietly_changed.notify_one();
        }
        state.tell(id);
        self.ended.notify_one();
    }
}

impl State {
    fn tell(&mut self, session: SessionId) {
        self.quiet.told(session);
        let change = self.change_of(session);
        self.subscribers.tell(session, &change);
    }

    fn change_of(&self, session: SessionId) -> SessionChanged {
        let info = self.registry.info(session).cloned();
        let removed = info.is_none().then_some(session);
        SessionChanged { session: info, removed }
    }
}
