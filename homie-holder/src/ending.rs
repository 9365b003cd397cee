//! How everything that runs is ended: asked to hang up, killed after two seconds, given up after four.

use std::time::{Duration, Instant};

/// How long programs may take to end after a hang-up before they are killed.
const HANG_UP: Duration = Duration::from_secs(2);

/// How long a killed process may take to go. One that waits for a broken disk takes longer than anybody waits for it.
const KILLED: Duration = Duration::from_secs(2);

/// How often we look what is left.
const LOOK: Duration = Duration::from_millis(20);

/// An end that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    by: Asker,
    since: Instant,
    next: Instant,
}

/// Who wants everything to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The node, for a person.
    Node,
    /// The system, by SIGTERM: it goes down, or the person has logged out for good.
    System,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet.
    Wait,
    /// Look whether anything is left.
    Look,
    /// Kill what is left.
    Kill,
    /// Whatever is left cannot be ended.
    GiveUp,
}

impl Ending {
    /// Everybody has been asked to hang up.
    pub(crate) fn new(by: Asker, now: Instant) -> Self {
        Self { by, since: now, next: now }
    }

    pub(crate) fn is_by_system(self) -> bool {
        self.by == Asker::System
    }

    /// When there is something to do.
    pub(crate) fn next(self) -> Instant {
        self.next
    }

    pub(crate) fn step(&mut self, now: Instant) -> Step {
        if now < self.next {
            return Step::Wait;
        }
        self.next = now + LOOK;
        let passed = now.saturating_duration_since(self.since);
        match passed {
            _ if passed >= HANG_UP + KILLED => Step::GiveUp,
            _ if passed >= HANG_UP => Step::Kill,
            _ => Step::Look,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_killed_before_two_seconds_or_waited_for_after_four() {
        let start = Instant::now();
        let mut ending = Ending::new(Asker::Node, start);
        let mut at = |millis| ending.step(start + Duration::from_millis(millis));
        assert_eq!([at(0), at(10), at(20), at(1_999)], [Step::Look, Step::Wait, Step::Look, Step::Look]);
        assert_eq!([at(2_000), at(2_019), at(3_999)], [Step::Wait, Step::Kill, Step::Kill]);
        assert_eq!(at(4_019), Step::GiveUp);
    }
}
