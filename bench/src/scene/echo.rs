//! A key, until its echo is shown.

use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Set, percentile};
use crate::row::{Figure, Row};
use crate::stage::READY;
use crate::subject::Want;
use crate::view::{READ, Text, View, drain};

/// How long an echo may take.
const LOST: Duration = Duration::from_secs(10);

/// Keys in a session where nothing else happens.
pub(super) fn idle(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut view = set.open("echo", Want::Screen, READY)?;
    let count = usize::try_from(set.keys)?;
    let mut echoes = keys(&mut *view, |typed, _| typed == count)?;
    Ok(figures(Row::EchoIdle, &mut echoes))
}

/// The percentiles of echoes.
pub(super) fn figures(row: Row, echoes: &mut [f64]) -> Vec<Figure> {
    vec![
        Figure::of(row, percentile(echoes, 0.5)),
        Figure::detail(row, "p95", percentile(echoes, 0.95)),
        Figure::detail(row, "p99", percentile(echoes, 0.99)),
    ]
}

/// Types letters, 10 to 20 ms apart so that no clock is met, until it is enough. Gives microseconds.
pub(super) fn keys(view: &mut dyn View, enough: impl Fn(usize, Duration) -> bool) -> anyhow::Result<Vec<f64>> {
    let begun = Instant::now();
    let mut echoes = Vec::new();
    for (typed, letter) in (b'a'..=b'z').cycle().enumerate() {
        if enough(typed, begun.elapsed()) {
            break;
        }
        echoes.push(key(view, letter)?.as_secs_f64() * 1e6);
        drain(view, Duration::from_micros(10_000 + (typed as u64 * 7_919) % 10_000))?;
    }
    Ok(echoes)
}

pub(super) fn key(view: &mut dyn View, letter: u8) -> anyhow::Result<Duration> {
    let mut text = Text::default();
    let mut shown = Vec::new();
    let begun = Instant::now();
    view.send(&[letter])?;
    loop {
        shown.clear();
        view.read(Duration::from_secs(1), &mut shown, READ)?;
        let passed = begun.elapsed();
        view.seen()?;
        text.feed(&shown);
        if text.has(&[letter]) {
            return Ok(passed);
        }
        if passed > LOST {
            bail!("the echo of {} was not shown", char::from(letter));
        }
    }
}
