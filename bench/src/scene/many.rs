//! A gateway starts, and finds a mesh of many machines.

use super::{Set, millis};
use crate::row::{Figure, Row};

pub(super) fn many(set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
    let listed = set.server.list_many(set.machines)?;
    Ok(vec![
        Figure::of(Row::MeshFull, millis(listed.full)),
        Figure::detail(Row::MeshFull, "who comes next", millis(listed.again)),
        Figure::of(Row::MeshCpu, listed.cpu),
        Figure::of(Row::MeshMem, listed.memory / 1000.0),
    ])
}
