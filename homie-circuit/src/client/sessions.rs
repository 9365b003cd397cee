//! The machine's list of sessions, kept up to date: a snapshot on each circuit, then idempotent changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::control::Event;
use homie_protocol::event::{SessionChanged, Topic};
use homie_protocol::id::SessionId;
use homie_protocol::method::Method;
use homie_protocol::methods::session::{List, ListOutput, ListParams, SessionInfo};
use tokio::sync::watch;

use super::hub::Hub;

/// Sessions of one machine that are kept: those that run, those that are over and those that are past are 520.
const LISTED: usize = 1024;

/// Bytes of such a list: most sessions take a kilobyte, and one that was started with a long command a quarter of a megabyte.
const LISTED_BYTES: usize = 32 * 1024 * 1024;

/// The sessions as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionList {
    /// Whether the list is whole and told of every change. While there is no circuit it is not, and shows the last state.
    pub current: bool,
    /// The sessions by id.
    pub sessions: BTreeMap<SessionId, SessionInfo>,
}

/// The list and whether anybody wants it.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    list: watch::Sender<SessionList>,
    book: Mutex<Subscription>,
}

#[derive(Debug, Default)]
struct Subscription {
    wanted: bool,
    seq: u32,
    /// Bytes of the list.
    weight: usize,
}

impl Sessions {
    /// Wants the list; `true` if nobody did before.
    pub(super) fn want(&self) -> bool {
        !std::mem::replace(&mut self.book().wanted, true)
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.book().wanted
    }

    pub(super) fn watch(&self) -> watch::Receiver<SessionList> {
        self.list.subscribe()
    }

    /// The circuit is over: the list may be out of date.
    pub(super) fn grounded(&self) {
        self.book().seq = 0;
        self.list.send_if_modified(|list| std::mem::take(&mut list.current));
    }

    /// Takes a page; the first one replaces everything.
    fn page(&self, is_first: bool, page: ListOutput) -> Result<(), Refusal> {
        let mut book = self.book();
        let mut taken = Ok(());
        self.list.send_modify(|list| {
            if is_first {
                list.sessions.clear();
                book.weight = 0;
            }
            taken = page.sessions.into_iter().try_for_each(|session| book.keep(&mut list.sessions, session));
            list.current = taken.is_ok() && page.next.is_none();
        });
        taken
    }

    fn changed(&self, seq: u32, change: SessionChanged) -> Result<(), Refusal> {
        let mut book = self.book();
        if seq != book.seq.wrapping_add(1) {
            return Err(Refusal::new(Code::OutOfRange, format!("seq: {seq} after {}", book.seq)));
        }
        book.seq = seq;
        let mut taken = Ok(());
        self.list.send_modify(|list| {
            if let Some(session) = change.session {
                taken = book.keep(&mut list.sessions, session);
            }
            if let Some(removed) = change.removed {
                book.forget(&mut list.sessions, removed);
            }
        });
        taken
    }

    fn book(&self) -> MutexGuard<'_, Subscription> {
        // Whatever has panicked, the circuit is over, and the next list begins anew.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Keeps a session in place of what was known of it, if no more are listed than a machine has.
    fn keep(&mut self, sessions: &mut BTreeMap<SessionId, SessionInfo>, session: SessionInfo) -> Result<(), Refusal> {
        self.weight += session.weight();
        if let Some(before) = sessions.insert(session.id, session) {
            self.weight -= before.weight();
        }
        if sessions.len() <= LISTED && self.weight <= LISTED_BYTES {
            return Ok(());
        }
        Err(Refusal::new(Code::TooMany, "sessions: its list is longer than that of any machine"))
    }

    fn forget(&mut self, sessions: &mut BTreeMap<SessionId, SessionInfo>, session: SessionId) {
        if let Some(gone) = sessions.remove(&session) {
            self.weight -= gone.weight();
        }
    }
}

impl Hub {
    /// Asks for the page after this session, or for the first one with a subscription.
    pub(super) fn list_sessions(self: &Arc<Self>, after: Option<SessionId>) {
        let is_first = after.is_none();
        let params = ListParams { subscribe: is_first.then_some(true), after };
        let hub = Arc::clone(self);
        let answer = Box::new(move |outcome: super::hub::Outcome<'_>| {
            match outcome {
                Ok(ok) => {
                    let page: ListOutput = codec::decode_scanned(ok)?;
                    let next = page.next;
                    hub.sessions().page(is_first, page)?;
                    if next.is_some() {
                        hub.list_sessions(next);
                    }
                }
                // A role that may not look: the list stays as it is, and not current.
                Err(refusal) => tracing::debug!(%refusal, "no list of sessions"),
            }
            Ok(())
        });
        if let Err(refusal) = self.ask_once(List::ROW.name, &params, answer) {
            tracing::error!(%refusal, "the list could not be asked for");
        }
    }

    /// An event on channel 0.
    pub(super) fn session_changed(&self, event: &Event<'_>) -> Result<(), Refusal> {
        if event.topic != SessionChanged::NAME {
            return Err(Refusal::new(Code::UnknownVariant, format!("topic: {} is not told on channel 0", event.topic)));
        }
        self.sessions().changed(event.seq, codec::decode_scanned(event.data)?)
    }
}
