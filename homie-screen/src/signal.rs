//! What a program says to others than the screen, and what it is answered.

use std::mem::discriminant;

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

impl Signal {
    /// Whether the last one holds until there is another: it is told however many came before.
    const fn is_state(&self) -> bool {
        matches!(self, Self::Title(_) | Self::Directory(_))
    }
}

impl Effects {
    pub(crate) fn answer(&mut self, bytes: &[u8]) {
        if self.answers.len() + bytes.len() <= limits::ANSWERS {
            self.answers.extend_from_slice(bytes);
        }
    }

    pub(crate) fn signal(&mut self, offset: u64, signal: Signal) {
        if self.signals.len() < limits::SIGNALS {
            return self.signals.push((offset, signal));
        }
        if !signal.is_state() {
            return;
        }
        let beyond = self.signals.get_mut(limits::SIGNALS..).unwrap_or_default();
        match beyond.iter_mut().find(|(_, kept)| discriminant(kept) == discriminant(&signal)) {
            Some(kept) => *kept = (offset, signal),
            None => self.signals.push((offset, signal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_signals_ends_with_the_last_title_and_the_last_folder() {
        let mut effects = Effects::default();
        for offset in 0..10_000 {
            effects.signal(offset, Signal::Title(offset.to_string()));
            effects.signal(offset, Signal::Directory(offset.to_string()));
            effects.signal(offset, Signal::Bell);
        }
        let last = [Signal::Title("9999".to_owned()), Signal::Directory("9999".to_owned())];
        assert_eq!(effects.signals.len(), limits::SIGNALS + last.len());
        for signal in last {
            assert!(effects.signals.contains(&(9_999, signal)));
        }
    }
}
