//! The pump from the session to the terminal. It alone writes there, so that nothing stands in the middle of a sequence.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use homie_circuit::client::{Attachment, SessionList, State, Viewed};
use homie_protocol::id::Incarnation;
use homie_protocol::methods::session::{AttachOutput, SessionInfo, Size};
use tokio::io::{AsyncWriteExt, Stdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::canvas::Canvas;
use super::{End, Look, words};
use crate::long_line;
use crate::on::Far;
use crate::style::plain;

/// How long a terminal may take to be left; one that takes nothing any more is left as it is.
const LEFT_WITHIN: Duration = Duration::from_secs(1);

/// How long a window waits for more before it is drawn: one screen of a program comes in several pieces.
const DRAWN_AFTER: Duration = Duration::from_millis(8);

/// Lines of history that scroll away in the terminal when a session is first shown, so that it can be scrolled back.
const HISTORY: u32 = 200;

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
    /// A line was typed that the terminal has cut.
    Cut,
}

/// The terminal as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) size: Size,
    /// How often something else was shown on it.
    pub(super) spoiled: u32,
}

/// What it paints with.
pub(super) struct Painter {
    attachment: Arc<Attachment>,
    session: SessionInfo,
    /// The machine it is on, if that is another one.
    far: Option<Far>,
    look: Look,
    news: mpsc::Sender<News>,
    sights: watch::Receiver<Sight>,
    list: watch::Receiver<SessionList>,
    terminal: Stdout,
    canvas: Canvas,
    birth: Option<Incarnation>,
    /// The title that the terminal has.
    title: String,
    is_lost: bool,
    /// A question stands on the last line.
    question: Option<String>,
    /// What a person has to know, in the title from then on.
    notice: Option<String>,
    /// History is still to be asked for.
    wants_history: bool,
    draw_at: Option<Instant>,
}

impl Painter {
    pub(super) fn new(
        attachment: Arc<Attachment>,
        (session, far): (SessionInfo, Option<Far>),
        look: Look,
        news: mpsc::Sender<News>,
        sights: watch::Receiver<Sight>,
    ) -> Self {
        let list = attachment.client().subscribe();
        let canvas = Canvas::new(sights.borrow().size, look.watches);
        Self {
            attachment,
            session,
            far,
            look,
            news,
            sights,
            list,
            terminal: tokio::io::stdout(),
            canvas,
            birth: None,
            title: String::new(),
            is_lost: false,
            question: None,
            notice: None,
            wants_history: !look.watches,
            draw_at: None,
        }
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
                    Some(Note::Cut) => self.notice = Some(long_line::words(&self.session.name)),
                    None => break,
                },
                Ok(()) = self.sights.changed(), if goes_on => self.seen().await?,
                Ok(()) = self.list.changed(), if goes_on => self.listed(),
                Ok(()) = state.changed(), if goes_on => {
                    self.is_lost = !matches!(*state.borrow_and_update(), State::Up(_));
                }
                () = at(self.draw_at), if self.draw_at.is_some() => self.draw().await?,
            }
            self.entitle().await?;
        }
        self.leave().await
    }

    /// What stands on the terminal goes up, out of sight, and the session begins on an empty one. Its title is kept.
    async fn begin(&mut self) -> io::Result<()> {
        let up = "\r\n".repeat(usize::from(self.sights.borrow().size.rows()));
        self.write(format!("\x1b[22;0t{up}\x1b[H\x1b[J").as_bytes()).await
    }

    async fn leave(&mut self) -> io::Result<()> {
        if self.question.is_some() {
            self.answered().await?;
        }
        let last = self.draw_at.take().map(|_| self.canvas.draw()).unwrap_or_default();
        self.write(&last).await?;
        let undo = format!("{}\x1b[23;0t\r\n\x1b[J", self.canvas.undo());
        self.write(undo.as_bytes()).await
    }

    /// Shows what comes next; `false` if nothing comes after it.
    async fn show(&mut self, viewed: Viewed) -> io::Result<bool> {
        let painted = match viewed {
            Viewed::Attached(output) => self.attached(&output),
            Viewed::Output { bytes, .. } => self.canvas.output(&bytes),
            Viewed::Snapshot { bytes, is_skip, .. } => self.snapshot(&bytes, is_skip),
            Viewed::Resized { size, .. } => self.canvas.resized(size),
            // What is missing nobody knows; a whole screen has it.
            Viewed::Gap(_) => {
                self.attachment.ask_snapshot(0);
                Vec::new()
            }
            // Who drives is seen by the size.
            Viewed::Driver { .. } => Vec::new(),
            Viewed::Clipboard(text) => self.clipboard(&text),
            Viewed::Unsent(bytes) => return self.ask(bytes).await,
            Viewed::Exited { status, .. } => return self.over(End::Exited(status)).await,
            Viewed::Detached(refusal) => return self.over(End::Refused(refusal)).await,
        };
        self.paint_over(painted).await?;
        if self.canvas.is_due() && self.draw_at.is_none() {
            self.draw_at = Some(Instant::now() + DRAWN_AFTER);
        }
        Ok(true)
    }

    fn attached(&mut self, output: &AttachOutput) -> Vec<u8> {
        self.is_lost = false;
        let is_first = self.birth.is_none();
        let is_new = self.birth.replace(output.incarnation) != Some(output.incarnation);
        if is_first && self.look.drives && !output.drives {
            self.attachment.take_over(self.sights.borrow().size);
        }
        if is_new { self.canvas.begin(output.size) } else { self.canvas.resized(output.size) }
    }

    fn snapshot(&mut self, bytes: &[u8], is_skip: bool) -> Vec<u8> {
        let painted = self.canvas.snapshot(bytes, is_skip);
        if std::mem::take(&mut self.wants_history) && !self.canvas.is_alternate() {
            self.attachment.ask_snapshot(HISTORY);
        }
        painted
    }

    /// A program wants to put something into the clipboard: only if the settings say that it may.
    fn clipboard(&self, text: &[u8]) -> Vec<u8> {
        if !self.look.clipboard {
            return Vec::new();
        }
        format!("\x1b]52;c;{}\x07", BASE64.encode(text)).into_bytes()
    }

    async fn over(&mut self, end: End) -> io::Result<bool> {
        self.tell(News::Over(end)).await;
        Ok(false)
    }

    /// The terminal has another size, or something else was shown on it.
    async fn seen(&mut self) -> io::Result<()> {
        let sight = *self.sights.borrow_and_update();
        if self.look.drives {
            self.attachment.fit(sight.size);
        }
        let painted = self.canvas.refit(sight.size);
        self.paint_over(painted).await
    }

    /// The session has another name, or is recorded, or is no longer.
    fn listed(&mut self) {
        if let Some(session) = self.list.borrow_and_update().sessions.get(&self.session.id) {
            let name = Far::spoken(self.far.as_ref(), &session.name);
            self.session = SessionInfo { name, ..session.clone() };
        }
    }

    async fn draw(&mut self) -> io::Result<()> {
        self.draw_at = None;
        let drawn = self.canvas.draw();
        self.paint_over(drawn).await
    }

    /// Link, recording and title are told in the title alone, for the screen is the session's.
    async fn entitle(&mut self) -> io::Result<()> {
        let title = if self.is_lost {
            words::link_lost(&self.session.name)
        } else {
            self.notice.clone().unwrap_or_else(|| words::title(&self.session, self.canvas.title()))
        };
        if title == self.title {
            return Ok(());
        }
        self.write(format!("\x1b]2;{}\x07", plain(&title)).as_bytes()).await?;
        self.title = title;
        Ok(())
    }

    /// Puts a question on the last line. The typist takes the answer.
    async fn ask(&mut self, unsent: Bytes) -> io::Result<bool> {
        let room = usize::from(self.sights.borrow().size.cols()).saturating_sub(1);
        let question: String = words::unsent(&unsent).chars().take(room).collect();
        self.question = Some(format!("\x1b7\x1b[999;1H\x1b[7m{question}\x1b[m\x1b[K\x1b8"));
        self.paint_over(Vec::new()).await?;
        self.tell(News::Unsent(unsent)).await;
        Ok(true)
    }

    async fn answered(&mut self) -> io::Result<()> {
        self.question = None;
        let painted = self.canvas.repaint(0);
        self.write(&painted).await
    }

    /// Shows what is painted, and above it the question again, if there is one: a snapshot takes the whole screen.
    async fn paint_over(&mut self, mut painted: Vec<u8>) -> io::Result<()> {
        painted.extend_from_slice(self.question.as_deref().unwrap_or_default().as_bytes());
        self.write(&painted).await
    }

    async fn tell(&self, news: News) {
        // A typist who is gone has reasons of its own.
        let _told = self.news.send(news).await;
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.terminal.write_all(bytes).await?;
        self.terminal.flush().await
    }
}

async fn at(instant: Option<Instant>) {
    if let Some(instant) = instant {
        sleep_until(instant).await;
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
