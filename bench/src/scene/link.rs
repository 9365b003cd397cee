//! The same over links that carry little, or lead far: keys beside a flood, its interruption, and how much of the link a viewer
//! gets that wants every byte.

use std::time::Instant;

use super::flood::{CTRL_C, Pace, beside, interrupt};
use super::{Set, percentile};
use crate::row::{Figure, Row};
use crate::stage::{PROMPTS, READY};
use crate::subject::{Link, Want};
use crate::view::{LIMIT, drain, until};

pub(super) fn links(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (number, link) in set.server.links().iter().enumerate() {
        set.server.narrow(link)?;
        let there = over(set, link, number);
        set.server.widen()?;
        figures.extend(there?);
    }
    Ok(figures)
}

fn over(set: &mut Set<'_>, link: &Link, number: usize) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if set.rows.contains(&Row::KeyLink) || set.rows.contains(&Row::CtrlcLink) {
        figures.extend(typing(set, link, number)?);
    }
    if set.rows.contains(&Row::FlowLink) {
        figures.push(named(Row::FlowLink, link, flow(set, number)?));
    }
    Ok(figures)
}

/// A figure of a link: the first link's are the row.
const fn named(row: Row, link: &Link, value: f64) -> Figure {
    match link.name {
        Some(name) => Figure::detail(row, name, value),
        None => Figure::of(row, value),
    }
}

/// A viewer reads a flood as fast as it comes, keys are typed in a session beside it, then the flood is interrupted.
fn typing(set: &mut Set<'_>, link: &Link, number: usize) -> anyhow::Result<Vec<Figure>> {
    let mut view = set.open_as(&format!("echo {number}"), "echo", Want::Screen, READY)?;
    let mut flood = set.open_as(&format!("flood {number}"), "shell", Want::Screen, PROMPTS[0])?;
    flood.send(set.stage.flood().as_bytes())?;
    let (mut flood, mut echoes) = beside(flood, &mut *view, set.flood)?;
    let millis = |echoes: &mut [f64], part| percentile(echoes, part) / 1000.0;
    let mut figures = vec![
        named(Row::KeyLink, link, millis(&mut echoes, 0.99)),
        Figure::detail(Row::KeyLink, link.median, millis(&mut echoes, 0.5)),
    ];
    if set.rows.contains(&Row::CtrlcLink) {
        figures.push(named(Row::CtrlcLink, link, interrupt(&mut *flood, &mut Pace::unhurried())?));
    }
    Ok(figures)
}

/// Kilobytes a second of a flood, once it has begun.
fn flow(set: &mut Set<'_>, number: usize) -> anyhow::Result<f64> {
    let mut flow = set.open_as(&format!("flow {number}"), "shell", Want::Everything, PROMPTS[0])?;
    flow.send(set.stage.flood().as_bytes())?;
    drain(&mut *flow, set.flood / 4)?;
    let begun = Instant::now();
    let bytes = drain(&mut *flow, set.flood)?;
    let time = begun.elapsed().as_secs_f64();
    flow.send(CTRL_C)?;
    if set.server.has_programs() {
        until(&mut *flow, PROMPTS[1], LIMIT)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "bytes of half a minute")]
    Ok(bytes as f64 / 1000.0 / time)
}

/// The rows that a link has.
pub(super) const ROWS: &[Row] = &[Row::KeyLink, Row::CtrlcLink, Row::FlowLink];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_links_figures_are_the_row_and_the_others_are_called_by_name() {
        let details: Vec<_> = Link::ALL.iter().map(|link| named(Row::FlowLink, link, 1.0).detail).collect();
        assert_eq!(details, [None, Some("125 KB/s"), Some("80 ms away")]);
        let mut names: Vec<_> = Link::ALL.iter().flat_map(|link| [link.name, Some(link.median)]).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 2 * Link::ALL.len(), "no two are told under one name");
    }
}
