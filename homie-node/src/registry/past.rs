//! Sessions that are past: shown from the history, bounded in number and age, and run again.

use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{SessionInfo, SessionState};

use super::{Entry, Registry, Wanted, unknown};
use crate::over::{PAST_MOST, PAST_MS};

/// Whether a session can be shown from the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Left {
    /// Its holder is there, or may come back.
    No,
    /// Its holder is gone, and what there is to know is being written down.
    Soon,
    /// All is written down.
    Past(Box<SessionInfo>),
}

impl<L: Clone> Registry<L> {
    /// A session's holder is gone for good, and the history has what there is to know. Whether anything changed.
    pub(crate) fn past(&mut self, info: SessionInfo, ended_at: u64) -> bool {
        let id = info.id;
        self.over.retain(|(over, _)| *over != id);
        let before = self.sessions.remove(&id);
        let is_reborn = before.as_ref().is_some_and(|entry| entry.is_reborn);
        let is_changed = before.is_none_or(|entry| entry.info != info);
        self.sessions.insert(id, Entry { info, link: None, is_sought: false, past: Some(ended_at), is_reborn });
        is_changed
    }

    /// Whether a session can be shown from the history.
    pub(crate) fn left(&self, id: SessionId) -> Left {
        let Some(entry) = self.sessions.get(&id) else { return Left::No };
        match entry.past {
            Some(_) => Left::Past(Box::new(entry.info.clone())),
            None if entry.link.is_none() && !entry.is_sought && entry.info.state != SessionState::Running => Left::Soon,
            None => Left::No,
        }
    }

    /// The sessions that can be shown from the history, those that ended last first.
    pub(crate) fn all_past(&self) -> Vec<SessionInfo> {
        self.newest_past().into_iter().map(|(_, entry)| entry.info.clone()).collect()
    }

    /// The sessions that are too old, or too many.
    pub(crate) fn stale(&self, now_ms: u64) -> Vec<SessionId> {
        let past = self.newest_past().into_iter().filter(|(_, entry)| !entry.is_reborn);
        let is_old = |ended_at: u64| now_ms.saturating_sub(ended_at) > PAST_MS;
        let stale = past.enumerate().filter(|(index, (ended_at, _))| *index >= PAST_MOST || is_old(*ended_at));
        stale.map(|(_, (_, entry))| entry.info.id).collect()
    }

    fn newest_past(&self) -> Vec<(u64, &Entry<L>)> {
        let past = self.sessions.values().filter_map(|entry| Some((entry.past?, entry)));
        let mut past: Vec<_> = past.collect();
        past.sort_unstable_by_key(|(ended_at, entry)| std::cmp::Reverse((*ended_at, entry.info.id)));
        past
    }

    /// Keeps a place and a name for a session that is to be run again, and gives the link to its old holder if that still
    /// lives. The name is its own; if another session that runs has it by now, it gets a number.
    pub(crate) fn reborn(&mut self, id: SessionId) -> Result<(String, Option<L>), Refusal> {
        let entry = self.sessions.get(&id).ok_or_else(|| unknown(id))?;
        if entry.info.state == SessionState::Running {
            let words = format!("session: {id} runs; kill it first, then it can be run again");
            return Err(Refusal::new(Code::WrongState, words));
        }
        if entry.is_reborn {
            return Err(Refusal::new(Code::WrongState, format!("session: {id} is being run again already")));
        }
        if entry.is_sought {
            let words = format!("session: the holder of {id} does not answer just now; try again");
            return Err(Refusal::new(Code::Unreachable, words));
        }
        let (wanted, link) = (Wanted::Any(entry.info.name.clone()), entry.link.clone());
        let name = self.reserve(&wanted)?;
        if let Some(entry) = self.sessions.get_mut(&id) {
            entry.is_reborn = true;
        }
        Ok((name, link))
    }

    /// Gives place and name back: the session runs again, or is not to. Whether anything changed.
    pub(crate) fn not_reborn(&mut self, id: SessionId, name: &str, now: Instant) -> bool {
        self.release(name);
        let Some(entry) = self.sessions.get_mut(&id) else { return false };
        let was_reborn = std::mem::take(&mut entry.is_reborn);
        if was_reborn && entry.past.is_none() && entry.info.state != SessionState::Running {
            self.note_over(id, now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{id, registry, running, told};
    use super::*;

    fn over(number: u8) -> SessionInfo {
        SessionInfo { state: SessionState::Lost, ..running(number) }
    }

    #[test]
    fn what_is_past_is_no_longer_buried_and_can_be_shown() {
        let (mut registry, now) = registry([1]);
        assert_eq!((registry.left(id(1)), registry.left(id(9))), (Left::No, Left::No));
        registry.gone(id(1), None, now);
        assert_eq!(registry.left(id(1)), Left::Soon);
        // The list says the same as before.
        assert!(!registry.past(over(1), 5));
        assert_eq!(registry.left(id(1)), Left::Past(Box::new(over(1))));
        assert_eq!(registry.due(now), super::super::Due::Never);
        assert!(registry.past(SessionInfo { state: SessionState::Ended, ..over(1) }, 5));
    }

    #[test]
    fn a_holder_that_may_come_back_is_not_past() {
        let (mut registry, now) = registry([1]);
        registry.silent(id(1), None, now);
        assert_eq!(registry.left(id(1)), Left::No);
        assert_eq!(registry.reborn(id(1)).unwrap_err().code, Code::Unreachable);
    }

    #[test]
    fn a_holder_that_is_buried_stays_listed_until_it_is_past() {
        let (mut registry, now) = registry([1, 2]);
        registry.linked(id(1), 7, &told(Some(super::super::tests::ENDED)), now);
        assert_eq!(registry.bury(id(1)), Some(7));
        assert!(registry.info(id(1)).is_some());
        assert_eq!(registry.due(now), super::super::Due::Never);
        // One without a holder that was never written down is not.
        registry.gone(id(2), None, now);
        assert_eq!(registry.bury(id(2)), None);
        assert!(registry.info(id(2)).is_none());
    }

    #[test]
    fn the_oldest_are_stale_by_age_and_by_number() {
        let (mut registry, _) = registry([250]);
        for number in 0..=PAST_MOST {
            let number = u8::try_from(number).unwrap();
            registry.past(over(number), 1_000 + u64::from(number));
        }
        assert_eq!(registry.stale(2_000), [id(0)]);
        let stale = registry.stale(1_003 + PAST_MS);
        assert_eq!(stale, [id(2), id(1), id(0)]);
    }

    #[test]
    fn one_at_a_time_is_born_again_and_takes_a_place() {
        // All but two of those that may run.
        let (mut registry, now) = registry((0..=u8::MAX).filter(|number| !(99..=101).contains(number)));
        registry.reserve(&Wanted::Any("y".to_owned())).unwrap();
        assert_eq!(registry.reborn(id(1)).unwrap_err().code, Code::WrongState);
        assert_eq!(registry.reborn(id(99)).unwrap_err().code, Code::NotFound);
        registry.past(SessionInfo { name: "desk".to_owned(), ..over(100) }, 5);
        registry.past(over(101), 6);
        assert_eq!(registry.reborn(id(100)).unwrap(), ("desk".to_owned(), None));
        assert_eq!(registry.reborn(id(100)).unwrap_err().code, Code::WrongState);
        // Those that run are all called `sh`.
        assert_eq!(registry.reborn(id(101)).unwrap().0, "sh-2");
        assert_eq!(registry.reserve(&Wanted::Any("x".to_owned())).unwrap_err().code, Code::Busy);
        // Whoever is being born again is not forgotten meanwhile.
        assert_eq!(registry.stale(10 + PAST_MS), []);
        registry.not_reborn(id(100), "desk", now);
        assert_eq!(registry.stale(10 + PAST_MS), [id(100)]);
        registry.reserve(&Wanted::Any("x".to_owned())).unwrap();
    }
}
