//! What a session costs in memory, its program left out: nobody can save that.

use std::thread;
use std::time::Duration;

use super::Set;
use crate::row::{Figure, Row};
use crate::stage::LAST_LINE;
use crate::view::{LIMIT, until};

/// Sessions that have printed much.
const USED: usize = 4;

/// How long everything may settle.
const SETTLE: Duration = Duration::from_secs(1);

/// One, 50 and 200 sessions in which nothing happens.
pub(super) fn idle(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    set.stage.forget_started()?;
    let before = set.memory()?;
    let mut views = Vec::new();
    let mut figures = Vec::new();
    // 200 connections by ssh take longer to make than all the rest of a sweep.
    let counts = if set.server.needs_viewers() { &[1, 50][..] } else { &[1, 50, 200] };
    let mut running = 0;
    for count in counts {
        views.extend(set.occupy(running, *count, "idle")?);
        set.wait_for(*count)?;
        running = *count;
        let each = per_session(set, before, *count)?;
        figures.push(match count {
            1 => Figure::detail(Row::MemIdle, "1 session", each),
            50 => Figure::of(Row::MemIdle, each),
            _ => Figure::detail(Row::MemIdle, "200 sessions", each),
        });
    }
    Ok(figures)
}

/// Sessions that have printed 100,000 lines.
pub(super) fn used(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    set.stage.forget_started()?;
    let before = set.memory()?;
    let mut views = set.occupy(0, USED, "print-100k")?;
    views.iter_mut().try_for_each(|view| until(&mut **view, LAST_LINE, LIMIT).map(drop))?;
    set.wait_for(USED)?;
    Ok(vec![Figure::of(Row::MemUsed, per_session(set, before, USED)?)])
}

fn per_session(set: &Set<'_>, before: f64, count: usize) -> anyhow::Result<f64> {
    thread::sleep(SETTLE);
    #[expect(clippy::cast_precision_loss, reason = "a few sessions")]
    Ok((set.memory()? - before) / count as f64)
}
