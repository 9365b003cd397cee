//! One question and its answer, within the question's limits.

use std::path::Path;

use tokio::time::timeout;

use crate::answer::{Answer, answer};
use crate::ask::Ask;
use crate::error::TailnetError;
use crate::link::Link;

/// A single attempt: a connection of its own, which costs nothing on a unix socket and leaves none to look after.
pub(crate) async fn exchange(socket: &Path, ask: &Ask) -> Result<Answer, TailnetError> {
    timeout(ask.time, talk(socket, ask)).await.unwrap_or_else(|_| Err(ask.timed_out()))
}

async fn talk(socket: &Path, ask: &Ask) -> Result<Answer, TailnetError> {
    let mut link = Link::open(socket, ask).await?;
    let (head, body) = link.send(ask).await?.into_parts();
    let body = link.whole(ask, body).await?;
    answer(ask, &head, body)
}
