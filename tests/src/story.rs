//! What viewers go through: output and typing while something breaks, and the comparison afterwards.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use homie_trust::StateDir;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until, timeout};

use crate::history::{Exact, History};
use crate::machine::{LIMIT, Machine, binary};
use crate::truth::Truth;
use crate::typed;
use crate::viewer::{Told, Viewer};

/// How often a line is typed.
const KEYS_EVERY: Duration = Duration::from_millis(50);

/// How the program prints.
#[derive(Debug, Clone, Copy)]
pub enum Printing {
    /// So many bytes a second, for so many seconds.
    Paced(u64, u64),
    /// As fast as its terminal takes it.
    Flood,
}

/// A program that prints and echoes, and its viewer.
#[derive(Debug)]
pub struct Story {
    /// Who looks and types.
    pub viewer: Viewer,
    state: StateDir,
    log: PathBuf,
    typed: u32,
    keys_every: Duration,
    back: Back,
    sees: watch::Sender<bool>,
}

/// How far a viewer has come back since its circuit was down.
#[derive(Debug, Clone, Copy)]
enum Back {
    /// Its circuit is down.
    Away,
    /// It is up. Somewhere from this offset on the answer to this line will show that nothing waits any more.
    Up(u64, u32),
    /// The answer has come.
    Whole,
}

impl Story {
    /// Starts the program and waits for its first output.
    pub async fn begin(machine: &Machine, mut viewer: Viewer, printing: Printing) -> anyhow::Result<Self> {
        static STORIES: AtomicU32 = AtomicU32::new(0);
        let log = machine.home().join(format!("truth-{}", STORIES.fetch_add(1, Ordering::Relaxed)));
        let (rate, seconds) = match printing {
            Printing::Paced(rate, seconds) => (rate, seconds),
            Printing::Flood => (0, 0),
        };
        let program = binary("homie-generator")?;
        let words = [program.as_path(), log.as_path()].map(|path| path.display().to_string());
        let [program, truth] = &words;
        viewer.start_session(&[program, truth, &rate.to_string(), &seconds.to_string()]).await?;
        viewer.until(|_, history| history.end() > 0).await?;
        Ok(Self {
            viewer,
            state: machine.state()?,
            log,
            typed: 0,
            keys_every: KEYS_EVERY,
            back: Back::Whole,
            sees: watch::Sender::new(true),
        })
    }

    /// The same with somebody who types more slowly: where there are many, all of them type no more than one does.
    #[must_use]
    pub const fn typing_every(mut self, pause: Duration) -> Self {
        self.keys_every = pause;
        self
    }

    /// Looks on and types for so long. Whatever happens to the link meanwhile, nothing may come back unsent.
    pub async fn go_on(&mut self, length: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + length;
        let mut keys = interval(self.keys_every);
        loop {
            tokio::select! {
                _ = keys.tick() => self.type_line().await?,
                told = self.viewer.next() => self.middle(told)?,
                () = sleep_until(end) => return Ok(()),
            }
        }
    }

    /// The same without typing.
    pub async fn look_on(&mut self, length: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + length;
        loop {
            tokio::select! {
                told = self.viewer.next() => self.middle(told)?,
                () = sleep_until(end) => return Ok(()),
            }
        }
    }

    /// Looks on until what was typed too long ago to be sent unasked comes back, and types it again, as whoever is asked may.
    pub async fn type_unsent_again(&mut self) -> anyhow::Result<()> {
        loop {
            match timeout(LIMIT, self.viewer.next()).await.context("nothing comes back")?? {
                Told::Unsent(typed) => return self.viewer.type_text(&String::from_utf8(typed)?).await,
                told => self.middle(Ok(told))?,
            }
        }
    }

    fn middle(&mut self, told: anyhow::Result<Told>) -> anyhow::Result<()> {
        self.back = match (told?, self.back) {
            (Told::Up, _) => Back::Up(self.viewer.history().end(), self.typed + 1),
            (Told::Down, _) => Back::Away,
            (Told::Seen, Back::Up(from, line)) => self.look_for_answer(from, line),
            (Told::Seen, back) => back,
            (told, _) => bail!("in the middle of the story: {told:?}"),
        };
        self.sees.send_replace(matches!(self.back, Back::Whole));
        Ok(())
    }

    /// Looks at what is new alone: much may come before the answer does.
    fn look_for_answer(&self, from: u64, line: u32) -> Back {
        let (history, answer) = (self.viewer.history(), typed::answer(line));
        if history.has_since(from, &answer) {
            return Back::Whole;
        }
        Back::Up(from.max(history.end().saturating_sub(answer.len() as u64)), line)
    }

    /// Whether it sees its session now: its circuit is up, and a line that was typed since is answered, so that all that
    /// was typed before has arrived.
    pub fn sees(&self) -> watch::Receiver<bool> {
        self.sees.subscribe()
    }

    /// Types the next numbered line.
    pub async fn type_line(&mut self) -> anyhow::Result<()> {
        self.typed += 1;
        self.viewer.type_text(&typed::line(self.typed)).await
    }

    /// Stops the program, waits for its last word, and compares.
    pub async fn end(self) -> anyhow::Result<Exact> {
        self.stop().await?.check()
    }

    /// Stops the program and waits for its last word, from the viewer and from the holder.
    pub async fn stop(mut self) -> anyhow::Result<Stopped> {
        self.viewer.type_text("stop\n").await?;
        self.viewer.until_output("stopped\n").await?;
        let mut holder = Viewer::watch(&self.state, self.viewer.session()?).await?;
        holder.until_output("stopped\n").await?;
        Ok(Stopped {
            printed: Truth::read(&self.log)?,
            seen: self.viewer.history().clone(),
            kept: holder.history().clone(),
            typed: self.typed,
        })
    }
}

/// A story that is over, to be compared. After a long one that takes long, and nothing else goes on meanwhile.
pub struct Stopped {
    printed: Truth,
    seen: History,
    kept: History,
    typed: u32,
}

impl Stopped {
    /// Compares what the viewer saw and what the holder still has with what the program printed, and what was typed with
    /// what arrived.
    pub fn check(&self) -> anyhow::Result<Exact> {
        let kept = self.kept.check(&self.printed).context("what the holder has kept")?;
        let len = self.printed.len();
        ensure!(kept.end == len, "the holder stands at {}, the program at {len}", kept.end);
        typed::check(&self.printed, self.typed).map_err(anyhow::Error::msg)?;
        let exact = self.seen.check(&self.printed)?;
        ensure!(exact.end == len, "the viewer stands at {}, the program at {len}", exact.end);
        ensure!(self.typed > 0, "nothing was typed");
        Ok(exact)
    }
}
