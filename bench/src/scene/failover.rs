//! The gateway that somebody types through is killed, until the next key's echo is shown.

use std::time::Instant;

use super::{Set, echo, millis, percentile};
use crate::row::{Figure, Row};
use crate::stage::READY;
use crate::subject::Want;
use crate::view::{LIMIT, until};

/// How often a sweep kills it.
const TIMES: usize = 3;

pub(super) fn failover(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    drop(set.open("echo", Want::Screen, READY)?);
    let mut times = Vec::new();
    for letter in (b'a'..=b'z').step_by(2).take(TIMES) {
        let mut view = set.server.look("echo", Want::Screen)?;
        view.begin()?;
        until(&mut *view, READY, LIMIT)?;
        echo::key(&mut *view, letter)?;
        let begun = Instant::now();
        set.server.lose_gateway()?;
        echo::key(&mut *view, letter + 1)?;
        times.push(millis(begun.elapsed()));
        drop(view);
        set.server.restore_gateway()?;
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(vec![Figure::of(Row::Failover, percentile(&mut times, 0.5)), Figure::detail(Row::Failover, "slowest", most)])
}
