//! What the node has asked for and is to be answered, without a channel.

use homie_protocol::code::Refusal;
use homie_protocol::holder::Done;

#[derive(Default)]
pub(crate) struct Asked {
    /// Those who wait until nothing of the session runs.
    ending: Vec<u32>,
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

    /// Nothing runs, or something that could not be ended.
    pub(crate) fn ended(&mut self, outcome: &Result<(), Refusal>) {
        for ask in std::mem::take(&mut self.ending) {
            self.answer(ask, outcome.clone());
        }
    }

    /// What is to be said now.
    pub(crate) fn due(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.answers)
    }
}
