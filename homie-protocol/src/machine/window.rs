//! How much of a channel's output may be under way: what the path drains in a round trip and a little more.
//!
//! Whatever lies between the two ends (tailscaled, a splice, the kernels) swallows megabytes, and a key's echo waits behind
//! all of it. So only acknowledgements of what was *parsed* count: the rate at which they come, times the shortest round
//! trip seen, is what the path itself holds; 40 ms more keep it busy. Every part of this was measured to be needed, see
//! docs/adr/0005. Times are microseconds of any clock that only goes forward.

use crate::limits::{OUTPUT_FRAME, PAYLOAD_MAX, WINDOW_FLOOR, WINDOW_MAX, WINDOW_START};

mod path;

use path::{Path, Rates};

/// Microseconds of a path's rate that may queue in it: with less it runs dry between acks, more is what a key waits for.
const QUEUE: u64 = 40_000;

/// Bytes that may queue for a person: on a fast path [`QUEUE`] would be megabytes, which hit whoever drops to a slow one.
const QUEUE_VIEWER: u64 = 128 * 1024;

/// The same for a viewer that must get every byte: it wants the rate, nobody types behind it.
const QUEUE_LOSSLESS: u64 = 512 * 1024;

/// Bytes of the first frame and of a probe, alone in flight: larger ones measure the rate of a slow link, not its length.
pub const PROBE_BYTES: usize = 1024;

/// Bytes below which a full window waits for acks rather than sends: smaller frames cost more than they carry.
const FRAME_LEAST: u64 = 2 * 1024;

/// A path this short, in microseconds, is on one machine: larger frames cost it less, and nobody notices their length.
const LOCAL: u64 = 1_000;

/// Microseconds that one measurement of the rate takes at least.
const EPOCH: u64 = 50_000;

/// Microseconds of silence after which the last rate says little.
const IDLE: u64 = 1_000_000;

/// What is kept of a rate that was measured before a silence.
const AFTER_IDLE: u64 = 64 * 1024;

/// Whose window it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Somebody looks, and may type.
    Viewer,
    /// Every byte is needed.
    Lossless,
}

/// One channel's window.
#[derive(Debug, Clone)]
pub struct Window {
    class: Class,
    /// How many channels share the connection.
    share: u64,
    bytes: u64,
    rates: Rates,
    path: Path,
    /// A queue was seen: the path is full, more would only wait in it.
    queued: bool,
    sent: u64,
    acked: u64,
    last_ack: u64,
    epoch: Epoch,
}

/// One measurement of the rate.
#[derive(Debug, Clone, Copy)]
struct Epoch {
    since: u64,
    acked: u64,
    /// The window, and not the source, was what held output back in it.
    limited: bool,
    shortest: u64,
}

impl Window {
    /// A channel that has just been opened.
    pub fn new(class: Class, now: u64) -> Self {
        Self {
            class,
            share: 1,
            bytes: WINDOW_START,
            rates: Rates::default(),
            path: Path::new(now),
            queued: false,
            sent: 0,
            acked: 0,
            last_ack: now,
            epoch: Epoch { since: now, acked: 0, limited: false, shortest: u64::MAX },
        }
    }

    /// So many channels share the connection from now on; this one has one part.
    pub fn share(&mut self, of: u16) {
        self.share = u64::from(of.max(1));
        self.bytes = self.bytes.clamp(self.least(), self.most());
    }

    /// Bytes that were sent and not acknowledged.
    pub fn in_flight(&self) -> u64 {
        self.sent - self.acked
    }

    /// Bytes that may be in flight.
    pub fn size(&self) -> u64 {
        self.bytes
    }

    /// How many of `waiting` bytes may be sent now, as one frame. 0: none, until an ack comes.
    pub fn room(&mut self, waiting: u64) -> usize {
        let most = match self.path.allows(self.in_flight()) {
            Some(most) => waiting.min(most),
            None => 0,
        };
        let frame = if self.path.is_within(LOCAL) { PAYLOAD_MAX } else { OUTPUT_FRAME } as u64;
        let whole = most.min(frame);
        let left = self.bytes.saturating_sub(self.in_flight());
        let len = whole.min(left).min((self.bytes / 4).max(FRAME_LEAST));
        if len < whole.min((self.bytes / 16).max(FRAME_LEAST)) || most == 0 {
            self.epoch.limited |= waiting > 0;
            return 0;
        }
        usize::try_from(len).unwrap_or(OUTPUT_FRAME)
    }

    /// So many bytes have been sent, whether or not there was room for them.
    pub fn sent(&mut self, now: u64, bytes: u64) {
        if self.in_flight() == 0 {
            let silent = now.saturating_sub(self.last_ack);
            if silent > EPOCH.max(self.path.base()) {
                self.begin(now);
            }
            if silent > IDLE {
                self.bytes = self.bytes.min(AFTER_IDLE);
                self.queued = false;
            }
        }
        self.path.sent(now, bytes, self.in_flight());
        self.sent += bytes;
    }

    /// So many bytes are acknowledged; the newest frame that is so as a whole was sent at `sent_at`.
    pub fn acknowledged(&mut self, now: u64, bytes: u64, sent_at: Option<u64>) {
        self.acked = (self.acked + bytes).min(self.sent);
        self.last_ack = now;
        if let Some(sent_at) = sent_at {
            let trip = now.saturating_sub(sent_at);
            self.epoch.shortest = self.epoch.shortest.min(trip);
            let probed = self.path.measured(now, trip, QUEUE);
            if let Some(longer) = probed {
                self.queued &= !longer;
                return self.begin(now);
            }
        }
        if self.path.drained(self.in_flight()) {
            return self.begin(now);
        }
        if now.saturating_sub(self.epoch.since) >= EPOCH.max(self.path.base()) {
            self.judge(now);
        }
    }

    /// An epoch is over: what it says of the path decides the next window.
    fn judge(&mut self, now: u64) {
        let Epoch { since, acked, limited, shortest } = self.epoch;
        self.rates.add(per_second(self.acked - acked, now.saturating_sub(since)), limited);
        let (rate, base) = (self.rates.most(), self.path.base());
        let (path, queue) = (in_time(rate, base), in_time(rate, self.queue_time()).min(self.queue_most()));
        let mut bytes = path + queue;
        if limited {
            self.queued |= shortest > base + self.queue_time() / 4;
            if !self.queued {
                // Nobody knows yet what the path can take: twice as much, until a queue is seen.
                let twice = 2 * path + in_time(2 * rate, self.queue_time()).min(self.queue_most());
                bytes = bytes.max(twice.min(2 * self.bytes));
            }
        } else {
            // A source that is slower than the window proves nothing.
            bytes = bytes.max(self.bytes);
        }
        self.bytes = bytes.min(8 * self.bytes).clamp(self.least(), self.most());
        self.begin(now);
    }

    fn begin(&mut self, now: u64) {
        self.epoch = Epoch { since: now, acked: self.acked, limited: false, shortest: u64::MAX };
    }

    fn queue_time(&self) -> u64 {
        QUEUE / self.share
    }

    fn queue_most(&self) -> u64 {
        let all = match self.class {
            Class::Viewer => QUEUE_VIEWER,
            Class::Lossless => QUEUE_LOSSLESS,
        };
        all / self.share
    }

    fn least(&self) -> u64 {
        (WINDOW_FLOOR / self.share).max(FRAME_LEAST)
    }

    fn most(&self) -> u64 {
        (WINDOW_MAX / self.share).max(self.least())
    }
}

fn per_second(bytes: u64, micros: u64) -> u64 {
    bytes.saturating_mul(1_000_000) / micros.max(1)
}

fn in_time(rate: u64, micros: u64) -> u64 {
    rate.saturating_mul(micros) / 1_000_000
}

#[cfg(test)]
mod links;
#[cfg(test)]
mod tests;
