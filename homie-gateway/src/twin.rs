//! Whether another machine has this one's key: a copy of it, which nobody may be led to instead of this one. Both find it out by a
//! signature that nobody else can make, close their doors to all networks, and wait for a person.
//!
//! In reading order: here (what is done about it), `meet` (how it is found out where both call, at the node of any machine), `word`
//! (what a gateway answers to whoever tells a start; pure), `probe` (how it is found out where one calls the other).

mod meet;
mod probe;
mod word;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use homie_protocol::hello::Signature;
use homie_protocol::id::{NodeId, StartId};
use homie_protocol::methods::start::StartSignature;
use homie_trust::{ClonedFile, Start, StateDir};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::tasks::Tasks;
pub(crate) use meet::{MEET_EVERY, Meeting};
pub(crate) use probe::begin;
use word::Said;
pub(crate) use word::said;

/// How often it is written down at most that the other one is still there.
const WRITTEN_EVERY: Duration = Duration::from_secs(5);

/// How often a gateway that is closed looks whether a person has said that it may open.
const LOOK: Duration = Duration::from_millis(500);

/// What is said of a machine whose key two have, on all others.
pub(crate) const TWO: &str = "two machines have this key; run `homie rekey` on the one that is the copy";

/// This gateway's start, and whoever has its key besides.
#[derive(Debug)]
pub(crate) struct Twin {
    start: Start,
    state: StateDir,
    /// Whether this gateway has its doors closed for that.
    is_closed: bool,
    /// Whether that is to be otherwise now.
    turned: watch::Sender<bool>,
    written: Mutex<Option<Instant>>,
}

impl Twin {
    /// Of this start.
    pub(crate) fn new(start: Start, state: StateDir, is_closed: bool) -> Arc<Self> {
        Arc::new(Self { start, state, is_closed, turned: watch::Sender::new(false), written: Mutex::default() })
    }

    /// Whose it is.
    pub(crate) fn machine(&self) -> NodeId {
        self.start.machine()
    }

    /// The name of this start.
    pub(crate) fn id(&self) -> StartId {
        self.start.id()
    }

    /// This start's word on another one; of itself it has none.
    pub(crate) fn sign(&self, other: StartId) -> Option<StartSignature> {
        self.start.sign(other).ok()
    }

    /// Whether this one is to be started anew: its doors are open and there is another, or closed and a person has said that it may open.
    pub(crate) fn turned(&self) -> watch::Receiver<bool> {
        self.turned.subscribe()
    }

    /// Whoever asks has its start signed; what it has signed itself, it is said who asks, is heard.
    pub(crate) async fn answer(&self, said: &Said, who: &str) -> String {
        if let Some(word) = said.word() {
            self.hear(&[word], who).await;
        }
        let sig = self.sign(said.start).map_or(Signature([0; 64]), |signed| signed.sig);
        word::answer(self.machine(), self.id(), &sig)
    }

    /// Somebody has signed this start, they say at this place. It is a twin if it has.
    pub(crate) async fn hear(&self, words: &[StartSignature], place: &str) {
        let Some(word) = words.iter().find(|word| self.start.is_twin(word)) else { return };
        if !self.is_due() {
            return;
        }
        tracing::error!("another machine has this one's key, heard of {place}: run `homie rekey` on the copy");
        let (state, machine, at, start) = (self.state.clone(), self.machine(), place.to_owned(), word.start);
        let written = spawn_blocking(move || ClonedFile::heard(&state, machine, &at, start)).await;
        if let Ok(Err(error)) = written {
            // Whoever starts the next one sees that it is not there.
            tracing::error!("that cannot be written down: {error}");
        }
        if !self.is_closed {
            self.turned.send_replace(true);
        }
    }

    fn is_due(&self) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = written.is_none_or(|at| at.elapsed() >= WRITTEN_EVERY);
        if is_due {
            *written = Some(Instant::now());
        }
        is_due
    }

    /// Of a gateway that is closed: looks for the word that it may open.
    pub(crate) fn wait_for_a_word(self: &Arc<Self>, tasks: &Tasks) {
        if !self.is_closed {
            return;
        }
        let twin = Arc::clone(self);
        tasks.spawn(async move {
            while ClonedFile::lies(&twin.state) {
                sleep(LOOK).await;
            }
            twin.turned.send_replace(true);
        });
    }
}
