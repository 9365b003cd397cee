//! The first full screen of a session that has printed much while nobody looked.

use std::thread;
use std::time::{Duration, Instant};

use super::{Set, millis, percentile};
use crate::row::{Figure, Row};
use crate::stage::LAST_LINE;
use crate::subject::Want;
use crate::view::{LIMIT, drain, until};

/// How often a sweep looks.
const LOOKS: usize = 5;

pub(super) fn attach(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let cases = [(Row::Attach10k, "print-10k"), (Row::Attach100k, "print-100k")];
    let cases: Vec<_> = cases.into_iter().filter(|(row, _)| set.rows.contains(row)).collect();
    set.stage.forget_started()?;
    for (_, script) in &cases {
        set.server.start(script, script)?;
    }
    set.wait_for(cases.len())?;
    // Whatever is done behind the scenes with what was printed is done by then.
    thread::sleep(Duration::from_secs(1));
    let mut figures = Vec::new();
    for (row, script) in cases {
        figures.push(Figure::of(row, looks(set, script)?));
    }
    Ok(figures)
}

fn looks(set: &mut Set<'_>, session: &str) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..LOOKS {
        let mut view = set.server.look(session, Want::Screen)?;
        let begun = Instant::now();
        view.begin()?;
        until(&mut *view, LAST_LINE, LIMIT)?;
        times.push(millis(begun.elapsed()));
        drain(&mut *view, Duration::from_millis(50))?;
    }
    Ok(percentile(&mut times, 0.5))
}
