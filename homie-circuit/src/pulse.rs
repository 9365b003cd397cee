//! The clock of a circuit's loop: when to ping and when to give up. The rules are in `homie_protocol::machine::liveness`.

use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Header;
use homie_protocol::machine::liveness::{Duty, Liveness};
use tokio::time::{Instant, sleep_until};

use crate::writer::FrameWriter;

/// One circuit's liveness with a clock.
#[derive(Debug)]
pub(crate) struct Pulse {
    born: Instant,
    liveness: Liveness,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self { born: Instant::now(), liveness: Liveness::new(0) }
    }

    /// A frame has come.
    pub(crate) fn heard(&mut self) {
        self.liveness.heard(since(self.born));
    }

    /// We were away: ping at once, with a short limit.
    pub(crate) fn woke(&mut self) {
        self.liveness.woke(since(self.born));
    }

    /// Waits until there is something to do.
    pub(crate) async fn due(&self) {
        sleep_until(self.born + Duration::from_millis(self.liveness.next_check())).await;
    }

    /// Does what there is to do: pings, or gives the circuit up.
    pub(crate) fn beat(&mut self, writer: &FrameWriter) -> Result<(), Refusal> {
        match self.liveness.check(since(self.born)) {
            Duty::Rest => Ok(()),
            Duty::Ping => Ok(writer.send(Header::PING, &[])?),
            Duty::Dead => Err(Refusal::new(Code::Timeout, "nothing has come of you for too long")),
        }
    }
}

/// Milliseconds since then.
pub(crate) fn since(born: Instant) -> u64 {
    u64::try_from(born.elapsed().as_millis()).unwrap_or(u64::MAX)
}
