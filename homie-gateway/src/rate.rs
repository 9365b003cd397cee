//! How often one caller may ask. A page with all its parts is a dozen requests; who needs hundreds is no page.
//!
//! Whoever floods fills its own bucket and nobody else's: one per machine of the tailnet where it is known, else one per
//! address, of IPv6 per /64, for a host has as many of those as it likes.

use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use homie_trust::Source;

use crate::hop::Hop;
use crate::limits::{ASKED_A_SECOND, ASKED_AT_ONCE, SOURCES};

/// The buckets of one door.
pub(crate) struct Rate(RateLimiter<Source, HashMapStateStore<Source>, DefaultClock>);

/// Every door has buckets of its own: nobody is shut out at one for what happens at another.
pub(crate) struct Rates {
    loopback: Rate,
    serve: Rate,
    tailnet: Rate,
    keyed: Rate,
    public: Rate,
    relayed: Rate,
}

impl Rates {
    pub(crate) fn new() -> Self {
        Self {
            loopback: Rate::new(),
            serve: Rate::new(),
            tailnet: Rate::new(),
            keyed: Rate::new(),
            public: Rate::new(),
            relayed: Rate::new(),
        }
    }

    /// Those of whoever is behind another machine's gateway: a stranger there does not shut that machine out.
    pub(crate) const fn relayed(&self) -> &Rate {
        &self.relayed
    }

    /// Those of a door.
    pub(crate) const fn at(&self, hop: Hop) -> &Rate {
        match hop {
            Hop::Loopback(_) => &self.loopback,
            Hop::Serve => &self.serve,
            Hop::Tailnet(_) => &self.tailnet,
            Hop::Key(_) | Hop::Newcomer(_) => &self.keyed,
            Hop::Public(_) => &self.public,
        }
    }
}

impl Rate {
    /// Nobody has asked yet.
    pub(crate) fn new() -> Self {
        let quota = Quota::per_second(ASKED_A_SECOND).allow_burst(ASKED_AT_ONCE);
        Self(RateLimiter::hashmap(quota))
    }

    /// Whether it may ask now. When every bucket is taken, those that are full again go; if none is, a new source waits.
    pub(crate) fn allows(&self, source: &Source) -> bool {
        if self.0.len() >= SOURCES {
            self.0.retain_recent();
            if self.0.len() >= SOURCES {
                return false;
            }
        }
        self.0.check_key(source).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(ip: &str) -> Source {
        Source::of(ip.parse().unwrap())
    }

    #[test]
    fn who_floods_waits_and_nobody_else_does() {
        let rate = Rate::new();
        let asked = (0..10_000).filter(|_| rate.allows(&source("100.64.0.2"))).count();
        assert!((ASKED_AT_ONCE.get() as usize..2_000).contains(&asked), "{asked}");
        assert!(rate.allows(&source("100.64.0.3")));
        assert!(rate.allows(&Source::Machine("n2".to_owned())));
    }

    #[test]
    fn sources_are_bounded() {
        let rate = Rate::new();
        let asked = (0..2 * SOURCES).filter(|n| rate.allows(&Source::Machine(n.to_string()))).count();
        assert!(rate.0.len() <= SOURCES && asked >= SOURCES);
    }
}
