//! How long to wait before the next attempt: 0.25 s, doubling to 10 s, with 30 % of chance either way.

/// Milliseconds before the second attempt: a server that restarts is back after about so long.
const FIRST_MS: u64 = 250;

/// Milliseconds at most: a person who waits sees something happen.
const LONGEST_MS: u64 = 10_000;

/// A circuit that was up for so many milliseconds was a success: the next wait is short again. A server that accepts and
/// drops at once is not hammered, and on a link that breaks every few seconds nobody is away for longer than it carries.
const PROVEN_MS: u64 = 3_000;

/// The waits between attempts.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
    up_since: Option<u64>,
}

impl Backoff {
    /// An attempt has succeeded.
    pub const fn succeeded(&mut self, now: u64) {
        self.up_since = Some(now);
    }

    /// An attempt has failed, or the circuit it made is over. Gives the milliseconds to wait; `chance` is random, all of
    /// its values alike likely, so that many clients of one server do not come back at once.
    pub fn failed(&mut self, now: u64, chance: u32) -> u64 {
        if self.up_since.take().is_some_and(|since| now.saturating_sub(since) >= PROVEN_MS) {
            self.failures = 0;
        }
        let wait = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let spread = wait * 6 / 10;
        wait - spread / 2 + u64::from(chance) * spread / u64::from(u32::MAX)
    }

    /// The network came back: what failed before says nothing now.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIDDLE: u32 = u32::MAX / 2;

    #[test]
    fn it_doubles_up_to_ten_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.failed(0, MIDDLE)).collect();
        for (wait, expected) in waits.iter().zip([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
            assert!(wait.abs_diff(expected) <= 1, "{wait} for {expected}");
        }
    }

    #[test]
    fn only_a_circuit_that_lasted_makes_the_wait_short_again() {
        let mut backoff = Backoff::default();
        backoff.failed(0, MIDDLE);
        backoff.succeeded(1_000);
        assert!(backoff.failed(3_999, MIDDLE) > 400);
        backoff.succeeded(20_000);
        assert!(backoff.failed(23_000, MIDDLE) < 300);
        backoff.failed(30_000, MIDDLE);
        backoff.reset();
        assert!(backoff.failed(30_000, MIDDLE) < 300);
    }

    proptest! {
        #[test]
        fn every_wait_is_within_30_percent(failures in 0_u32..100, chance: u32) {
            let mut backoff = Backoff::default();
            for _ in 0..failures {
                backoff.failed(0, chance);
            }
            let middle = (250_u64 << failures.min(16)).min(10_000);
            let wait = backoff.failed(0, chance);
            prop_assert!(wait >= middle * 7 / 10 && wait <= middle * 13 / 10, "{} for {}", wait, middle);
        }
    }

    #[test]
    fn chance_reaches_both_ends() {
        assert_eq!(Backoff::default().failed(0, 0), 175);
        assert_eq!(Backoff::default().failed(0, u32::MAX), 325);
    }
}
