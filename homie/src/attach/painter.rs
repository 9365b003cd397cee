//! The pump from the session to the terminal. It alone writes there, so that nothing stands in the middle of a sequence.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use homie_circuit::client::{Attachment, State, Viewed};
use tokio::io::{AsyncWriteExt, Stdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::sift::Sift;
use super::sizer::Wish;
use super::{End, terminal, words};
use crate::style::plain;

/// How long a terminal may take to be left; one that takes nothing any more is left as it is.
const LEFT_WITHIN: Duration = Duration::from_secs(1);

/// What the typist has to know.
#[derive(Debug)]
pub(super) enum News {
    /// These bytes are not sent unasked, and the question stands on the last line.
    Unsent(Bytes),
    /// Nothing more is to be seen.
    Over(End),
}

/// What the painter has to know.
#[derive(Debug)]
pub(super) enum Note {
    /// The question was answered.
    Answered,
}

/// What it paints with.
pub(super) struct Painter {
    attachment: Arc<Attachment>,
    name: String,
    news: mpsc::Sender<News>,
    wishes: watch::Sender<Wish>,
    terminal: Stdout,
    sift: Sift,
    /// Nothing has come since the session was attached.
    is_fresh: bool,
    is_lost: bool,
    /// A question stands on the last line.
    is_asking: bool,
}

impl Painter {
    pub(super) fn new(
        attachment: Arc<Attachment>,
        name: String,
        news: mpsc::Sender<News>,
        wishes: watch::Sender<Wish>,
    ) -> Self {
        let (terminal, sift) = (tokio::io::stdout(), Sift::default());
        Self { attachment, name, news, wishes, terminal, sift, is_fresh: true, is_lost: false, is_asking: false }
    }

    /// Runs until the notes end, and leaves the terminal as it was.
    pub(super) async fn paint(mut self, mut notes: mpsc::Receiver<Note>) -> io::Result<()> {
        self.begin().await?;
        let mut state = self.attachment.client().state();
        let mut goes_on = true;
        loop {
            tokio::select! {
                viewed = self.attachment.next(), if goes_on => match viewed {
                    Some(viewed) => goes_on = self.show(viewed).await?,
                    None => goes_on = false,
                },
                note = notes.recv() => match note {
                    Some(Note::Answered) => self.answered().await?,
                    None => break,
                },
                Ok(()) = state.changed(), if goes_on => {
                    let is_up = matches!(*state.borrow_and_update(), State::Up(_));
                    self.link(is_up).await?;
                }
            }
        }
        if self.is_asking {
            self.answered().await?;
        }
        let undo = format!("{}\x1b[23;0t\r\n", self.sift.modes.undo());
        self.write(undo.as_bytes()).await
    }

    /// What stands on the terminal goes up, out of sight, and the session begins on an empty one. Its title is kept.
    async fn begin(&mut self) -> io::Result<()> {
        let rows = terminal::size().unwrap_or_default().rows();
        let up = "\r\n".repeat(usize::from(rows));
        self.write(format!("\x1b[22;0t{up}\x1b[H\x1b[J").as_bytes()).await?;
        self.title(&self.name.clone()).await
    }

    /// Shows what comes next; `false` if nothing comes after it.
    async fn show(&mut self, viewed: Viewed) -> io::Result<bool> {
        match viewed {
            Viewed::Output { bytes, .. } => {
                self.is_fresh = false;
                let passed = self.sift.pass(&bytes);
                self.write(&passed).await?;
            }
            Viewed::Attached(_) => {
                self.is_fresh = true;
                self.link(true).await?;
            }
            Viewed::Gap(_) => {
                let end = self.sift.forget();
                self.write(end).await?;
                if self.is_fresh {
                    self.nudge();
                }
            }
            Viewed::Resized { .. } => {}
            Viewed::Unsent(bytes) => {
                self.ask(&bytes).await?;
                self.tell(News::Unsent(bytes)).await;
            }
            Viewed::Exited { status, .. } => {
                self.tell(News::Over(End::Exited(status))).await;
                return Ok(false);
            }
            Viewed::Detached(refusal) => {
                self.tell(News::Over(End::Refused(refusal))).await;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The link is there or not: told in the title alone, for the screen is the session's.
    async fn link(&mut self, is_up: bool) -> io::Result<()> {
        if self.is_lost != is_up {
            return Ok(());
        }
        self.is_lost = !is_up;
        let title = match self.sift.modes.title() {
            _ if !is_up => words::link_lost(&self.name),
            Some(title) => title.to_owned(),
            None => self.name.clone(),
        };
        self.title(&title).await
    }

    async fn title(&mut self, title: &str) -> io::Result<()> {
        self.write(format!("\x1b]2;{}\x07", plain(title)).as_bytes()).await
    }

    async fn ask(&mut self, unsent: &[u8]) -> io::Result<()> {
        self.is_asking = true;
        let room = usize::from(terminal::size().unwrap_or_default().cols()).saturating_sub(1);
        let question: String = words::unsent(unsent).chars().take(room).collect();
        self.write(format!("\x1b7\x1b[999;1H\x1b[7m{question}\x1b[m\x1b[K\x1b8").as_bytes()).await
    }

    async fn answered(&mut self) -> io::Result<()> {
        self.is_asking = false;
        self.write(b"\x1b7\x1b[999;1H\x1b[m\x1b[2K\x1b8").await?;
        self.nudge();
        Ok(())
    }

    /// Something is missing on the screen: programs that paint it all do so again.
    fn nudge(&self) {
        self.wishes.send_modify(|wish| wish.nudges = wish.nudges.wrapping_add(1));
    }

    async fn tell(&self, news: News) {
        // A typist who is gone has reasons of its own.
        let _told = self.news.send(news).await;
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.write_all(bytes).await?;
        self.terminal.flush().await
    }
}

/// Lets the painter go, by way of its last strokes.
pub(super) async fn leave(painter: JoinHandle<io::Result<()>>, notes: mpsc::Sender<Note>) {
    drop(notes);
    let abort = painter.abort_handle();
    if timeout(LEFT_WITHIN, painter).await.is_err() {
        abort.abort();
    }
}
