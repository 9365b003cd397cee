//! Which sessions there are and how they are: a table without clock, lock or socket. `L` is the link to a holder.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::time::{Duration, Instant};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Changed, LinkWelcome};
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::limits::{PAGE, SESSIONS};
use homie_protocol::methods::session::{Cost, ExitStatus, ListOutput, SessionInfo, SessionState};

mod names;
mod past;

use names::{Promised, name_taken, numbered};
pub(crate) use past::Left;

/// How long the holder of a session that is over stays, so that its last output can be looked at.
pub(crate) const KEPT: Duration = Duration::from_mins(10);

/// Holders of sessions that are over; beyond it the one that ended first is buried before its time.
pub(crate) const KEPT_MOST: usize = 64;

/// The sessions of this machine.
#[derive(Debug)]
pub(crate) struct Registry<L> {
    sessions: BTreeMap<SessionId, Entry<L>>,
    /// One for each session that is being started.
    starting: Promised,
    /// One for each session that is being renamed.
    renaming: Promised,
    /// Those that are over and whose holders are not gone for good, in the order of their ends.
    over: VecDeque<(SessionId, Instant)>,
}

#[derive(Debug)]
struct Entry<L> {
    info: SessionInfo,
    link: Option<L>,
    /// Its holder does not answer and is asked again.
    is_sought: bool,
    /// When it ended, milliseconds since 1970, if its holder is gone and the history has what there is to know.
    past: Option<u64>,
    /// It is being run again.
    is_reborn: bool,
}

impl<L> Default for Registry<L> {
    fn default() -> Self {
        let (starting, renaming) = (Promised::default(), Promised::default());
        Self { sessions: BTreeMap::new(), starting, renaming, over: VecDeque::new() }
    }
}

impl<L: Clone> Registry<L> {
    /// Keeps a place and a name for a session that is being started. Above the limit nothing is started. A name that was
    /// chosen is had or refused, one that was not gets a number where it is taken.
    pub(crate) fn reserve(&mut self, wanted: &Wanted) -> Result<String, Refusal> {
        let running = self.sessions.values().filter(|entry| entry.info.state == SessionState::Running).count();
        if running + self.starting.len() >= SESSIONS {
            return Err(Refusal::new(
                Code::Busy,
                format!("{SESSIONS} sessions run already: end one, then start another"),
            ));
        }
        let name = match wanted {
            Wanted::Chosen(name) if self.is_taken(name, None) => return Err(name_taken(name)),
            Wanted::Chosen(name) => name.clone(),
            Wanted::Any(name) => numbered(name, |name| self.is_taken(name, None)),
        };
        self.starting.add(&name);
        Ok(name)
    }

    /// Gives place and name back: the session is listed now, or was not to be.
    pub(crate) fn release(&mut self, name: &str) {
        self.starting.remove(name);
    }

    /// Keeps a name for a session that is being renamed.
    pub(crate) fn promise(&mut self, id: SessionId, name: &str) -> Result<(), Refusal> {
        if self.is_taken(name, Some(id)) {
            return Err(name_taken(name));
        }
        self.renaming.add(name);
        Ok(())
    }

    /// The session has its new name now, or was not to have it.
    pub(crate) fn renamed(&mut self, id: SessionId, name: String, is_done: bool) -> bool {
        self.renaming.remove(&name);
        let Some(entry) = self.sessions.get_mut(&id).filter(|_| is_done) else { return false };
        let before = std::mem::replace(&mut entry.info.name, name);
        before != entry.info.name
    }

    /// Whether another session that runs has this name or is about to.
    fn is_taken(&self, name: &str, but: Option<SessionId>) -> bool {
        let mut running = self.sessions.values().filter(|entry| entry.info.state == SessionState::Running);
        let has = running.any(|entry| entry.info.name == name && Some(entry.info.id) != but);
        has || self.starting.has(name) || self.renaming.has(name)
    }

    /// Lists a session.
    pub(crate) fn insert(&mut self, info: SessionInfo, now: Instant) {
        let (id, is_over) = (info.id, info.state != SessionState::Running);
        self.over.retain(|(over, _)| *over != id);
        self.sessions.insert(id, Entry { info, link: None, is_sought: false, past: None, is_reborn: false });
        if is_over {
            self.note_over(id, now);
        }
    }

    /// The holder answers: what it says of itself is the truth. Whether anything changed.
    pub(crate) fn linked(&mut self, id: SessionId, link: L, told: &Told, now: Instant) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        entry.link = Some(link);
        entry.is_sought = false;
        let before = entry.info.clone();
        entry.info.incarnation = told.incarnation;
        entry.info.pid = Some(told.pid);
        entry.info.holder_pid = Some(told.holder_pid);
        self.changed(id, told.changed.clone(), now);
        self.info(id) != Some(&before)
    }

    /// The holder's link is gone, and its viewers with it. Whether anything changed.
    pub(crate) fn unlinked(&mut self, id: SessionId) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        entry.link = None;
        std::mem::take(&mut entry.info.viewers) != 0
    }

    /// The holder tells of a new size, of activity or of the program's end. Whether anything changed.
    pub(crate) fn changed(&mut self, id: SessionId, changed: Changed, now: Instant) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        let before = entry.info.clone();
        let Changed { size, exit, last_activity_at, face, .. } = changed;
        entry.info.size = size;
        entry.info.exit = exit;
        entry.info.last_activity_at = last_activity_at;
        entry.info.face = face;
        entry.info.state = if exit.is_some() { SessionState::Exited } else { SessionState::Running };
        // The number may be somebody else's by now.
        entry.info.pid = entry.info.pid.filter(|_| exit.is_none());
        let is_changed = before != entry.info;
        match exit {
            Some(_) => self.note_over(id, now),
            None => self.over.retain(|(over, _)| *over != id),
        }
        is_changed
    }

    /// The holder is gone: with its last word about the exit, or without. Whether anything changed.
    pub(crate) fn gone(&mut self, id: SessionId, exit: Option<ExitStatus>, now: Instant) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        let before = entry.info.clone();
        entry.link = None;
        entry.is_sought = false;
        entry.info.viewers = 0;
        entry.info.pid = None;
        entry.info.holder_pid = None;
        entry.info.exit = exit.or(entry.info.exit);
        entry.info.state = if entry.info.exit.is_some() { SessionState::Exited } else { SessionState::Lost };
        let is_changed = entry.info != before;
        self.note_over(id, now);
        is_changed
    }

    /// The holder does not answer: the same to look at, but whoever wants to attach may come again. Whether anything changed.
    pub(crate) fn silent(&mut self, id: SessionId, exit: Option<ExitStatus>, now: Instant) -> bool {
        let is_changed = self.gone(id, exit, now);
        if let Some(entry) = self.sessions.get_mut(&id) {
            entry.is_sought = true;
        }
        is_changed
    }

    /// What it prints is recorded, or no longer. Whether that is new.
    pub(crate) fn recorded(&mut self, id: SessionId, is_recorded: bool) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        std::mem::replace(&mut entry.info.recording, is_recorded) != is_recorded
    }

    /// So many viewers look now. Whether that is new.
    pub(crate) fn viewed(&mut self, id: SessionId, viewers: u32) -> bool {
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        std::mem::replace(&mut entry.info.viewers, viewers) != viewers
    }

    /// A session as lists show it.
    pub(crate) fn info(&self, id: SessionId) -> Option<&SessionInfo> {
        self.sessions.get(&id).map(|entry| &entry.info)
    }

    /// A session and the link to its holder, for whoever wants to look at it.
    pub(crate) fn open(&self, id: SessionId) -> Result<(&SessionInfo, L), Refusal> {
        let entry = self.sessions.get(&id).ok_or_else(|| unknown(id))?;
        let link = entry.link.clone().ok_or_else(|| {
            if entry.is_sought || entry.info.state == SessionState::Running {
                let words = format!("session: the holder of {id} does not answer just now; try again");
                return Refusal::new(Code::Unreachable, words);
            }
            Refusal::new(Code::Ended, format!("session: {id} is over and its holder gone; it can be run again"))
        })?;
        Ok((&entry.info, link))
    }

    /// The links to all holders that are not gone for good.
    pub(crate) fn open_all(&self) -> Vec<(SessionId, Result<L, Refusal>)> {
        let opened = self.sessions.keys().map(|id| (*id, self.open(*id).map(|(_, link)| link)));
        opened.filter(|(_, link)| !matches!(link, Err(refusal) if refusal.code == Code::Ended)).collect()
    }

    /// The link to the holder of a session that runs.
    pub(crate) fn running(&self, id: SessionId) -> Result<L, Refusal> {
        let (info, link) = self.open(id)?;
        match info.state {
            SessionState::Running => Ok(link),
            SessionState::Exited | SessionState::Lost | SessionState::Ended => {
                Err(Refusal::new(Code::Ended, format!("session: the program of {id} has ended")))
            }
        }
    }

    /// A page in the order of the ids: as many sessions as an answer may hold.
    pub(crate) fn page(&self, after: Option<SessionId>) -> ListOutput {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.sessions.range((from, Bound::Unbounded)).map(|(_, entry)| &entry.info).peekable();
        let (mut sessions, mut cost) = (Vec::new(), Cost::default());
        while let Some(info) = rest.next_if(|info| cost.admits(info) && sessions.len() < PAGE) {
            sessions.push(info.clone());
        }
        let next = rest.next().and(sessions.last()).map(|last| last.id);
        ListOutput { sessions, next }
    }

    /// The holder of a session that is over is to go: gives the link to it. Without one the session is taken off the list.
    pub(crate) fn bury(&mut self, id: SessionId) -> Option<L> {
        self.over.retain(|(over, _)| *over != id);
        match self.sessions.get(&id).and_then(|entry| entry.link.clone()) {
            Some(link) => Some(link),
            None => self.remove(id),
        }
    }

    /// Takes a session off the list for good, and gives the link to its holder if that still lives.
    pub(crate) fn remove(&mut self, id: SessionId) -> Option<L> {
        self.over.retain(|(over, _)| *over != id);
        self.sessions.remove(&id).and_then(|entry| entry.link)
    }

    /// The session to bury now, or else when to ask again.
    pub(crate) fn due(&self, now: Instant) -> Due {
        let Some((id, ended)) = self.over.front() else { return Due::Never };
        let at = *ended + KEPT;
        if at <= now || self.over.len() > KEPT_MOST { Due::Now(*id) } else { Due::At(at) }
    }

    fn note_over(&mut self, id: SessionId, now: Instant) {
        if !self.over.iter().any(|(over, _)| *over == id) {
            self.over.push_back((id, now));
        }
    }
}

/// Why nothing can be said of this session.
pub(crate) fn unknown(id: SessionId) -> Refusal {
    Refusal::new(Code::NotFound, format!("session: there is no {id} here; list shows which there are"))
}

/// What a holder says of its session when a link comes up.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Its present birth.
    pub(crate) incarnation: Incarnation,
    /// The program's process id.
    pub(crate) pid: u32,
    /// The holder's.
    pub(crate) holder_pid: u32,
    /// What it would say if it changed now.
    pub(crate) changed: Changed,
    /// How long nobody has looked at it, as far as the holder knows.
    pub(crate) unseen: Duration,
}

impl From<&LinkWelcome> for Told {
    fn from(welcome: &LinkWelcome) -> Self {
        let LinkWelcome { incarnation, pid, holder_pid, size, exit, last_activity_at, history_bytes, .. } = *welcome;
        let face = welcome.face.clone();
        let changed = Changed { size, exit, last_activity_at, face, history_bytes };
        let unseen = Duration::from_millis(welcome.memory.map_or(0, |memory| memory.unseen_ms));
        Self { incarnation, pid, holder_pid, changed, unseen }
    }
}

/// The name a session is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This one.
    Chosen(String),
    /// One like this.
    Any(String),
}

/// When the next session is to be buried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Now, this one.
    Now(SessionId),
    /// Not before this.
    At(Instant),
    /// No session is over.
    Never,
}

#[cfg(test)]
mod tests;
