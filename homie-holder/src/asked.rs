//! What the node has asked for and is to be answered, without a channel.

use std::collections::VecDeque;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Done, FromHolder};

/// Searches and captures at once: a few people look, and a megabyte of answers may wait.
const LOOKS: usize = 8;

#[derive(Default)]
pub(crate) struct Asked {
    /// Those who wait until nothing of the session runs.
    ending: Vec<u32>,
    /// Those who wait until the program has been told that no input follows.
    ending_input: Vec<u32>,
    /// Searches and captures that are under way, or whose answers wait.
    looks: usize,
    /// Their answers, which are large: one at a time goes into the outbox, when it is empty.
    seen: VecDeque<FromHolder>,
    /// What is due. It is said in the turn in which it falls due, and the outbox has a bound.
    answers: Vec<Done>,
}

impl Asked {
    /// Answers a wish.
    pub(crate) fn answer(&mut self, ask: u32, outcome: Result<(), Refusal>) {
        self.answers.push(Done { ask, reason: outcome.err() });
    }

    /// This wish waits until nothing runs.
    pub(crate) fn end(&mut self, ask: u32) {
        self.ending.push(ask);
    }

    /// This wish waits until the program knows that no input follows.
    pub(crate) fn end_input(&mut self, ask: u32) {
        self.ending_input.push(ask);
    }

    /// It knows.
    pub(crate) fn input_ended(&mut self) {
        for ask in std::mem::take(&mut self.ending_input) {
            self.answer(ask, Ok(()));
        }
    }

    /// Nothing runs, or something that could not be ended.
    pub(crate) fn ended(&mut self, outcome: &Result<(), Refusal>) {
        for ask in std::mem::take(&mut self.ending) {
            self.answer(ask, outcome.clone());
        }
    }

    /// Whether one more may look. If not the wish is refused.
    pub(crate) fn admits(&mut self, ask: u32) -> bool {
        let admits = self.looks < LOOKS;
        if admits {
            self.looks += 1;
        } else {
            self.answer(ask, Err(Refusal::new(Code::Busy, "session: too many searches and captures at once")));
        }
        admits
    }

    /// What somebody who looked will see.
    pub(crate) fn seen(&mut self, answer: FromHolder) {
        self.seen.push_back(answer);
    }

    /// The next of that.
    pub(crate) fn next_seen(&mut self) -> Option<FromHolder> {
        let seen = self.seen.pop_front()?;
        self.looks = self.looks.saturating_sub(1);
        Some(seen)
    }

    /// Whether more of that waits.
    pub(crate) fn has_seen(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Somebody who looked will see nothing.
    pub(crate) fn unseen(&mut self, ask: u32) {
        self.looks = self.looks.saturating_sub(1);
        self.answer(ask, Err(Refusal::new(Code::Internal, "session: its screen was lost, ask again")));
    }

    /// What is to be said now.
    pub(crate) fn due(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.answers)
    }
}
