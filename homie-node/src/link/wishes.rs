//! What can be asked of a holder and is answered.

use homie_protocol::code::Refusal;
use homie_protocol::holder::{AskInput, AskKill, AskRename, AskSignal, ToHolder};
use homie_protocol::methods::session::{InputBytes, SessionSignal};

use super::{DoneAnswer, Link};

impl Link {
    /// Sends a signal to what runs in the foreground.
    pub(crate) fn signal(&self, signal: SessionSignal) -> Result<DoneAnswer, Refusal> {
        self.ask(|ask| ToHolder::Signal(AskSignal { ask, signal }))
    }

    /// Types without a channel.
    pub(crate) fn type_once(&self, bytes: InputBytes) -> Result<DoneAnswer, Refusal> {
        self.ask(|ask| ToHolder::Input(AskInput { ask, bytes }))
    }

    /// Ends everything that runs.
    pub(crate) fn kill(&self) -> Result<DoneAnswer, Refusal> {
        self.ask(|ask| ToHolder::Kill(AskKill { ask }))
    }

    /// Writes down another name.
    pub(crate) fn rename(&self, name: String) -> Result<DoneAnswer, Refusal> {
        self.ask(|ask| ToHolder::Rename(AskRename { ask, name }))
    }
}
