//! The pump from the keys to the session; signals come in here too.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use homie_circuit::client::Attachment;
use tokio::io::{AsyncReadExt, Stdin};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::painter::{News, Note, Sight};
use super::{End, terminal};
use crate::detach_key::DetachKey;
use crate::long_line::Line;

/// Bytes read at once.
const READ: usize = 8192;

/// Pieces that wait while the outbox (1 MiB) is full. Then no more keys are read.
const PIECES: usize = 8;

/// How long the last keys may take to arrive.
const APPLIED_WITHIN: Duration = Duration::from_secs(1);

/// Keys that leave a session that is only watched, besides the one that leaves any: q and Ctrl-C.
const LEAVE: &[u8] = b"q\x03";

/// What it types with.
pub(super) struct Typist {
    attachment: Arc<Attachment>,
    key: DetachKey,
    /// No key reaches the session.
    watches: bool,
    keys: Keys,
    signals: Signals,
}

/// What a person has typed and has to be asked about.
type Question = Option<Vec<u8>>;

impl Typist {
    pub(super) const fn new(
        attachment: Arc<Attachment>,
        key: DetachKey,
        watches: bool,
        keys: Keys,
        signals: Signals,
    ) -> Self {
        Self { attachment, key, watches, keys, signals }
    }

    /// Runs until it is over, and tells why.
    pub(super) async fn pump(
        mut self,
        sights: watch::Sender<Sight>,
        mut news: mpsc::Receiver<News>,
        notes: &mpsc::Sender<Note>,
    ) -> End {
        let (pieces, carrier) = carry(Arc::clone(&self.attachment), notes.clone());
        let (mut waiting, mut question): (Option<Vec<u8>>, Question) = (None, None);
        let before = loop {
            tokio::select! {
                typed = self.keys.next(), if waiting.is_none() => {
                    let Some(typed) = typed else { return End::Signal(HANGUP) };
                    if let Some(before) = self.key.before(typed) {
                        break before.to_vec();
                    }
                    if self.watches {
                        match typed {
                            [key] if LEAVE.contains(key) => break Vec::new(),
                            _ => continue,
                        }
                    }
                    waiting = if question.is_some() { answer(&mut question, typed, notes) } else { Some(typed.to_vec()) };
                }
                Ok(place) = pieces.reserve(), if waiting.is_some() => place.send(waiting.take().unwrap_or_default()),
                Some(told) = news.recv() => match told {
                    News::Unsent(bytes) => question.get_or_insert_default().extend_from_slice(&bytes),
                    News::Over(end) => return end,
                },
                signal = self.signals.next() => match signal {
                    Caught::Resized => resized(&sights),
                    Caught::Continued => continued(&sights),
                    Caught::Ended(number) => return End::Signal(number),
                },
            }
        };
        self.last(before, question.is_none() && !self.watches, pieces, carrier).await;
        End::Left
    }

    /// What was typed just before leaving still goes.
    async fn last(&self, before: Vec<u8>, may_go: bool, pieces: mpsc::Sender<Vec<u8>>, carrier: JoinHandle<()>) {
        let going = async {
            if may_go && !before.is_empty() {
                // A session that is over takes nothing.
                let _gone = pieces.send(before).await;
            }
            drop(pieces);
            let _carried = carrier.await;
            self.attachment.applied().await;
        };
        // What has not arrived by then is told.
        let _arrived = timeout(APPLIED_WITHIN, going).await;
    }
}

fn resized(sights: &watch::Sender<Sight>) {
    if let Some(size) = terminal::size() {
        sights.send_modify(|sight| sight.size = size);
    }
}

/// Another program had the terminal meanwhile.
fn continued(sights: &watch::Sender<Sight>) {
    // A terminal that is gone is told of by its keys.
    let _raw = terminal::enter_again();
    resized(sights);
    sights.send_modify(|sight| sight.spoiled = sight.spoiled.wrapping_add(1));
}

/// Takes the answer to the question: gives what is to be typed now. Keys before it are no answer, those after it are meant
/// for the session.
fn answer(question: &mut Question, typed: &[u8], notes: &mpsc::Sender<Note>) -> Option<Vec<u8>> {
    let at = typed.iter().position(|key| b"yYnN".contains(key))?;
    let (key, after) = typed.get(at..)?.split_first()?;
    let unsent = question.take().filter(|_| b"yY".contains(key)).unwrap_or_default();
    // The painter that takes no notes is gone.
    let _noted = notes.try_send(Note::Answered);
    Some([&unsent, after].concat()).filter(|typed| !typed.is_empty())
}

/// The task that carries what was typed to the outbox, which may be full. After a line that is longer than a terminal may
/// take it waits until it is known what became of it.
fn carry(attachment: Arc<Attachment>, notes: mpsc::Sender<Note>) -> (mpsc::Sender<Vec<u8>>, JoinHandle<()>) {
    let (piece_tx, mut piece_rx) = mpsc::channel::<Vec<u8>>(PIECES);
    let mut line = Line::default();
    let carrier = tokio::spawn(async move {
        while let Some(piece) = piece_rx.recv().await {
            let is_long = line.take(&piece);
            if attachment.write(&Bytes::from(piece)).await.is_err() {
                return;
            }
            if is_long {
                attachment.applied().await;
            }
            if is_long && attachment.edits_lines() == Some(true) {
                // The painter that takes no notes is gone.
                let _noted = notes.try_send(Note::Cut);
            }
        }
    });
    (piece_tx, carrier)
}

/// What a person types.
pub(crate) struct Keys {
    stdin: Stdin,
    buffer: Vec<u8>,
    /// What was typed before and comes first.
    before: Vec<u8>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { stdin: tokio::io::stdin(), buffer: vec![0; READ], before: Vec::new() }
    }

    /// This was typed, and is to come again.
    pub(crate) fn put_back(&mut self, typed: Vec<u8>) {
        self.before = typed;
    }

    /// What was typed; `None` if the terminal is gone.
    pub(crate) async fn next(&mut self) -> Option<&[u8]> {
        let before = std::mem::take(&mut self.before);
        if let Some(place) = self.buffer.get_mut(..before.len()).filter(|place| !place.is_empty()) {
            place.copy_from_slice(&before);
            return self.buffer.get(..before.len());
        }
        let count = self.stdin.read(&mut self.buffer).await.ok()?;
        self.buffer.get(..count).filter(|typed| !typed.is_empty())
    }
}

/// What a terminal sends when it goes.
const HANGUP: u8 = 1;

/// What the system tells.
pub(crate) enum Caught {
    Resized,
    Continued,
    Ended(u8),
}

/// The signals that mean something to a terminal.
pub(crate) struct Signals {
    resized: Signal,
    continued: Signal,
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            resized: signal(SignalKind::window_change())?,
            // SIGCONT, which the library has no name for.
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The number of the first that ends this process.
    pub(super) async fn end(&mut self) -> u8 {
        loop {
            if let Caught::Ended(number) = self.next().await {
                return number;
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.resized.recv() => Caught::Resized,
            _ = self.continued.recv() => Caught::Continued,
            _ = self.hangup.recv() => Caught::Ended(HANGUP),
            _ = self.interrupt.recv() => Caught::Ended(2),
            _ = self.quit.recv() => Caught::Ended(3),
            _ = self.terminate.recv() => Caught::Ended(15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(typed: &[u8]) -> (Option<Vec<u8>>, Question) {
        let (note_tx, _note_rx) = mpsc::channel(1);
        let mut question = Some(b"ls\r".to_vec());
        (answer(&mut question, typed, &note_tx), question)
    }

    #[test]
    fn only_yes_and_no_are_answers() {
        assert_eq!(answered(b"x\r"), (None, Some(b"ls\r".to_vec())));
        assert_eq!(answered(b"y"), (Some(b"ls\r".to_vec()), None));
        assert_eq!(answered(b"n"), (None, None));
        assert_eq!(answered(b"xyps\r"), (Some(b"ls\rps\r".to_vec()), None));
        assert_eq!(answered(b"Nps"), (Some(b"ps".to_vec()), None));
    }
}
