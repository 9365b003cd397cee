//! First answers, kept for the requests that come again: a lost response never makes two shells.
//!
//! A key that comes again while its first request still runs waits for the same answer. Bounds: see [`Answers::ask`].

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, RequestKey};
use crate::limits::{KEY_KEPT_MS, KEYS};

/// Bytes of all kept answers together; beyond it the oldest is forgotten. An answer to an act is a few hundred bytes.
pub const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Whose key it is: keys of different callers never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A device that has proved its key.
    Device(DeviceId),
    /// A user of this machine, known by the socket.
    User(u32),
    /// A machine of the tailnet without a key, by the start of the hash of its name.
    Machine(DeviceId),
}

/// What is asked again if its answer is lost: a key, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who asks.
    pub asker: Asker,
    /// Under which key.
    pub key: RequestKey,
}

/// What becomes of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask<W> {
    /// The first of its key: act, then call [`Answers::answer`] or [`Answers::abandon`].
    Act,
    /// The first one still runs; the waiter will come out of [`Answers::answer`].
    Wait,
    /// It was answered before.
    Known(Vec<u8>, W),
    /// The key belongs to another method: it was not random.
    OtherMethod(W),
    /// Every place is taken by requests that still run.
    Full(W),
}

/// The answers of one server. `W` is whoever waits for an answer: a circuit and a request id.
#[derive(Debug)]
pub struct Answers<W> {
    entries: HashMap<Wish, Entry<W>>,
    /// Those with an answer and until when it is kept, the oldest first.
    answered: VecDeque<(u64, Wish)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<W> {
    method: &'static str,
    state: State<W>,
}

#[derive(Debug)]
enum State<W> {
    Running(Vec<W>),
    Answered(Vec<u8>),
}

impl<W> Default for Answers<W> {
    fn default() -> Self {
        Self { entries: HashMap::new(), answered: VecDeque::new(), bytes: 0 }
    }
}

impl<W> Answers<W> {
    /// Asks what to do with a request. At most 1,024 keys are known: the oldest answer makes room, and if all of them
    /// still run, the request is refused. Waiters are bounded by the requests their circuits may have.
    pub fn ask(&mut self, now: u64, wish: Wish, method: &'static str, waiter: W) -> Ask<W> {
        self.forget_old(now);
        if let Some(entry) = self.entries.get_mut(&wish) {
            if entry.method != method {
                return Ask::OtherMethod(waiter);
            }
            return match &mut entry.state {
                State::Answered(answer) => Ask::Known(answer.clone(), waiter),
                State::Running(waiting) => {
                    waiting.push(waiter);
                    Ask::Wait
                }
            };
        }
        if self.entries.len() >= KEYS && !self.forget_oldest() {
            return Ask::Full(waiter);
        }
        self.entries.insert(wish, Entry { method, state: State::Running(vec![waiter]) });
        Ask::Act
    }

    /// Keeps the first answer and gives everyone who waits for it, whoever asked first among them.
    pub fn answer(&mut self, now: u64, wish: Wish, answer: Vec<u8>) -> Vec<W> {
        let Some(entry) = self.entries.get_mut(&wish) else { return Vec::new() };
        let State::Running(waiting) = &mut entry.state else { return Vec::new() };
        let waiting = std::mem::take(waiting);
        entry.state = State::Answered(Vec::new());
        self.keep(now + KEY_KEPT_MS, wish, answer);
        waiting
    }

    /// Takes in the answer to a wish that an earlier server was asked, `age` milliseconds ago. What is known already stays.
    pub fn remember(&mut self, now: u64, age: u64, wish: Wish, method: &'static str, answer: Vec<u8>) {
        self.forget_old(now);
        if age >= KEY_KEPT_MS || self.entries.contains_key(&wish) {
            return;
        }
        if self.entries.len() >= KEYS && !self.forget_oldest() {
            return;
        }
        self.entries.insert(wish, Entry { method, state: State::Answered(Vec::new()) });
        self.keep(now + KEY_KEPT_MS - age, wish, answer);
    }

    /// The act came to nothing and was not answered: the key is free again.
    pub fn abandon(&mut self, wish: Wish) -> Vec<W> {
        if !matches!(self.entries.get(&wish), Some(Entry { state: State::Running(_), .. })) {
            return Vec::new();
        }
        match self.entries.remove(&wish) {
            Some(Entry { state: State::Running(waiting), .. }) => waiting,
            _ => Vec::new(),
        }
    }

    fn keep(&mut self, until: u64, wish: Wish, kept: Vec<u8>) {
        let Some(Entry { state: State::Answered(answer), .. }) = self.entries.get_mut(&wish) else { return };
        self.bytes += kept.len();
        *answer = kept;
        let place = self.answered.partition_point(|(other, _)| *other <= until);
        self.answered.insert(place, (until, wish));
        while self.bytes > KEPT_BYTES && self.forget_oldest() {}
    }

    fn forget_old(&mut self, now: u64) {
        while self.answered.front().is_some_and(|(until, _)| *until <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((_, oldest)) = self.answered.pop_front() else { return false };
        if let Some(Entry { state: State::Answered(answer), .. }) = self.entries.remove(&oldest) {
            self.bytes -= answer.len();
        }
        true
    }
}

#[cfg(test)]
mod tests;
