//! What is told without a place in the output: input acks, that the session has changed, answers, the clipboard.

use std::time::Instant;

use homie_protocol::frame::{Header, Kind};
use homie_protocol::holder::{Changed, FromHolder};

use super::{Session, tell};
use crate::outbox::Outbox;

impl Session {
    /// Says what overtakes output: input acks, that the session has changed, and after it what was done.
    /// Acks rest until output follows, or for a moment.
    pub(crate) fn overtake(&mut self, output_follows: bool, outbox: &mut Outbox) {
        let now = Instant::now();
        if output_follows || self.acks_due.is_some_and(|due| now >= due) {
            self.acknowledge(outbox);
        }
        let is_told = std::mem::take(&mut self.changed) || self.faces.tells(now);
        if is_told {
            self.faces.told(now);
            tell(&self.news(), outbox);
        }
        self.paste(now, outbox);
        for done in self.asked.due() {
            tell(&FromHolder::Done(done), outbox);
        }
    }

    fn acknowledge(&mut self, outbox: &mut Outbox) {
        self.acks_due = None;
        for viewing in self.viewings.values_mut() {
            let (Some((at, modes)), Some(writer)) = (viewing.ack.take(), viewing.writer) else { continue };
            let applied = self.ledger.applied_up_to(writer).unwrap_or_default();
            if let Ok(header) = Header::with_flags(Kind::Ack, modes, viewing.channel, applied) {
                outbox.push(header, &at.get().to_be_bytes());
            }
        }
    }

    /// When the next acks are due, whatever happens.
    pub(crate) fn acks_due(&self) -> Option<Instant> {
        self.acks_due
    }

    /// The session as it is.
    fn news(&self) -> FromHolder {
        FromHolder::Changed(Changed {
            size: self.size,
            exit: self.exit,
            last_activity_at: self.activity.at(),
            face: self.faces.face(),
            history_bytes: self.faces.history_bytes(),
        })
    }

    /// A program puts a text into the clipboard of whoever typed last. If they are not here nobody gets it.
    pub(crate) fn clipboard(&mut self, text: Vec<u8>) {
        self.clipboard = Some(text);
        self.pasting.note();
    }

    fn paste(&mut self, now: Instant, outbox: &Outbox) {
        if !outbox.is_empty() || !self.pasting.take(now) {
            return;
        }
        let typist = self.last_typist;
        let viewing = self.viewings.values_mut().find(|viewing| typist.is_some() && viewing.writer == typist);
        if let (Some(viewing), Some(text)) = (viewing, self.clipboard.take()) {
            viewing.clipboard = Some(text);
        }
    }

    /// When there is something to say that waits, if the link takes it.
    pub(crate) fn deadline(&self, is_heard: bool) -> Option<Instant> {
        let pasting = self.pasting.deadline().filter(|_| is_heard);
        pasting.into_iter().chain(self.faces.deadline(is_heard)).min()
    }
}
