//! A hundred viewers of one session, each of which wants every byte.

use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::anyhow;

use super::Set;
use crate::row::{Figure, Row};
use crate::stage::{BULK_END, FANOUT, READY};
use crate::subject::Want;
use crate::view::{LIMIT, until};

const VIEWERS: usize = 100;

pub(super) fn fanout(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut first = set.open("fanout", Want::Everything, READY)?;
    let mut others = Vec::new();
    for _ in 1..VIEWERS {
        let mut view = set.server.look("fanout", Want::Everything)?;
        view.begin()?;
        until(&mut *view, READY, LIMIT)?;
        others.push(view);
    }
    let readers: Vec<JoinHandle<anyhow::Result<u64>>> =
        others.into_iter().map(|mut view| thread::spawn(move || until(&mut *view, BULK_END, LIMIT))).collect();
    let begun = Instant::now();
    first.send(b"\n")?;
    until(&mut *first, BULK_END, LIMIT)?;
    for reader in readers {
        reader.join().map_err(|_| anyhow!("a reader panicked"))??;
    }
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let megabytes = (FANOUT * VIEWERS) as f64 / 1e6;
    Ok(vec![Figure::of(Row::Fanout, megabytes / begun.elapsed().as_secs_f64())])
}
