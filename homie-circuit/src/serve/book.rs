//! The book of first answers that all circuits of a server share. The rules are in `homie_protocol::machine::answers`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::again;
use homie_protocol::machine::answers::{Answers, Ask, Wish};
use homie_protocol::method::refusal;
use tokio::time::Instant;

use super::requests::respond;
use super::slots::Slot;
use crate::pulse::since;

/// First answers to requests with a key.
#[derive(Debug, Clone)]
pub struct AnswerBook {
    born: Instant,
    answers: Arc<Mutex<Answers<Slot>>>,
}

impl Default for AnswerBook {
    fn default() -> Self {
        Self { born: Instant::now(), answers: Arc::default() }
    }
}

impl AnswerBook {
    /// Takes in the first answer to a wish that an earlier server acted on so many milliseconds ago, for what is left of its
    /// ten minutes.
    pub fn remember(&self, wish: Wish, method: &'static str, age: u64, answer: Vec<u8>) {
        self.lock().remember(since(self.born), age, wish, method, answer);
    }

    /// Takes in a request with a key. `Some` if it is the first, and so to be acted on; every other is answered from the
    /// book, now or when the first is.
    pub(super) fn first(&self, wish: Wish, method: &'static str, slot: Slot) -> Option<Acting> {
        let ask = self.lock().ask(since(self.born), wish, method, slot);
        match ask {
            Ask::Act => return Some(Acting { book: self.clone(), wish, answered: false }),
            Ask::Wait => {}
            Ask::Known(answer, slot) => tell(slot, &answer),
            Ask::OtherMethod(slot) => refuse(slot, Code::OutOfRange, "key: was used for another method"),
            Ask::Full(slot) => refuse(slot, Code::Busy, "too many acts are under way, ask again later"),
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Answers<Slot>> {
        // Every change is whole before anything that could panic.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The act of a key, under way. If it is dropped without an answer, those who wait are told that it failed.
#[derive(Debug)]
pub(super) struct Acting {
    book: AnswerBook,
    wish: Wish,
    answered: bool,
}

impl Acting {
    /// Keeps the answer and tells everyone who waits for it.
    pub(super) fn answer(mut self, answer: &[u8]) {
        self.answered = true;
        let slots = self.book.lock().answer(since(self.book.born), self.wish, answer.to_vec());
        for slot in slots {
            tell(slot, answer);
        }
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let slots = self.book.lock().abandon(self.wish);
        for slot in slots {
            refuse(slot, Code::Internal, "the request failed on this side; look before you ask again");
        }
    }
}

fn tell(slot: Slot, answer: &[u8]) {
    match again(slot.id(), answer) {
        Ok(answer) => respond(slot, &answer),
        Err(error) => {
            let refused = refusal(slot.id(), &error.into());
            respond(slot, &refused);
        }
    }
}

fn refuse(slot: Slot, code: Code, message: &str) {
    let refused = refusal(slot.id(), &Refusal::new(code, message));
    respond(slot, &refused);
}
