//! The session joined to its screen.

use std::time::Instant;

use homie_protocol::limits::RING;

use super::{GATHER, Held};
use crate::screen::{Answer, BEHIND};

impl Held {
    /// Whether reading rests, because the screen is too far behind.
    pub(crate) fn rests(&self) -> bool {
        self.screening.behind(self.session.ring.kept().end) >= BEHIND
    }

    /// Bytes that can be read without overwriting what the screen has not seen; one read may bring a little more.
    pub(super) fn room(&self) -> usize {
        let behind = self.screening.behind(self.session.ring.kept().end);
        usize::try_from((RING as u64).saturating_sub(behind)).unwrap_or(0).saturating_sub(GATHER)
    }

    /// Takes what the screen thread has said.
    pub(crate) fn hear_screen(&mut self, now: Instant) {
        while let Some(answer) = self.screening.hear(self.session.ring.kept().end, now) {
            self.screened(answer);
        }
    }

    /// Gives the screen thread what is due, and looks whether it moves.
    pub(crate) fn attend_screen(&mut self, now: Instant) {
        let end = self.session.ring.kept().end;
        self.screening.watch(end, now);
        for history in self.session.wishes() {
            self.screening.snapshot(end, history);
        }
        self.screening.hand_over(&self.session.ring, now);
    }

    fn screened(&mut self, answer: Answer) {
        match answer {
            Answer::Snapshot(snapshot) => self.session.offer(&snapshot),
            Answer::Fed { .. } | Answer::Done => {}
        }
    }
}
