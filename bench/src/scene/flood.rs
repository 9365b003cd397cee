//! A program that prints without end: keys beside it, its interruption, and a viewer that does not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};

use super::{Set, echo, millis};
use crate::row::{Figure, Row};
use crate::stage::{PROMPTS, READY};
use crate::subject::Want;
use crate::view::{LIMIT, READ, Text, View, drain, until};

/// Bytes a second that a slow viewer reads.
const SLOW: f64 = 1_000_000.0;

/// Bytes it reads at once.
const SLOW_READ: usize = 16 * 1024;

/// How long nothing may come before it counts as silence.
const SILENCE: Duration = Duration::from_millis(250);

/// The interrupt key.
pub(super) const CTRL_C: &[u8] = b"\x03";

/// A viewer reads a flood as fast as it comes, keys are typed in a session beside it, and then the flood is interrupted.
pub(super) fn fast(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut view = set.open("echo", Want::Screen, READY)?;
    let flood = begin(set)?;
    let (mut flood, mut echoes) = beside(flood, &mut *view, set.flood)?;
    let mut figures = echo::figures(Row::EchoFlood, &mut echoes);
    if set.rows.contains(&Row::CtrlcFast) {
        figures.push(Figure::of(Row::CtrlcFast, interrupt(&mut *flood, &mut Pace::unhurried())?));
    }
    Ok(figures)
}

/// Types for so long while a flood is read as fast as it comes. Gives the flood back, and microseconds of echoes.
pub(super) fn beside(
    flood: Box<dyn View>,
    view: &mut dyn View,
    time: Duration,
) -> anyhow::Result<(Box<dyn View>, Vec<f64>)> {
    let enough = Arc::new(AtomicBool::new(false));
    let reader = thread::spawn({
        let enough = Arc::clone(&enough);
        move || read_until(flood, &enough)
    });
    let echoes = echo::keys(view, |_, passed| passed > time);
    enough.store(true, Ordering::Relaxed);
    let flood = reader.join().map_err(|_| anyhow!("the reader panicked"))??;
    Ok((flood, echoes?))
}

/// The same with a viewer that reads 1 MB/s.
pub(super) fn slow(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut flood = begin(set)?;
    let mut pace = Pace::new(SLOW);
    let mut shown = Vec::new();
    let until = Instant::now() + set.flood;
    while Instant::now() < until {
        shown.clear();
        let len = flood.read(Duration::from_millis(50), &mut shown, SLOW_READ)?;
        flood.seen()?;
        pace.rest(len);
    }
    Ok(vec![Figure::of(Row::CtrlcSlow, interrupt(&mut *flood, &mut pace)?)])
}

/// A viewer of a session whose history is full already, that does not read a flood. How much more memory the subject takes,
/// in megabytes.
pub(super) fn stalled(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut view = set.open("shell", Want::Screen, PROMPTS[0])?;
    view.send(set.stage.print_much().as_bytes())?;
    until(&mut *view, PROMPTS[1], LIMIT)?;
    drain(&mut *view, Duration::from_secs(1))?;
    let before = set.memory()?;
    view.send(set.stage.flood().as_bytes())?;
    let until = Instant::now() + set.flood;
    let mut most = before;
    while Instant::now() < until {
        thread::sleep(Duration::from_secs(1).min(set.flood));
        most = most.max(set.memory()?);
    }
    Ok(vec![Figure::of(Row::Stalled, (most - before) / 1000.0)])
}

fn begin(set: &mut Set<'_>) -> anyhow::Result<Box<dyn View>> {
    let mut flood = set.open("shell", Want::Screen, PROMPTS[0])?;
    flood.send(set.stage.flood().as_bytes())?;
    Ok(flood)
}

fn read_until(mut view: Box<dyn View>, enough: &AtomicBool) -> anyhow::Result<Box<dyn View>> {
    let mut shown = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        shown.clear();
        view.read(Duration::from_millis(100), &mut shown, READ)?;
        view.seen()?;
    }
    Ok(view)
}

/// Types ^C. Milliseconds until the prompt is there and nothing follows.
pub(super) fn interrupt(view: &mut dyn View, pace: &mut Pace) -> anyhow::Result<f64> {
    let mut text = Text::default();
    let mut shown = Vec::new();
    let begun = Instant::now();
    let mut last = begun;
    view.send(CTRL_C)?;
    while !text.has(PROMPTS[1].as_bytes()) || last.elapsed() < SILENCE {
        if begun.elapsed() > LIMIT {
            bail!("the flood was not interrupted, it shows {:?}", text.end());
        }
        shown.clear();
        let len = view.read(Duration::from_millis(50), &mut shown, pace.most)?;
        if len > 0 {
            last = Instant::now();
            text.feed(&shown);
        }
        view.seen()?;
        pace.rest(len);
    }
    Ok(millis(last - begun))
}

/// How fast a viewer reads.
pub(super) struct Pace {
    rate: f64,
    most: usize,
    due: Instant,
}

impl Pace {
    fn new(rate: f64) -> Self {
        Self { rate, most: SLOW_READ, due: Instant::now() }
    }

    pub(super) fn unhurried() -> Self {
        Self { rate: f64::INFINITY, most: READ, due: Instant::now() }
    }

    /// Rests for as long as these bytes take. Time in which nothing came is not made up for.
    fn rest(&mut self, len: usize) {
        if self.rate.is_infinite() {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a read's length")]
        let time = Duration::from_secs_f64(len as f64 / self.rate);
        self.due = self.due.max(Instant::now()) + time;
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
    }
}
