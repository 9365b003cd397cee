//! The change bus with patience: whenever it ends, it is opened again.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::change::Change;
use super::changes::Changes;
use crate::error::TailnetError;
use crate::limits::{FIRST_WAIT, LONGEST_WAIT};
use crate::local_api::LocalApi;

/// What is heard.
#[derive(Debug)]
pub enum Heard {
    /// The bus is open, perhaps again: what happened before was not heard, so ask for the state, and who is who.
    Opened,
    /// Something has changed.
    Change(Change),
    /// The bus has ended or cannot be opened, and why. It is tried again after 0.2 s, doubling to 5 s. Until it is open
    /// nothing is known of tailscaled.
    Lost(TailnetError),
}

/// Listens for ever.
pub struct Watch {
    api: LocalApi,
    bus: Bus,
    /// Before the next attempt after the one that waits.
    wait: Duration,
}

enum Bus {
    Open { changes: Box<Changes>, since: Instant },
    Closed { until: Instant },
}

impl LocalApi {
    /// Listens to the change bus for ever; the first attempt is made at the first [`Watch::next`].
    pub fn watch(&self) -> Watch {
        Watch { api: self.clone(), bus: Bus::Closed { until: Instant::now() }, wait: FIRST_WAIT }
    }
}

impl Watch {
    /// Waits for what happens next. Whoever stops waiting misses nothing.
    pub async fn next(&mut self) -> Heard {
        match &mut self.bus {
            Bus::Open { changes, since } => match changes.next().await {
                Ok(change) => Heard::Change(change),
                Err(error) => {
                    // One that opens and breaks at once is not hammered.
                    if since.elapsed() > LONGEST_WAIT {
                        self.wait = FIRST_WAIT;
                    }
                    self.lost(error)
                }
            },
            Bus::Closed { until } => {
                sleep_until(*until).await;
                match self.api.changes().await {
                    Ok(changes) => {
                        self.bus = Bus::Open { changes: Box::new(changes), since: Instant::now() };
                        Heard::Opened
                    }
                    Err(error) => self.lost(error),
                }
            }
        }
    }

    fn lost(&mut self, error: TailnetError) -> Heard {
        self.bus = Bus::Closed { until: Instant::now() + self.wait };
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        Heard::Lost(error)
    }
}
