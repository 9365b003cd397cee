//! What was asked of a holder without a channel, and who waits for the answer.

use std::collections::HashMap;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::Done;
use tokio::sync::oneshot;

/// Wishes that wait at once. Each circuit may have 128 requests, and few of them are wishes.
const ASKS: usize = 1024;

/// What the holder says to a wish; an error of the receiver means that the link ended before.
pub(crate) type DoneAnswer = oneshot::Receiver<Result<(), Refusal>>;

/// The wishes of one holder link.
#[derive(Debug, Default)]
pub(super) struct Asks {
    last: u32,
    waiting: HashMap<u32, oneshot::Sender<Result<(), Refusal>>>,
    ended: Option<Refusal>,
}

impl Asks {
    /// Gives a wish its number.
    pub(super) fn add(&mut self) -> Result<(u32, DoneAnswer), Refusal> {
        if let Some(reason) = &self.ended {
            return Err(reason.clone());
        }
        if self.waiting.len() >= ASKS {
            return Err(Refusal::new(Code::Busy, "session: too much was asked of its holder at once; try again"));
        }
        let (answer_tx, answer_rx) = oneshot::channel();
        self.last = self.last.wrapping_add(1);
        self.waiting.insert(self.last, answer_tx);
        Ok((self.last, answer_rx))
    }

    /// The holder has answered.
    pub(super) fn done(&mut self, done: Done) -> Result<(), Refusal> {
        let Some(answer) = self.waiting.remove(&done.ask) else {
            return Err(Refusal::new(Code::UnexpectedFrame, "ask: nothing was asked, or it was answered before"));
        };
        // Whoever asked may have stopped waiting.
        let _nobody = answer.send(done.reason.map_or(Ok(()), Err));
        Ok(())
    }

    /// The link has ended: nobody will be answered.
    pub(super) fn end(&mut self, reason: &Refusal) {
        self.ended.get_or_insert_with(|| reason.clone());
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wish_is_answered_once() {
        let mut asks = Asks::default();
        let (first, mut first_answer) = asks.add().unwrap();
        let (second, mut second_answer) = asks.add().unwrap();
        let reason = Refusal::new(Code::Ended, "over");
        asks.done(Done { ask: second, reason: Some(reason.clone()) }).unwrap();
        asks.done(Done { ask: first, reason: None }).unwrap();
        assert_eq!(first_answer.try_recv(), Ok(Ok(())));
        assert_eq!(second_answer.try_recv(), Ok(Err(reason)));
        assert_eq!(asks.done(Done { ask: first, reason: None }).unwrap_err().code, Code::UnexpectedFrame);
    }

    #[test]
    fn wishes_are_bounded_and_end_with_the_link() {
        let mut asks = Asks::default();
        let mut answers: Vec<DoneAnswer> = (0..ASKS).map(|_| asks.add().unwrap().1).collect();
        assert_eq!(asks.add().unwrap_err().code, Code::Busy);
        asks.end(&Refusal::new(Code::Ended, "over"));
        assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()));
        assert_eq!(asks.add().unwrap_err().code, Code::Ended);
    }
}
