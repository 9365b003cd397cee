//! When the screen thread gets what was printed: in pieces worth its waking up, and soon.

use std::time::{Duration, Instant};

/// Bytes of one piece: a full one is handed over at once.
pub(super) const BATCH: usize = 128 * 1024;

/// Silence after which a smaller piece is handed over: a program has drawn what it wanted to draw.
const SILENCE: Duration = Duration::from_millis(2);

/// The longest that any byte waits for silence.
const LONGEST: Duration = Duration::from_millis(20);

/// The times of what was printed and not handed over.
#[derive(Debug, Default)]
pub(super) struct Pace {
    waiting: Option<Times>,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    first: Instant,
    last: Instant,
}

impl Pace {
    pub(super) fn printed(&mut self, now: Instant) {
        let first = self.waiting.map_or(now, |times| times.first);
        self.waiting = Some(Times { first, last: now });
    }

    /// Nothing waits any more.
    pub(super) fn rest(&mut self) {
        self.waiting = None;
    }

    /// Whether so many bytes that wait are to be handed over now.
    pub(super) fn is_due(&self, waiting: u64, now: Instant) -> bool {
        waiting >= BATCH as u64 || self.deadline().is_none_or(|deadline| now >= deadline)
    }

    /// When what waits is to be handed over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.map(|times| (times.last + SILENCE).min(times.first + LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_goes_when_it_is_full_or_its_program_silent_or_its_first_byte_old() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        assert_eq!(pace.deadline(), None);
        pace.printed(at(0));
        assert!(!pace.is_due(1, at(1)));
        assert!(pace.is_due(BATCH as u64, at(1)));
        pace.printed(at(1));
        assert!(!pace.is_due(1, at(2)));
        assert!(pace.is_due(1, at(3)));
        for millis in 2..=19 {
            pace.printed(at(millis));
        }
        assert!(!pace.is_due(1, at(19)));
        assert!(pace.is_due(1, at(20)));
        pace.rest();
        assert_eq!(pace.deadline(), None);
    }
}
