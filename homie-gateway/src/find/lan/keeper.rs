//! Keeps the ear: starts it, and another one some time after it has ended.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::Lan;
use super::lines::{Heard, LINE, Told};

/// Until another one is started, if the last has not lived long; each time twice as long …
const PAUSE: Duration = Duration::from_secs(5);

/// … up to this. Somebody floods the network, or there is no ear to be had.
const PAUSE_MOST: Duration = Duration::from_mins(5);

/// One that has lived so long was not flooded.
const LONG: Duration = Duration::from_mins(5);

/// How long it may take to read a line. It has nothing else to do.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);

/// How long it may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// One ear at a time.
pub(super) struct Keeper {
    lan: Lan,
    ear: Option<Ear>,
    pause: Duration,
    /// When the next one is started, while there is none.
    next: Instant,
}

struct Ear {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// What has come of a line.
    line: Vec<u8>,
    began: Instant,
}

impl Keeper {
    pub(super) fn new(lan: Lan) -> Self {
        Self { lan, ear: None, pause: PAUSE, next: Instant::now() }
    }

    /// When there is something to do.
    pub(super) fn next(&self) -> Option<Instant> {
        self.ear.is_none().then_some(self.next)
    }

    /// Starts an ear if it is time. Whether there is a new one.
    pub(super) fn start(&mut self) -> bool {
        if self.ear.is_some() || Instant::now() < self.next {
            return false;
        }
        match Ear::start(&self.lan) {
            Ok(ear) => self.ear = Some(ear),
            Err(error) => self.rest(&format!("{} cannot be run: {error}", self.lan.program.display())),
        }
        self.ear.is_some()
    }

    /// What is heard next. Without an ear it waits for ever.
    pub(super) async fn hear(&mut self) -> Heard {
        let Some(ear) = &mut self.ear else { return std::future::pending().await };
        ear.hear().await.unwrap_or_else(|why| Heard::Deaf(why.to_string()))
    }

    /// Says something to the ear. One that does not take it is no good.
    pub(super) async fn tell(&mut self, told: &Told) {
        let Some(ear) = &mut self.ear else { return };
        let said = timeout(TAKEN_WITHIN, ear.tell(told)).await;
        if !matches!(said, Ok(Ok(()))) {
            self.end("it does not listen to the gateway");
        }
    }

    /// The ear is of no use any more. Dropped, it ends.
    pub(super) fn end(&mut self, why: &str) {
        let Some(ear) = self.ear.take() else { return };
        if ear.began.elapsed() >= LONG {
            self.pause = PAUSE;
        }
        self.rest(why);
    }

    fn rest(&mut self, why: &str) {
        tracing::warn!("the local network is listened to again in {} s: {why}", self.pause.as_secs());
        self.next = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MOST);
    }

    /// Lets it say goodbye.
    pub(super) async fn stop(self) {
        let Some(Ear { mut child, to, .. }) = self.ear else { return };
        drop(to);
        // Dropped, it ends without.
        let _ended = timeout(GOODBYE, child.wait()).await;
    }
}

impl Ear {
    fn start(lan: &Lan) -> io::Result<Self> {
        let mut command = Command::new(&lan.program);
        command.arg("hear").args(&lan.interfaces).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (to, from) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, to, from: BufReader::new(from), line: Vec::new(), began: Instant::now() })
    }

    /// May be dropped and asked again: what has come of a line is kept.
    async fn hear(&mut self) -> io::Result<Heard> {
        let room = LINE.saturating_sub(self.line.len());
        let mut from = (&mut self.from).take(u64::try_from(room).unwrap_or_default());
        from.read_until(b'\n', &mut self.line).await?;
        if self.line.last() != Some(&b'\n') {
            return Err(io::Error::other("its ear has ended, or makes no sense"));
        }
        Ok(serde_json::from_slice(&std::mem::take(&mut self.line))?)
    }

    async fn tell(&mut self, told: &Told) -> io::Result<()> {
        let mut line = serde_json::to_vec(told)?;
        line.push(b'\n');
        self.to.write_all(&line).await
    }
}
