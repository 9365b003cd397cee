//! From nothing to the first byte of a session's screen: dial, greeting (and who is calling, where that is asked), attach; or
//! the whole of `ssh`.

use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Set, millis, percentile};
use crate::row::{Figure, Row};
use crate::stage::READY;
use crate::subject::Want;
use crate::view::{LIMIT, READ, View, drain};

/// How often a sweep looks.
const LOOKS: usize = 20;

/// Between two looks, so that one is not part of the next, and no door takes them for a flood.
const REST: Duration = Duration::from_millis(50);

pub(super) fn first(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    drop(set.open("echo", Want::Screen, READY)?);
    let mut times = Vec::new();
    for _ in 0..LOOKS {
        let mut view = set.server.look("echo", Want::Screen)?;
        times.push(millis(look(&mut *view)?));
        drain(&mut *view, REST)?;
    }
    let row = Row::FirstScreen;
    Ok(vec![Figure::of(row, percentile(&mut times, 0.5)), Figure::detail(row, "p99", percentile(&mut times, 0.99))])
}

fn look(view: &mut dyn View) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    view.begin()?;
    let mut shown = Vec::new();
    while view.read(LIMIT, &mut shown, READ)? == 0 {
        if begun.elapsed() > LIMIT {
            bail!("nothing was shown");
        }
    }
    Ok(begun.elapsed())
}
