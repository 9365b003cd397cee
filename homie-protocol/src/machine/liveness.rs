//! Whether the other side of a circuit is still there. Times are milliseconds of any clock that only goes forward.

use crate::limits::{AWAY_MS, DEAD_AFTER_MS, PING_AFTER_MS, TYPED_DEAD_MS, TYPED_PING_MS, WAKE_PING_MS};

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Nothing: look again at [`Liveness::next_check`].
    Rest,
    /// Send a ping.
    Ping,
    /// Give the circuit up.
    Dead,
}

/// Silence, measured. Every frame of the peer ends it.
#[derive(Debug, Clone)]
pub struct Liveness {
    heard: u64,
    ping_at: u64,
    dead_at: u64,
    /// Something was typed since the peer was heard.
    has_typed: bool,
    /// We were away, and the peer has not answered since.
    has_woken: bool,
}

impl Liveness {
    /// A circuit that has just been opened.
    pub const fn new(now: u64) -> Self {
        Self {
            heard: now,
            ping_at: now + PING_AFTER_MS,
            dead_at: now + DEAD_AFTER_MS,
            has_typed: false,
            has_woken: false,
        }
    }

    /// A frame has come from the peer, whichever. After a sleep it may have lain in the socket since before: it only shows that
    /// the answer to the ping may still be behind it.
    pub const fn heard(&mut self, now: u64) {
        let has_woken = self.has_woken;
        *self = Self::new(now);
        if has_woken {
            self.has_woken = true;
            self.dead_at = now + WAKE_PING_MS;
        }
    }

    /// The answer to a ping has come.
    pub const fn answered(&mut self, now: u64) {
        *self = Self::new(now);
    }

    /// Something was typed that the peer has not confirmed yet: a peer that is there says something soon.
    pub fn typed(&mut self, now: u64) {
        if !self.has_typed {
            self.has_typed = true;
            self.ping_at = self.ping_at.min(now + TYPED_PING_MS);
            self.dead_at = self.dead_at.min(now + TYPED_DEAD_MS);
        }
    }

    /// We were away (a machine that slept, a page in the background): ping at once, and give the answer two seconds. However
    /// long the silence was, nobody has asked the peer in it.
    pub const fn woke(&mut self, now: u64) {
        self.ping_at = now;
        self.dead_at = now + WAKE_PING_MS;
        self.has_woken = true;
    }

    /// Says what is to be done, and takes it as done.
    pub const fn check(&mut self, now: u64) -> Duty {
        if now >= self.dead_at {
            return Duty::Dead;
        }
        if now < self.ping_at {
            return Duty::Rest;
        }
        self.ping_at = now + PING_AFTER_MS;
        Duty::Ping
    }

    /// When [`Liveness::check`] will next have something to say, unless the peer is heard before.
    pub fn next_check(&self) -> u64 {
        self.ping_at.min(self.dead_at)
    }

    /// When the peer was last heard.
    pub const fn last_heard(&self) -> u64 {
        self.heard
    }
}

/// Whether this side was away, found out from how long ago it last looked. Times are milliseconds of a clock that goes on
/// while the machine sleeps.
#[derive(Debug, Clone)]
pub struct Absence {
    looked: u64,
}

impl Absence {
    /// Here, now.
    pub const fn new(now: u64) -> Self {
        Self { looked: now }
    }

    /// Looks; to be called every [`LOOK_MS`](crate::limits::LOOK_MS).
    pub const fn was_away(&mut self, now: u64) -> bool {
        let was_away = now.saturating_sub(self.looked) >= AWAY_MS;
        self.looked = now;
        was_away
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn silence_is_pinged_at_15_and_30_and_ended_at_45_seconds() {
        let mut liveness = Liveness::new(0);
        let mut duties = Vec::new();
        while duties.last().is_none_or(|(_, duty)| *duty != Duty::Dead) {
            let now = liveness.next_check();
            duties.push((now, liveness.check(now)));
        }
        assert_eq!(duties, [(15_000, Duty::Ping), (30_000, Duty::Ping), (45_000, Duty::Dead)]);
    }

    #[test]
    fn a_client_that_wakes_up_waits_two_seconds_however_long_it_slept() {
        for woken in [10_000, 44_000, 45_000, 1_000_000] {
            let mut liveness = Liveness::new(0);
            liveness.woke(woken);
            assert_eq!(liveness.check(woken), Duty::Ping);
            assert_eq!(liveness.check(woken + 1_999), Duty::Rest);
            assert_eq!(liveness.check(woken + 2_000), Duty::Dead);
        }
    }

    #[test]
    fn a_pong_after_waking_brings_the_long_limits_back() {
        let mut liveness = Liveness::new(0);
        liveness.woke(10_000);
        liveness.answered(10_100);
        assert_eq!(liveness.next_check(), 25_100);
        assert_eq!(liveness.last_heard(), 10_100);
    }

    #[test]
    fn what_lay_in_the_socket_is_no_answer_after_waking() {
        let mut liveness = Liveness::new(0);
        liveness.woke(10_000);
        liveness.heard(10_500);
        assert_eq!(liveness.check(12_499), Duty::Rest);
        assert_eq!(liveness.check(12_500), Duty::Dead);
    }

    #[test]
    fn whoever_has_typed_asks_after_3_seconds_and_gives_up_after_10() {
        let mut liveness = Liveness::new(0);
        liveness.typed(14_500);
        liveness.typed(16_000);
        assert_eq!(liveness.check(14_999), Duty::Rest);
        assert_eq!(liveness.check(15_000), Duty::Ping);
        assert_eq!(liveness.check(24_499), Duty::Rest);
        assert_eq!(liveness.check(24_500), Duty::Dead);
        liveness.heard(20_000);
        liveness.typed(21_000);
        assert_eq!((liveness.next_check(), liveness.check(24_000)), (24_000, Duty::Ping));
        liveness.heard(24_100);
        assert_eq!(liveness.next_check(), 39_100, "it was answered");
    }

    #[test]
    fn only_whoever_has_not_looked_for_long_was_away() {
        let mut absence = Absence::new(1_000);
        let looks = [2_000, 5_999, 9_999, 10_000, 3_610_000, 3_611_000];
        assert_eq!(looks.map(|now| absence.was_away(now)), [false, false, true, false, true, false]);
    }

    proptest! {
        #[test]
        fn dead_exactly_after_45_silent_seconds(steps in prop::collection::vec((0_u64..20_000, any::<bool>()), 1..100)) {
            let (mut now, mut heard) = (0, 0);
            let mut liveness = Liveness::new(0);
            for (pause, hears) in steps {
                now += pause;
                let duty = liveness.check(now);
                prop_assert_eq!(duty == Duty::Dead, now - heard >= DEAD_AFTER_MS);
                if duty == Duty::Dead {
                    break;
                }
                prop_assert!(now - heard >= PING_AFTER_MS || duty == Duty::Rest);
                prop_assert!(liveness.next_check() > now);
                if hears {
                    heard = now;
                    liveness.heard(now);
                }
            }
        }
    }
}
