//! What a gateway has in memory while many clients look at many sessions in which nothing happens.

use std::thread;
use std::time::Duration;

use anyhow::Context;

use super::Set;
use crate::process;
use crate::row::{Figure, Row};

/// Sessions that each client looks at: as many as a circuit has channels.
const SESSIONS: usize = 64;

/// How many come between two looks at those that are there already: they have to answer pings.
const AT_ONCE: usize = 20;

/// How long everything may settle.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) fn crowd(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    set.stage.forget_started()?;
    set.occupy(0, SESSIONS, "idle")?;
    set.wait_for(SESSIONS)?;
    let gateway = set.server.gateway().context("it has no gateway")?;
    let before = process::pss(&[gateway])?;
    let mut crowd = crate::homie::Crowd::default();
    for number in 1..=set.clients {
        set.server.join(&mut crowd)?;
        if number.is_multiple_of(AT_ONCE) {
            crowd.tend()?;
        }
    }
    crowd.tend()?;
    thread::sleep(SETTLE);
    let after = process::pss(&[gateway])?;
    let row = Row::GatewayMem;
    Ok(vec![Figure::of(row, after / 1000.0), Figure::detail(row, "without clients", before / 1000.0)])
}
