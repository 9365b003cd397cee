//! `homie replay`: plays a recording in this terminal. Space pauses, q leaves.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::io::{AsyncWriteExt, Stdout};
use tokio::time::{Instant, sleep_until};

use crate::attach::canvas::Canvas;
use crate::attach::terminal::{self, Raw};
use crate::attach::typist::{Caught, Keys, Signals};
use crate::cli::ReplayOptions;
use crate::detach_key::DetachKey;
use crate::here::{runtime, with_machine};
use crate::on::On;
use crate::outcome::{Failure, Outcome};
use crate::record;
use crate::settings::Settings;
use crate::style::plain;

mod cast;

use cast::{Cast, What};

/// Bytes of a file that is played; a recording of ours ends at 64 MiB.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Keys that leave, besides the one that leaves a session: q and Ctrl-C.
const LEAVE: &[u8] = b"q\x03";

/// Plays it.
pub(crate) fn replay(options: &ReplayOptions) -> Outcome {
    if !terminal::is_there() {
        return Err(Failure::Usage(anyhow!("replay needs a terminal; `homie record --export` prints a recording")));
    }
    let key = options.detach_key.clone().map_or_else(|| Settings::read().map(|settings| settings.detach_key()), Ok)?;
    let (name, bytes) = found(&options.recording, &options.on)?;
    let cast = Cast::parse(&bytes).with_context(|| format!("{name} cannot be played"))?;
    let runtime = runtime()?;
    let ended = runtime.block_on(async { Player::new(name, cast, options, key).play().await });
    // A thread may still wait for a key.
    runtime.shutdown_background();
    match ended? {
        0 => Ok(()),
        signal => Err(Failure::Code(128 + signal)),
    }
}

/// A file, else a recording of this machine, or of another one, and what it is called.
fn found(wanted: &str, on: &On) -> Outcome<(String, Vec<u8>)> {
    let path = Path::new(wanted);
    if on.machine().is_none() && path.is_file() {
        let size = std::fs::metadata(path).map_or(0, |found| found.len());
        if size > LARGEST {
            return Err(anyhow!("{wanted} has {size} bytes; {LARGEST} can be played").into());
        }
        let bytes = std::fs::read(path).with_context(|| format!("{wanted} cannot be read"))?;
        return Ok((wanted.to_owned(), bytes));
    }
    let (place, wanted) = on.of(wanted);
    with_machine(place.machine(), async |here| {
        let recording = record::pick(&here, wanted).await?;
        let bytes = record::read(&here, recording.id).await?;
        Ok((recording.name, bytes))
    })
}

struct Player {
    name: String,
    cast: Cast,
    speed: f64,
    idle_limit: Option<Duration>,
    key: DetachKey,
    canvas: Canvas,
    terminal: Stdout,
    /// The event that comes next.
    next: usize,
    /// When it comes; none while it is paused.
    due: Option<Instant>,
    /// What is left of the wait for it while it is paused.
    left: Duration,
}

impl Player {
    fn new(name: String, cast: Cast, options: &ReplayOptions, key: DetachKey) -> Self {
        let canvas = Canvas::new(terminal::size().unwrap_or_default(), true);
        let idle_limit = options.idle_limit.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let name = cast.title.clone().unwrap_or(name);
        let terminal = tokio::io::stdout();
        let (next, due, left) = (0, None, Duration::ZERO);
        Self { name, cast, speed: options.speed, idle_limit, key, canvas, terminal, next, due, left }
    }

    /// Plays to the end, or until the person leaves or a signal comes, whose number it gives.
    async fn play(mut self) -> anyhow::Result<u8> {
        let mut signals = Signals::listen()?;
        let raw = Raw::enter()?;
        let ended = self.pump(&mut signals).await;
        let undo = format!("{}\x1b[23;0t\r\n\x1b[J", self.canvas.undo());
        self.write(undo.as_bytes()).await?;
        drop(raw);
        ended
    }

    async fn pump(&mut self, signals: &mut Signals) -> anyhow::Result<u8> {
        let mut keys = Keys::new();
        let begun = self.canvas.begin(self.cast.size);
        self.write(b"\x1b[22;0t").await?;
        self.write(&begun).await?;
        self.left = self.wait();
        self.pause_or_go_on().await?;
        while self.next < self.cast.events.len() {
            tokio::select! {
                () = until(self.due), if self.due.is_some() => self.step().await?,
                typed = keys.next() => match typed {
                    None => return Ok(1),
                    Some(typed) if self.key.before(typed).is_some() => return Ok(0),
                    Some([key]) if LEAVE.contains(key) => return Ok(0),
                    Some(b" ") => self.pause_or_go_on().await?,
                    Some(_) => {}
                },
                caught = signals.next() => match caught {
                    Caught::Ended(number) => return Ok(number),
                    Caught::Resized | Caught::Continued => self.seen(&caught).await?,
                },
            }
        }
        Ok(0)
    }

    /// Shows everything that is due, and says when the next is.
    async fn step(&mut self) -> std::io::Result<()> {
        let mut painted = Vec::new();
        let mut due = self.due.unwrap_or_else(Instant::now);
        while let Some(event) = self.cast.events.get(self.next).filter(|_| due <= Instant::now()) {
            painted.extend(match &event.what {
                What::Output(text) => self.canvas.output(text.as_bytes()),
                What::Resized(size) => self.canvas.resized(*size),
            });
            self.next += 1;
            due += self.wait();
        }
        if self.canvas.is_due() {
            painted.extend(self.canvas.draw());
        }
        self.due = Some(due);
        self.write(&painted).await
    }

    /// How long it is from the event before the next one to it.
    fn wait(&self) -> Duration {
        let wait = self.cast.events.get(self.next).map_or(Duration::ZERO, |event| event.after);
        wait.min(self.idle_limit.unwrap_or(Duration::MAX)).div_f64(self.speed)
    }

    async fn pause_or_go_on(&mut self) -> std::io::Result<()> {
        match self.due.take() {
            Some(due) => self.left = due.saturating_duration_since(Instant::now()),
            None => self.due = Instant::now().checked_add(self.left),
        }
        let state = if self.due.is_some() { "\u{25b6}" } else { "\u{23f8} paused:" };
        self.write(format!("\x1b]2;{state} {}\x07", plain(&self.name)).as_bytes()).await
    }

    async fn seen(&mut self, caught: &Caught) -> std::io::Result<()> {
        if matches!(caught, Caught::Continued) {
            // A terminal that is gone is told of by its keys.
            let _raw = terminal::enter_again();
        }
        let painted = self.canvas.refit(terminal::size().unwrap_or_default());
        self.write(&painted).await
    }

    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.terminal.write_all(bytes).await?;
        self.terminal.flush().await
    }
}

async fn until(due: Option<Instant>) {
    if let Some(due) = due {
        sleep_until(due).await;
    }
}
