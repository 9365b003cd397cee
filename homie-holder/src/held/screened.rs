//! The session joined to its screen.

use std::time::{Duration, Instant};

use homie_protocol::holder::FromHolder;
use homie_protocol::id::Offset;
use homie_protocol::limits::RING;
use homie_protocol::methods::session::Theme;
use homie_screen::{Effects, Signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{GATHER, Held};
use crate::clock::micros;
use crate::input::Typist;
use crate::screen::{Answer, BEHIND, Job};
use crate::viewing::history::Wanted;
use crate::viewing::showing::Wish;

/// How long the end of the holder waits for the last screen to be on disk.
const LAST: Duration = Duration::from_secs(1);

impl Held {
    /// Whether reading rests, because the screen is too far behind, or a viewer who needs every byte.
    pub(crate) fn rests(&self) -> bool {
        self.unseen() >= BEHIND || self.room() == 0
    }

    /// Bytes that can be read without overwriting what the screen has not seen, or what a viewer needs; one read may bring
    /// a little more.
    pub(super) fn room(&self) -> usize {
        let end = self.session.ring.kept().end;
        let needed = self.session.needed().map_or(0, |(from, _)| end.since(from));
        let behind = self.unseen().max(needed);
        usize::try_from((RING as u64).saturating_sub(behind)).unwrap_or(0).saturating_sub(GATHER)
    }

    /// Bytes that the screen has not seen.
    fn unseen(&self) -> u64 {
        if self.is_piped() { 0 } else { self.screening.behind(self.session.ring.kept().end) }
    }

    /// When nobody is waited for any longer, if reading rests.
    pub(crate) fn patience(&self) -> Option<Instant> {
        let (_, until) = self.session.needed().filter(|_| self.room() == 0)?;
        Some(Instant::now() + Duration::from_micros(until.saturating_sub(micros())))
    }

    /// Takes what the screen thread has said.
    pub(crate) fn hear_screen(&mut self, now: Instant) {
        while let Some(answer) = self.screening.hear(self.session.ring.kept().end, now) {
            self.screened(answer, now);
        }
    }

    fn screened(&mut self, answer: Answer, now: Instant) {
        match answer {
            Answer::Fed { effects, .. } => self.told(effects, now),
            Answer::Snapshot(snapshot) => {
                self.session.offer(&snapshot);
                if !snapshot.is_skip {
                    self.saving.offer(&snapshot);
                }
            }
            Answer::Preview { lines, history_bytes } => self.session.faces.seen(&lines, history_bytes),
            Answer::Found(found) => self.session.asked.seen(FromHolder::Found(found)),
            Answer::Captured(captured) => self.session.asked.seen(FromHolder::Captured(captured)),
            Answer::Done => {}
        }
    }

    /// Output is on the screen. What it asked is answered as if it were typed, by nobody.
    fn told(&mut self, effects: Effects, now: Instant) {
        let answers = &effects.answers;
        if !answers.is_empty() && self.streams.is_some() && self.session.input.has_room_for_answer(answers.len()) {
            self.session.input.push(Typist::Nobody, answers);
        }
        for (at, signal) in effects.signals {
            match signal {
                Signal::Clipboard(text) => self.session.clipboard(text),
                signal => self.session.faces.signal(at, signal),
            }
        }
        self.session.faces.stirred();
        self.saving.stirred(now);
    }

    /// Gives the screen thread what is due, and looks whether it moves.
    pub(crate) fn attend_screen(&mut self, now: Instant) {
        if self.is_piped() {
            return;
        }
        let end = self.session.ring.kept().end;
        self.screening.watch(end, now);
        if let Some(asks) = self.screening.take_lost() {
            for ask in asks {
                self.session.asked.unseen(ask);
            }
            self.session.faces.lost();
        }
        if self.session.faces.looks(now) {
            self.screening.preview(end);
        }
        for wish in self.session.wishes() {
            match wish {
                Wish::Snapshot(history) => self.screening.snapshot(end, history),
                Wish::Skip { since, most } => self.screening.skip(end, since, most),
            }
        }
        if self.saving.wants(end, now) {
            self.screening.snapshot(end, Wanted::NOTHING);
        }
        let behind: Vec<Offset> = self.session.behind().collect();
        self.screening.hand_over(&self.session.ring, &behind, now);
    }

    /// When the screen needs something, if nothing happens before.
    pub(crate) fn screen_deadline(&self, now: Instant, is_heard: bool) -> Option<Instant> {
        if self.is_piped() {
            return self.session.deadline(is_heard);
        }
        let ours = self.screening.deadline().into_iter().chain(self.saving.deadline(now));
        ours.chain(self.session.deadline(is_heard)).min()
    }

    /// A search or a capture.
    pub(crate) fn look(&mut self, ask: u32, job: Job) {
        if self.is_piped() {
            return self.look_at_errors(ask, &job);
        }
        if self.session.asked.admits(ask) {
            self.screening.look(self.session.ring.kept().end, ask, job);
        }
    }

    /// The history may take so many bytes.
    pub(crate) fn trim(&mut self, bytes: u64) {
        if self.is_piped() {
            return;
        }
        self.screening.limit(self.session.ring.kept().end, usize::try_from(bytes).unwrap_or(usize::MAX));
        self.session.faces.stirred();
    }

    /// Waits until the last screen is on disk, but not for long.
    pub(super) fn save_last(&mut self) {
        if self.is_piped() {
            return;
        }
        self.saving.at_once(self.session.ring.kept().end);
        let until = Instant::now() + LAST;
        loop {
            let now = Instant::now();
            self.attend_screen(now);
            let left = until.saturating_duration_since(now);
            if self.saving.is_done() || left.is_zero() {
                return;
            }
            // The writing thread wakes nobody.
            let most = Timespec::try_from(left.min(Duration::from_millis(10))).ok();
            let wake = self.screening.wake().map(|wake| PollFd::from_borrowed_fd(wake, PollFlags::IN));
            poll(&mut Vec::from_iter(wake), most.as_ref()).unwrap_or_default();
            self.hear_screen(now);
        }
    }
}

/// Colours as the screen takes them.
pub(super) fn colours(theme: Theme) -> homie_screen::Theme {
    homie_screen::Theme {
        foreground: theme.foreground.parts(),
        background: theme.background.parts(),
        cursor: theme.cursor.parts(),
        ..homie_screen::Theme::default()
    }
}
