//! The change bus over one connection: a single attempt, which ends with the connection.

use std::collections::VecDeque;

use hyper::StatusCode;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::change::Change;
use super::lines::{LineTooLong, Lines};
use crate::answer::refusal;
use crate::ask::Ask;
use crate::error::TailnetError;
use crate::link::Link;
use crate::local_api::LocalApi;

/// An open change bus; dropped, it is closed.
pub struct Changes {
    ask: Ask,
    link: Link,
    body: Incoming,
    lines: Lines,
    /// What the last line said and was not taken yet: seven changes at most.
    heard: VecDeque<Change>,
}

impl LocalApi {
    /// Listens to the change bus until the connection ends. [`LocalApi::watch`] comes back by itself.
    pub async fn changes(&self) -> Result<Changes, TailnetError> {
        let ask = Ask::bus();
        timeout(ask.time, open(self, &ask)).await.unwrap_or_else(|_| Err(ask.timed_out()))
    }
}

async fn open(api: &LocalApi, ask: &Ask) -> Result<Changes, TailnetError> {
    let mut link = Link::open(&api.socket, ask).await?;
    let (head, body) = link.send(ask).await?.into_parts();
    if head.status != StatusCode::OK {
        let words = link.whole(ask, body).await?;
        return Err(refusal(ask, &head, &words));
    }
    Ok(Changes { ask: ask.clone(), link, body, lines: Lines::new(ask.bytes), heard: VecDeque::new() })
}

impl Changes {
    /// Waits for the next change; the error is the end. Whoever stops waiting misses nothing.
    pub async fn next(&mut self) -> Result<Change, TailnetError> {
        loop {
            if let Some(change) = self.heard.pop_front() {
                return Ok(change);
            }
            match self.lines.next().map_err(|LineTooLong| self.too_long())? {
                Some(line) => self.heard = Change::parse(&line).map_err(|error| self.ask.garbled(&error))?.into(),
                None => self.read().await?,
            }
        }
    }

    async fn read(&mut self) -> Result<(), TailnetError> {
        let piece = self.link.piece(&self.ask, &mut self.body).await?;
        let piece = piece.ok_or_else(|| self.ask.broken("the change bus has ended"))?;
        self.lines.push(&piece);
        Ok(())
    }

    fn too_long(&self) -> TailnetError {
        TailnetError::TooLong { what: self.ask.what, limit: self.ask.bytes }
    }
}
