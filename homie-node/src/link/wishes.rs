//! What can be asked of a holder and is answered.

use homie_protocol::code::Refusal;
use homie_protocol::control::Empty;
use homie_protocol::holder::{
    AskCapture, AskInput, AskKill, AskRename, AskSearch, AskSignal, Captured, Done, Found, ToHolder, Trim,
};
use homie_protocol::methods::session::{CaptureParams, InputBytes, Match, SessionSignal};
use tokio::sync::oneshot;

use super::asks::{Answer, Waiting};
use super::{DoneAnswer, Link};
use crate::lock::locked;

/// What to look for.
#[derive(Debug, Clone)]
pub(crate) struct Sought {
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
    /// Hits at most.
    pub(crate) limit: u32,
}

impl Link {
    /// Sends a signal to what runs in the foreground.
    pub(crate) fn signal(&self, signal: SessionSignal) -> Result<DoneAnswer, Refusal> {
        self.ask(Waiting::Done, |ask| ToHolder::Signal(AskSignal { ask, signal }))
    }

    /// Types without a channel.
    pub(crate) fn type_once(&self, bytes: InputBytes) -> Result<DoneAnswer, Refusal> {
        self.ask(Waiting::Done, |ask| ToHolder::Input(AskInput { ask, bytes }))
    }

    /// Ends everything that runs.
    pub(crate) fn kill(&self) -> Result<DoneAnswer, Refusal> {
        self.ask(Waiting::Done, |ask| ToHolder::Kill(AskKill { ask }))
    }

    /// Writes down another name.
    pub(crate) fn rename(&self, name: String) -> Result<DoneAnswer, Refusal> {
        self.ask(Waiting::Done, |ask| ToHolder::Rename(AskRename { ask, name }))
    }

    /// Searches screen and history.
    pub(crate) fn search(&self, sought: Sought) -> Result<Answer<Vec<Match>>, Refusal> {
        let Sought { text, ignore_case, limit } = sought;
        self.ask(Waiting::Found, |ask| ToHolder::Search(AskSearch { ask, text, ignore_case, limit }))
    }

    /// Gives what shows as text.
    pub(crate) fn capture(&self, params: CaptureParams) -> Result<Answer<Captured>, Refusal> {
        let (scrollback, ansi) = (params.scrollback == Some(true), params.ansi == Some(true));
        self.ask(Waiting::Captured, |ask| ToHolder::Capture(AskCapture { ask, scrollback, ansi, from: params.from }))
    }

    /// The holder has answered a wish.
    pub(crate) fn done(&self, done: Done) -> Result<(), Refusal> {
        locked(&self.asks).done(done)
    }

    /// The holder has found what was sought.
    pub(crate) fn found(&self, found: Found) -> Result<(), Refusal> {
        locked(&self.asks).found(found)
    }

    /// The holder gives what shows.
    pub(crate) fn captured(&self, captured: Captured) -> Result<(), Refusal> {
        locked(&self.asks).captured(captured)
    }

    /// Nobody will ask for this session again: its holder may end.
    pub(crate) fn bury(&self) {
        // A holder that cannot be told is gone already.
        let _gone = self.tell(&ToHolder::Bury(Empty {}));
    }

    /// Its history may take so many bytes from now on.
    pub(crate) fn trim(&self, bytes: u64) {
        let _gone = self.tell(&ToHolder::Trim(Trim { bytes }));
    }

    /// Asks for something that is answered. `wish` gets its number.
    pub(super) fn ask<T>(
        &self,
        waiting: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Waiting,
        wish: impl FnOnce(u32) -> ToHolder,
    ) -> Result<Answer<T>, Refusal> {
        let (number, answer) = locked(&self.asks).add(waiting)?;
        self.tell(&wish(number))?;
        Ok(answer)
    }
}
