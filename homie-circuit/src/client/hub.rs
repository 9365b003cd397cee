//! What a client's handles and tasks share: the present circuit, the requests that wait, the attachments.
//!
//! Locks: a viewer's before the book, never the other way round, and neither across an await.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::Raw;
use homie_protocol::control::Outgoing;
use homie_protocol::id::{Channel, Offset, RequestKey, WriterId};
use homie_protocol::limits::{REQUEST, REQUESTS};
use homie_protocol::machine::channels::{Channels, Opener, Place};
use serde::Serialize;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

use super::sessions::{SessionList, Sessions};
use super::viewer::Viewer;
use super::{Config, State, Up};
use crate::pulse::since;
use crate::writer::FrameWriter;

/// How a request came out, its result not decoded yet.
pub(super) type Outcome<'a> = Result<Raw<'a>, Refusal>;

/// What happens with an answer; a refusal of ours ends the circuit.
pub(super) type Answer = Box<dyn FnOnce(Outcome<'_>) -> Result<(), Refusal> + Send>;

/// The shared middle of a client.
pub(super) struct Hub {
    pub(super) config: Config,
    born: Instant,
    book: Mutex<Book>,
    state: watch::Sender<State>,
    sessions: Sessions,
    places: Semaphore,
    woken: Notify,
}

#[derive(Default)]
struct Book {
    line: Option<Line>,
    last_id: u32,
    /// By id, so that those asked again are asked in their order.
    waiting: BTreeMap<u32, Waiting>,
    viewers: Vec<Weak<Viewer>>,
}

/// The present circuit.
struct Line {
    writer: FrameWriter,
    channels: Channels,
    viewers: HashMap<Channel, Arc<Viewer>>,
}

/// A request without an answer.
struct Waiting {
    payload: Vec<u8>,
    /// Whether it is asked again on the next circuit; if not, it ends with this one.
    again: bool,
    answer: Answer,
}

/// A request that was asked. Dropping it forgets the request; an answer that still comes is ignored.
pub(super) struct Asked<'a> {
    hub: &'a Hub,
    id: u32,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.hub.book().waiting.remove(&self.id);
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Hub").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Hub {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            born: Instant::now(),
            book: Mutex::default(),
            state: watch::Sender::new(State::Connecting),
            sessions: Sessions::default(),
            places: Semaphore::new(REQUESTS),
            woken: Notify::new(),
        }
    }

    /// Milliseconds since this client was made.
    pub(super) fn now(&self) -> u64 {
        since(self.born)
    }

    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Says how it goes; the end is said once and stays.
    pub(super) fn tell(&self, state: State) {
        self.state.send_if_modified(|present| {
            let goes_on = !matches!(present, State::Closed(_));
            if goes_on {
                *present = state;
            }
            goes_on
        });
    }

    pub(super) fn why_closed(&self) -> Refusal {
        match &*self.state.borrow() {
            State::Closed(refusal) => refusal.clone(),
            _ => Refusal::new(Code::GoingAway, "the request was given up"),
        }
    }

    /// Returns once the client is closed.
    pub(super) async fn closed(&self) {
        // An error would mean that this very hub is gone.
        let _ = self.state().wait_for(|state| matches!(state, State::Closed(_))).await;
    }

    /// Ends everything, for this reason.
    pub(super) fn close(&self, reason: &Refusal) {
        self.tell(State::Closed(reason.clone()));
        self.places.close();
        let (line, waiting, viewers) = {
            let mut book = self.book();
            (book.line.take(), std::mem::take(&mut book.waiting), std::mem::take(&mut book.viewers))
        };
        if let Some(line) = line {
            line.writer.close();
        }
        // Whoever waits for an answer sees its sender dropped, and asks why.
        drop(waiting);
        for viewer in viewers.iter().filter_map(Weak::upgrade) {
            viewer.finish(reason.clone());
        }
    }

    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.places.acquire().await.map_err(|_| self.why_closed())
    }

    pub(super) fn subscribe(self: &Arc<Self>) -> watch::Receiver<SessionList> {
        if self.sessions.want() && self.book().line.is_some() {
            self.list_sessions(None);
        }
        self.sessions.watch()
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Asks, now if there is a circuit and again on each until it is answered.
    pub(super) fn ask<P: Serialize>(
        &self,
        method: &str,
        params: &P,
        key: Option<RequestKey>,
        answer: Answer,
    ) -> Result<Asked<'_>, Refusal> {
        let mut book = self.book();
        if matches!(*self.state.borrow(), State::Closed(_)) {
            return Err(self.why_closed());
        }
        let id = book.ask(method, params, key, true, answer)?;
        Ok(Asked { hub: self, id })
    }

    /// Asks on the present circuit alone. Without one nothing happens: its end is news for whoever asks.
    pub(super) fn ask_once<P: Serialize>(&self, method: &str, params: &P, answer: Answer) -> Result<(), Refusal> {
        let mut book = self.book();
        if book.line.is_none() {
            return Ok(());
        }
        book.ask(method, params, None, false, answer).map(drop)
    }

    /// Opens a channel for a viewer, if there is a circuit, and asks with it. The numbers go up in the order in which the
    /// requests are sent, for both happens under one lock.
    pub(super) fn open<P: Serialize>(
        &self,
        viewer: &Arc<Viewer>,
        method: &str,
        params: impl FnOnce(Channel) -> P,
        answer: impl FnOnce(Channel) -> Answer,
    ) -> Result<Option<(Channel, FrameWriter)>, Refusal> {
        let mut book = self.book();
        let Some(line) = &mut book.line else { return Ok(None) };
        let channel = line.channels.open_next()?;
        line.viewers.insert(channel, Arc::clone(viewer));
        let writer = line.writer.clone();
        book.ask(method, &params(channel), None, false, answer(channel))?;
        Ok(Some((channel, writer)))
    }

    /// Closes a channel here; frames that still come on it are dropped and counted.
    pub(super) fn close_channel(&self, channel: Channel) {
        if let Some(line) = &mut self.book().line {
            line.channels.close(channel);
            line.viewers.remove(&channel);
        }
    }

    /// The viewer of a channel; `None` if the channel was closed.
    pub(super) fn viewer(&self, channel: Channel) -> Result<Option<Arc<Viewer>>, Refusal> {
        let mut book = self.book();
        let Some(line) = &mut book.line else { return Ok(None) };
        Ok(match line.channels.place(channel)? {
            Place::Open => line.viewers.get(&channel).cloned(),
            Place::Closed => None,
        })
    }

    /// Keeps an eye on a viewer: it is attached again on each circuit.
    pub(super) fn register(&self, viewer: &Arc<Viewer>) -> Result<(), Refusal> {
        let mut book = self.book();
        if matches!(*self.state.borrow(), State::Closed(_)) {
            return Err(self.why_closed());
        }
        book.viewers.retain(|viewer| viewer.strong_count() > 0);
        book.viewers.push(Arc::downgrade(viewer));
        Ok(())
    }

    /// Whether something was typed that is not confirmed yet.
    pub(super) fn has_typed(&self) -> bool {
        let viewers = self.book().viewers.clone();
        viewers.iter().filter_map(Weak::upgrade).any(|viewer| viewer.unapplied().0 > 0)
    }

    /// Gives an answer to whoever waits for it. One that nobody waits for any more is ignored.
    pub(super) fn answer(&self, id: u32, outcome: Outcome<'_>) -> Result<(), Refusal> {
        let waiting = self.book().waiting.remove(&id);
        match waiting {
            Some(waiting) => (waiting.answer)(outcome),
            None => Ok(()),
        }
    }

    /// There is a circuit: asks what waits, attaches who looks.
    pub(super) fn raise(self: &Arc<Self>, writer: FrameWriter, up: Up) {
        let viewers = {
            let mut book = self.book();
            for waiting in book.waiting.values() {
                // If the circuit is over already, the next one will do.
                let _ = writer.control(Channel::CIRCUIT, Offset::ZERO, &waiting.payload);
            }
            let channels = Channels::new(Opener::Client);
            book.line = Some(Line { writer, channels, viewers: HashMap::new() });
            book.viewers.clone()
        };
        self.tell(State::Up(up));
        for viewer in viewers.iter().filter_map(Weak::upgrade) {
            viewer.attach();
        }
        if self.sessions.is_wanted() {
            self.list_sessions(None);
        }
    }

    /// The circuit is over: what belonged to it alone is forgotten.
    pub(super) fn ground(&self) {
        let viewers = {
            let mut book = self.book();
            book.line = None;
            book.waiting.retain(|_, waiting| waiting.again);
            book.viewers.clone()
        };
        self.sessions.grounded();
        for viewer in viewers.iter().filter_map(Weak::upgrade) {
            viewer.grounded();
        }
    }

    pub(super) fn request_key(&self) -> RequestKey {
        RequestKey::from_bytes(self.random())
    }

    pub(super) fn writer_id(&self) -> WriterId {
        WriterId::from_bytes(self.random())
    }

    pub(super) fn chance(&self) -> u32 {
        u32::from_be_bytes(self.random())
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let nonce = self.config.identity.nonce();
        std::array::from_fn(|at| nonce.get(at).copied().unwrap_or_default())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every change is whole before anything that could panic.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn ask<P: Serialize>(
        &mut self,
        method: &str,
        params: &P,
        key: Option<RequestKey>,
        again: bool,
        answer: Answer,
    ) -> Result<u32, Refusal> {
        let id = self.last_id.checked_add(1).unwrap_or(1);
        let payload = Outgoing::Request { id, method, params, key }.encode()?;
        if payload.len() > REQUEST.bytes {
            return Err(Refusal::new(Code::TooLarge, format!("a request has at most {} bytes", REQUEST.bytes)));
        }
        self.last_id = id;
        if let Some(line) = &self.line {
            // If the circuit is over already, the next one will do.
            let _ = line.writer.control(Channel::CIRCUIT, Offset::ZERO, &payload);
        }
        self.waiting.insert(id, Waiting { payload, again, answer });
        Ok(id)
    }
}
