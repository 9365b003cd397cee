//! Changes of sessions that can wait a little: what they show to those who do not look, and when they were last active.
//!
//! A holder tells them twice a second, and 64 busy sessions would take a slow link for themselves. So of them all a few
//! are told at a time, each as it is then, in turn. The first after a rest is told at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use homie_protocol::id::SessionId;
use homie_protocol::methods::session::SessionInfo;
use tokio::time::sleep;

use crate::shared::Shared;

/// How often some are told.
const EVERY: Duration = Duration::from_millis(250);

/// How many at once: 16 a second, some 20 KB.
const AT_ONCE: usize = 4;

/// Sessions with a change that waits, the longest waiting first.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    waiting: VecDeque<SessionId>,
}

impl Quiet {
    /// A session has changed and is to be told.
    pub(crate) fn note(&mut self, session: SessionId) {
        if !self.waiting.contains(&session) {
            self.waiting.push_back(session);
        }
    }

    /// It was told, for another reason.
    pub(crate) fn told(&mut self, session: SessionId) {
        self.waiting.retain(|waiting| *waiting != session);
    }

    /// Those to tell now.
    pub(crate) fn due(&mut self) -> Vec<SessionId> {
        let count = AT_ONCE.min(self.waiting.len());
        self.waiting.drain(..count).collect()
    }
}

/// Whether a change can wait: nothing has changed but what a session shows and when it was active.
pub(crate) fn can_wait(before: &SessionInfo, after: &SessionInfo) -> bool {
    let SessionInfo { face, last_activity_at, .. } = after.clone();
    SessionInfo { face, last_activity_at, ..before.clone() } == *after
}

/// Tells what waits, until the node stops.
pub(crate) async fn tell_in_turn(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = shared.sessions.quietly_changed() => {}
            () = shared.tasks.stopping() => return,
        }
        while shared.sessions.tell_some() {
            tokio::select! {
                () = sleep(EVERY) => {}
                () = shared.tasks.stopping() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    #[test]
    fn all_are_told_in_turn_however_often_one_changes() {
        let mut quiet = Quiet::default();
        for number in 0..6 {
            quiet.note(id(number));
        }
        quiet.note(id(0));
        assert_eq!(quiet.due(), [0, 1, 2, 3].map(id));
        quiet.note(id(0));
        assert_eq!(quiet.due(), [4, 5, 0].map(id));
        assert_eq!(quiet.due(), []);
    }

    #[test]
    fn what_was_told_does_not_wait() {
        let mut quiet = Quiet::default();
        quiet.note(id(1));
        quiet.note(id(2));
        quiet.told(id(1));
        assert_eq!(quiet.due(), [id(2)]);
    }
}
