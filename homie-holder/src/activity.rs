//! When the session last did something, told so seldom that a flood of output is no flood of news.

use std::time::{Duration, Instant};

/// Activity is told at most so often.
const TOLD_EVERY: Duration = Duration::from_secs(10);

pub(crate) struct Activity {
    told: Instant,
    at: u64,
}

impl Activity {
    /// The session begins now, `at` by the clock.
    pub(crate) fn new(now: Instant, at: u64) -> Self {
        Self { told: now, at }
    }

    /// What is told: milliseconds since 1970.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Something happened. Whether that is to be told; `clock` is asked only then.
    pub(crate) fn note(&mut self, now: Instant, clock: impl FnOnce() -> u64) -> bool {
        if now < self.told + TOLD_EVERY {
            return false;
        }
        *self = Self { told: now, at: clock() };
        true
    }

    /// The last thing happened, `at` by the clock.
    pub(crate) fn last(&mut self, at: u64) {
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_every_ten_seconds() {
        let start = Instant::now();
        let mut activity = Activity::new(start, 0);
        let told: Vec<u64> = (1..=3_500)
            .filter(|tick| activity.note(start + Duration::from_millis(tick * 10), || tick * 10))
            .map(|tick| tick * 10)
            .collect();
        assert_eq!(told, [10_000, 20_000, 30_000]);
        assert_eq!(activity.at(), 30_000);
        activity.last(35_001);
        assert_eq!(activity.at(), 35_001);
    }
}
