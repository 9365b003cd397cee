//! A command as a person types it, from the start of its process: the list of sessions, and a session's screen.

use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Set, millis, percentile};
use crate::row::{Figure, Row};
use crate::stage::READY;
use crate::subject::{Errand, Want};
use crate::view::{LIMIT, READ, Text, View};

/// How often a sweep types each.
const TIMES: usize = 10;

/// The session, whose name is in the list.
const SESSION: &str = "echo";

pub(super) fn cold(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    drop(set.open(SESSION, Want::Screen, READY)?);
    set.server.until_listed(SESSION)?;
    let mut figures = Vec::new();
    for (row, errand, word) in [(Row::LsCold, Errand::List, SESSION), (Row::AttachCold, Errand::Attach, READY)] {
        if set.rows.contains(&row) {
            figures.extend(typed(set, row, errand, word)?);
        }
    }
    Ok(figures)
}

fn typed(set: &mut Set<'_>, row: Row, errand: Errand, word: &str) -> anyhow::Result<Vec<Figure>> {
    let (mut firsts, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let mut view = set.server.run(errand, SESSION)?;
        let (first, all) = shown(&mut *view, word)?;
        firsts.push(millis(first));
        whole.push(millis(all));
    }
    Ok(vec![
        Figure::of(row, percentile(&mut whole, 0.5)),
        Figure::detail(row, "first byte", percentile(&mut firsts, 0.5)),
    ])
}

/// What a command asks a terminal last, and waits for before it shows anything; and what a terminal answers.
const QUESTION: &[u8] = b"\x1b[c";
const ANSWER: &[u8] = b"\x1b[?62;22c";

/// How long it takes until anything, and until this word, is shown.
fn shown(view: &mut dyn View, word: &str) -> anyhow::Result<(Duration, Duration)> {
    let begun = Instant::now();
    view.begin()?;
    let (mut first, mut text, mut bytes) = (None, Text::default(), Vec::new());
    loop {
        bytes.clear();
        if view.read(Duration::from_secs(1), &mut bytes, READ)? > 0 {
            let passed = begun.elapsed();
            if bytes.windows(QUESTION.len()).any(|asked| asked == QUESTION) {
                view.send(ANSWER)?;
            }
            text.feed(&bytes);
            let first = *first.get_or_insert(passed);
            if text.has(word.as_bytes()) {
                return Ok((first, passed));
            }
        }
        if begun.elapsed() > LIMIT {
            bail!("{word} was not shown, but {:?}", text.end());
        }
    }
}
