//! The path behind a window: how long it is, measured by frames that are alone in it, and how much it drains.

use super::PROBE_BYTES;

/// Microseconds without a round trip near the shortest, after which we look whether the path has become longer.
const DOUBT: u64 = 10_000_000;

/// The same for round trips that even a queue of ours does not explain.
const STRONG_DOUBT: u64 = 1_000_000;

/// Microseconds between two probes of strong doubt.
const BETWEEN: u64 = 2_000_000;

/// Bytes in flight that do not count: echoes pass the window, and whoever types fast has always one under way.
const ALONE: u64 = 512;

/// The length of a path, and what is done to know it.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// The shortest round trip of late; `u64::MAX` while none is known.
    shortest: u64,
    probe: Probe,
    /// When a round trip was last about the shortest.
    good: u64,
    /// When one was last no longer than our own queue explains.
    explained: u64,
    probed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    /// There is nothing to find out.
    Rests,
    /// Nothing is sent until next to nothing is in flight.
    Drains { tries: u8, shortest: u64 },
    /// The next frame is the probe.
    Ready { tries: u8, shortest: u64 },
    /// It is in flight since then. What was sent before it waited in our own queue, and says nothing.
    Flies { tries: u8, shortest: u64, since: u64 },
}

impl Path {
    /// A path of which nothing is known: the first frame is a probe.
    pub(super) fn new(now: u64) -> Self {
        let probe = Probe::Ready { tries: 0, shortest: u64::MAX };
        Self { shortest: u64::MAX, probe, good: now, explained: now, probed: now }
    }

    /// The shortest round trip, 0 while none is known.
    pub(super) fn base(&self) -> u64 {
        if self.shortest == u64::MAX { 0 } else { self.shortest }
    }

    /// Whether the path is known to be shorter than this.
    pub(super) fn is_within(&self, micros: u64) -> bool {
        self.shortest < micros
    }

    /// How many bytes the next frame may have, as far as measuring goes; `None` for none.
    pub(super) fn allows(&self, in_flight: u64) -> Option<u64> {
        match self.probe {
            Probe::Rests => Some(u64::MAX),
            Probe::Ready { .. } if in_flight <= ALONE => Some(PROBE_BYTES as u64),
            Probe::Ready { .. } | Probe::Drains { .. } | Probe::Flies { .. } => None,
        }
    }

    /// A frame was sent. One that is small and alone is as good as a probe.
    pub(super) fn sent(&mut self, now: u64, bytes: u64, in_flight: u64) {
        if let Probe::Ready { tries, shortest } = self.probe
            && in_flight <= ALONE
            && bytes <= PROBE_BYTES as u64
        {
            self.probe = Probe::Flies { tries, shortest, since: now };
        }
    }

    /// A round trip of `trip` has ended; up to `queue` of it may be our own doing. If it was the last probe: whether the
    /// path is longer than we thought.
    pub(super) fn measured(&mut self, now: u64, trip: u64, queue: u64) -> Option<bool> {
        self.shortest = self.shortest.min(trip);
        if trip < longer(self.shortest) {
            self.good = now;
        }
        if trip < self.shortest + queue + queue / 4 {
            self.explained = now;
        }
        match self.probe {
            Probe::Rests => {
                self.doubt(now);
                None
            }
            Probe::Flies { tries, shortest, since } if now.saturating_sub(trip) >= since => {
                Some(self.landed(now, tries + 1, shortest.min(trip)))
            }
            Probe::Drains { .. } | Probe::Ready { .. } | Probe::Flies { .. } => None,
        }
    }

    /// Whether the pipe is empty now that was to be emptied: what comes next is the probe.
    pub(super) fn drained(&mut self, in_flight: u64) -> bool {
        let Probe::Drains { tries, shortest } = self.probe else { return false };
        let is_empty = in_flight <= ALONE;
        if is_empty {
            self.probe = Probe::Ready { tries, shortest };
        }
        is_empty
    }

    fn doubt(&mut self, now: u64) {
        let since = |then: u64| now.saturating_sub(then);
        let strong = since(self.explained) > STRONG_DOUBT && since(self.probed) > BETWEEN;
        if strong || since(self.good) > DOUBT {
            self.probe = Probe::Drains { tries: 0, shortest: u64::MAX };
            self.probed = now;
        }
    }

    fn landed(&mut self, now: u64, tries: u8, shortest: u64) -> bool {
        // One hiccup is not a new path.
        if tries < 2 && shortest > self.shortest + self.shortest / 2 + 5_000 {
            self.probe = Probe::Ready { tries, shortest };
            return false;
        }
        let is_longer = shortest > longer(self.shortest);
        *self = Self { shortest, probe: Probe::Rests, good: now, explained: now, probed: self.probed };
        is_longer
    }
}

/// A round trip from which on a path is no longer the one that had this shortest.
fn longer(shortest: u64) -> u64 {
    shortest + shortest / 4 + 2_000
}

/// The last rates, bytes a second.
#[derive(Debug, Clone, Default)]
pub(super) struct Rates {
    last: [u64; 4],
    next: usize,
}

impl Rates {
    /// One more. One that the source limited counts only if it is more than was ever seen.
    pub(super) fn add(&mut self, rate: u64, limited: bool) {
        if limited {
            if let Some(place) = self.last.get_mut(self.next) {
                *place = rate;
            }
            self.next = (self.next + 1) % self.last.len();
        } else if rate > self.most() {
            *self = Self { last: [rate, 0, 0, 0], next: 1 };
        }
    }

    /// The highest: the average of a path that rests between acks is half of what it can do.
    pub(super) fn most(&self) -> u64 {
        self.last.iter().copied().max().unwrap_or(0)
    }
}
