//! 64 sessions, from the wish until their programs run; then a new daemon, until it has them all.

use std::time::Instant;

use super::{Set, millis};
use crate::row::{Figure, Row};

const SESSIONS: usize = 64;

pub(super) fn start(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    set.stage.forget_started()?;
    let begun = Instant::now();
    let _views = set.occupy(0, SESSIONS, "idle")?;
    set.wait_for(SESSIONS)?;
    let mut figures = vec![Figure::of(Row::Start64, millis(begun.elapsed()))];
    if set.rows.contains(&Row::Adopt64) {
        let begun = Instant::now();
        set.server.adopt(SESSIONS)?;
        figures.push(Figure::of(Row::Adopt64, millis(begun.elapsed())));
    }
    Ok(figures)
}
