//! How much of what scrolled away one snapshot brings to a viewer. Pure.
//!
//! A snapshot is sent whole, so a large one keeps keys and other sessions waiting on a slow link. The first that brings
//! history takes about half a second of the connection, as its window tells; whoever asks again looks farther back, and
//! each time may wait twice as long.

/// What a snapshot is to bring besides the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    /// Lines at most.
    pub(crate) lines: u32,
    /// Bytes at most.
    pub(crate) bytes: u64,
}

impl Wanted {
    /// The screen alone.
    pub(crate) const NOTHING: Self = Self { lines: 0, bytes: 0 };
}

/// Bytes that any link takes: half a second at 125 KB/s.
const LEAST: u64 = 64 * 1024;

/// Bytes that no link is asked to take at once: what a phone parses in a second or two.
const MOST: u64 = 1024 * 1024;

/// Windows that make half a second: each is a round trip and 40 ms.
const WINDOWS: u64 = 8;

/// A viewer's questions for history.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    asked: u32,
}

impl Asking {
    /// So many lines are asked for, by one with this window. Few sizes, so that viewers share snapshots.
    pub(crate) fn ask(&mut self, lines: u32, window: u64) -> Wanted {
        if lines == 0 {
            return Wanted::NOTHING;
        }
        let once = (window * WINDOWS).next_power_of_two().clamp(LEAST, MOST);
        let bytes = once.checked_shl(self.asked).unwrap_or(MOST).min(MOST);
        self.asked = (self.asked + 1).min(MOST.ilog2());
        Wanted { lines, bytes }
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::limits::{WINDOW_FLOOR, WINDOW_MAX, WINDOW_START};

    use super::*;

    fn asked(window: u64) -> Vec<u64> {
        let mut asking = Asking::default();
        assert_eq!(asking.ask(0, window), Wanted::NOTHING);
        (0..40).map(|_| asking.ask(1_000, window).bytes).collect()
    }

    #[test]
    fn a_slow_link_is_asked_for_little_and_then_for_more() {
        let slow = asked(WINDOW_FLOOR);
        assert_eq!(slow[..6], [64, 128, 256, 512, 1024, 1024].map(|kib| kib * 1024));
        assert_eq!(slow[39], MOST);
    }

    #[test]
    fn a_fast_one_takes_all_at_once() {
        assert_eq!(asked(WINDOW_MAX), [MOST; 40]);
        assert_eq!(asked(WINDOW_START)[0], 128 * 1024);
    }
}
