//! The clock of a connection's loop: when to ping and when to give up. The rules are in `homie_protocol::machine::liveness`.
//!
//! A machine that sleeps, or a process that is stopped, hears nothing and thinks nothing of it: so the loop looks every second
//! how long it was away.

use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::limits::LOOK_MS;
use homie_protocol::machine::liveness::{Absence, Duty, Liveness};
use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, sleep_until};

use crate::writer::FrameWriter;

/// One connection's liveness with a clock.
#[derive(Debug)]
pub struct Pulse {
    born: Instant,
    liveness: Liveness,
    looked: Instant,
    absence: Absence,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse {
    /// Of a connection that has just been opened.
    pub fn new() -> Self {
        let now = Instant::now();
        Self { born: now, liveness: Liveness::new(0), looked: now, absence: Absence::new(boot_clock()) }
    }

    /// A frame of this kind has come, or what stands for one.
    pub fn heard(&mut self, kind: Kind) {
        match kind {
            Kind::Pong => self.liveness.answered(since(self.born)),
            _ => self.liveness.heard(since(self.born)),
        }
    }

    /// Something was typed that the peer has not confirmed yet.
    pub(crate) fn typed(&mut self) {
        self.liveness.typed(since(self.born));
    }

    /// We were away: ping at once, with a short limit.
    pub(crate) fn woke(&mut self) {
        self.liveness.woke(since(self.born));
    }

    /// Waits until there is something to do.
    pub async fn due(&self) {
        let next_check = self.born + Duration::from_millis(self.liveness.next_check());
        sleep_until(next_check.min(self.looked + Duration::from_millis(LOOK_MS))).await;
    }

    /// Does what there is to do: pings, or gives the circuit up.
    pub(crate) fn beat(&mut self, writer: &FrameWriter) -> Result<(), Refusal> {
        match self.duty() {
            Duty::Rest => Ok(()),
            Duty::Ping => Ok(writer.send(Header::PING, &[])?),
            Duty::Dead => Err(Refusal::new(Code::Timeout, "nothing has come of you for too long")),
        }
    }

    /// Says what there is to do, and takes it as done.
    pub fn duty(&mut self) -> Duty {
        self.look(boot_clock());
        self.liveness.check(since(self.born))
    }

    fn look(&mut self, boot_clock: u64) {
        self.looked = Instant::now();
        if self.absence.was_away(boot_clock) {
            self.woke();
        }
    }
}

/// Milliseconds since the machine's start, its sleep included, which the runtime's clock leaves out.
fn boot_clock() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    part(now.tv_sec) * 1000 + part(now.tv_nsec) / 1_000_000
}

/// Milliseconds since then.
pub(crate) fn since(born: Instant) -> u64 {
    u64::try_from(born.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that has slept is not the peer's silence: however long it was, the peer has two seconds for an answer.
    #[tokio::test(start_paused = true)]
    async fn a_machine_that_has_slept_asks_within_a_second() {
        let mut pulse = Pulse::new();
        pulse.due().await;
        assert_eq!(pulse.born.elapsed(), Duration::from_secs(1));
        pulse.look(boot_clock() + 3_600_000);
        assert_eq!(pulse.liveness.check(since(pulse.born)), Duty::Ping);
        assert_eq!(pulse.liveness.next_check(), 3_000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_here_all_the_time_asks_after_fifteen_seconds_of_silence() {
        let mut pulse = Pulse::new();
        let mut duties = Vec::new();
        while !duties.contains(&Duty::Ping) {
            pulse.due().await;
            pulse.look(boot_clock());
            duties.push(pulse.liveness.check(since(pulse.born)));
        }
        assert_eq!(pulse.born.elapsed(), Duration::from_secs(15));
    }
}
