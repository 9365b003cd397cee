//! What was asked of a holder without a channel, and who waits for the answer.

use std::collections::HashMap;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Captured, Done, Found};
use homie_protocol::methods::session::Match;
use tokio::sync::oneshot;

/// Wishes that wait at once. Each circuit may have 128 requests, and few of them are wishes.
const ASKS: usize = 1024;

/// What the holder says to a wish; an error of the receiver means that the link ended before.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Refusal>>;

/// The answer to a wish that is fulfilled or is not.
pub(crate) type DoneAnswer = Answer<()>;

/// Who waits, and for what kind of answer.
#[derive(Debug)]
pub(super) enum Waiting {
    Done(oneshot::Sender<Result<(), Refusal>>),
    Found(oneshot::Sender<Result<Vec<Match>, Refusal>>),
    Captured(oneshot::Sender<Result<Captured, Refusal>>),
}

/// The wishes of one holder link.
#[derive(Debug, Default)]
pub(super) struct Asks {
    last: u32,
    waiting: HashMap<u32, Waiting>,
    ended: Option<Refusal>,
}

impl Asks {
    /// Gives a wish its number.
    pub(super) fn add<T>(
        &mut self,
        waiting: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Waiting,
    ) -> Result<(u32, Answer<T>), Refusal> {
        if let Some(reason) = &self.ended {
            return Err(reason.clone());
        }
        if self.waiting.len() >= ASKS {
            return Err(Refusal::new(Code::Busy, "session: too much was asked of its holder at once; try again"));
        }
        let (answer_tx, answer_rx) = oneshot::channel();
        self.last = self.last.wrapping_add(1);
        self.waiting.insert(self.last, waiting(answer_tx));
        Ok((self.last, answer_rx))
    }

    /// The holder has fulfilled a wish, or refused one of any kind.
    pub(super) fn done(&mut self, done: Done) -> Result<(), Refusal> {
        match (self.take(done.ask)?, done.reason) {
            (Waiting::Done(answer), reason) => tell(answer, reason.map_or(Ok(()), Err)),
            (Waiting::Found(answer), Some(reason)) => tell(answer, Err(reason)),
            (Waiting::Captured(answer), Some(reason)) => tell(answer, Err(reason)),
            (Waiting::Found(_) | Waiting::Captured(_), None) => return Err(another_kind()),
        }
        Ok(())
    }

    /// The holder has found what was sought.
    pub(super) fn found(&mut self, found: Found) -> Result<(), Refusal> {
        let Waiting::Found(answer) = self.take(found.ask)? else { return Err(another_kind()) };
        tell(answer, Ok(found.matches));
        Ok(())
    }

    /// The holder gives what shows.
    pub(super) fn captured(&mut self, captured: Captured) -> Result<(), Refusal> {
        let Waiting::Captured(answer) = self.take(captured.ask)? else { return Err(another_kind()) };
        tell(answer, Ok(captured));
        Ok(())
    }

    /// The link has ended: nobody will be answered.
    pub(super) fn end(&mut self, reason: &Refusal) {
        self.ended.get_or_insert_with(|| reason.clone());
        self.waiting.clear();
    }

    fn take(&mut self, ask: u32) -> Result<Waiting, Refusal> {
        let nothing = || Refusal::new(Code::UnexpectedFrame, "ask: nothing was asked, or it was answered before");
        self.waiting.remove(&ask).ok_or_else(nothing)
    }
}

fn tell<T>(answer: oneshot::Sender<Result<T, Refusal>>, outcome: Result<T, Refusal>) {
    // Whoever asked may have stopped waiting.
    let _nobody = answer.send(outcome);
}

fn another_kind() -> Refusal {
    Refusal::new(Code::UnexpectedFrame, "ask: something else was asked under this number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(asks: &mut Asks) -> (u32, DoneAnswer) {
        asks.add(Waiting::Done).unwrap()
    }

    fn captured(ask: u32) -> Captured {
        Captured { ask, text: "a line\n".to_owned(), next: None }
    }

    #[test]
    fn each_wish_is_answered_once() {
        let mut asks = Asks::default();
        let (first, mut first_answer) = add(&mut asks);
        let (second, mut second_answer) = add(&mut asks);
        let reason = Refusal::new(Code::Ended, "over");
        asks.done(Done { ask: second, reason: Some(reason.clone()) }).unwrap();
        asks.done(Done { ask: first, reason: None }).unwrap();
        assert_eq!(first_answer.try_recv(), Ok(Ok(())));
        assert_eq!(second_answer.try_recv(), Ok(Err(reason)));
        assert_eq!(asks.done(Done { ask: first, reason: None }).unwrap_err().code, Code::UnexpectedFrame);
    }

    #[test]
    fn an_answer_is_of_the_kind_that_was_asked_for_or_a_refusal() {
        let mut asks = Asks::default();
        let (search, mut found) = asks.add(Waiting::Found).unwrap();
        let (capture, mut text) = asks.add(Waiting::Captured).unwrap();
        asks.found(Found { ask: search, matches: Vec::new() }).unwrap();
        asks.captured(captured(capture)).unwrap();
        assert_eq!(found.try_recv(), Ok(Ok(Vec::new())));
        assert_eq!(text.try_recv(), Ok(Ok(captured(capture))));

        let (search, mut refused) = asks.add(Waiting::Found).unwrap();
        let reason = Refusal::new(Code::Busy, "later");
        asks.done(Done { ask: search, reason: Some(reason.clone()) }).unwrap();
        assert_eq!(refused.try_recv(), Ok(Err(reason)));
        let (search, _) = asks.add(Waiting::Found).unwrap();
        assert_eq!(asks.done(Done { ask: search, reason: None }).unwrap_err().code, Code::UnexpectedFrame);
        let (search, _) = asks.add(Waiting::Found).unwrap();
        assert_eq!(asks.captured(captured(search)).unwrap_err().code, Code::UnexpectedFrame);
    }

    #[test]
    fn wishes_are_bounded_and_end_with_the_link() {
        let mut asks = Asks::default();
        let mut answers: Vec<DoneAnswer> = (0..ASKS).map(|_| add(&mut asks).1).collect();
        assert_eq!(asks.add(Waiting::Done).unwrap_err().code, Code::Busy);
        asks.end(&Refusal::new(Code::Ended, "over"));
        assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()));
        assert_eq!(asks.add(Waiting::Done).unwrap_err().code, Code::Ended);
    }
}
