//! A device that looks at a session is revoked on the machine, until its circuit is closed.

use super::{Set, millis, percentile};
use crate::row::{Figure, Row};
use crate::stage::READY;
use crate::subject::{REVOCATIONS, Want};

pub(super) fn revoke(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let _view = set.open("echo", Want::Screen, READY)?;
    let mut times = Vec::new();
    for _ in 0..REVOCATIONS {
        times.push(millis(set.server.revoke("echo")?));
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(vec![Figure::of(Row::Revoke, percentile(&mut times, 0.5)), Figure::detail(Row::Revoke, "slowest", most)])
}
