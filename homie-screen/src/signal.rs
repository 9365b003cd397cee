//! What a program says to others than the screen, and what it is answered.

use crate::limits;

/// What came out of feeding bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Effects {
    /// Answers to queries, for the program. Each is from a fixed list; no byte of a question comes back.
    pub answers: Vec<u8>,
    /// Signals with the offset behind the sequence that gave them.
    pub signals: Vec<(u64, Signal)>,
}

/// Something a program tells whoever looks after its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// The title is another.
    Title(String),
    /// The working directory, as OSC 7 gives it: a `file://` address.
    Directory(String),
    /// The bell rang.
    Bell,
    /// A message for a person (OSC 9, 777, 99).
    Notification {
        /// Its head, if it has one.
        title: Option<String>,
        /// What it says.
        body: String,
    },
    /// Where a command begins and ends (OSC 133).
    Command(Command),
    /// Text for the clipboard (OSC 52). A read gets neither signal nor answer.
    Clipboard(Vec<u8>),
}

/// The marks of a shell around its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The prompt begins.
    Prompt,
    /// The prompt has ended, the person types.
    Typed,
    /// The command runs.
    Started,
    /// The command has ended, with its exit code if the shell told it.
    Ended(Option<i32>),
}

impl Effects {
    pub(crate) fn answer(&mut self, bytes: &[u8]) {
        if self.answers.len() + bytes.len() <= limits::ANSWERS {
            self.answers.extend_from_slice(bytes);
        }
    }

    pub(crate) fn signal(&mut self, offset: u64, signal: Signal) {
        if self.signals.len() < limits::SIGNALS {
            self.signals.push((offset, signal));
        }
    }
}
