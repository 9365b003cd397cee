//! 200 MB, to a viewer that wants every byte.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use super::Set;
use crate::process;
use crate::row::{Figure, Row};
use crate::stage::{BULK, BULK_END, READY};
use crate::subject::Want;
use crate::view::{LIMIT, until};

pub(super) fn bulk(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut view = set.open("bulk", Want::Everything, READY)?;
    let before = used(set)?;
    let begun = Instant::now();
    view.send(b"\n")?;
    until(&mut *view, BULK_END, LIMIT)?;
    let time = begun.elapsed().as_secs_f64();
    let used = used(set)? - before;
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let megabytes = BULK as f64 / 1e6;
    Ok(vec![Figure::of(Row::Bulk, megabytes / time), Figure::of(Row::Cpu, used / megabytes * 1000.0)])
}

/// Seconds of CPU of everything on the server's side, the program included, so far.
fn used(set: &Set<'_>) -> anyhow::Result<f64> {
    let there = process::cpu(&process::with_descendants(&set.server.roots()?));
    if !set.server.reads_here() {
        return Ok(there);
    }
    let here = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    Ok(there + here.tv_sec as f64 + here.tv_nsec as f64 / 1e9)
}
