//! Greetings that failed, of each source at each door: ten in ten minutes, and whoever has spent them is sent away before
//! anything it says is looked at. What it says changes nothing about whose tries they are.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use homie_protocol::code::{Code, Refusal};

/// Failures that one source may have at a door in [`SPAN`].
const TRIES: usize = 10;

/// How long a failure counts.
const SPAN: Duration = Duration::from_mins(10);

/// Sources remembered at a door. Nobody has so many machines; beyond it one that is new has to wait.
const SOURCES: usize = 4_096;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A machine of the tailnet, by its name for ever.
    Machine(String),
    /// A user of this machine.
    User(u32),
    /// An address, as one that is not known better.
    Address(IpAddr),
}

impl Source {
    /// The source that an address stands for: IPv4 in IPv6 is the same caller, and so is its neighbour in the /64.
    pub fn of(ip: IpAddr) -> Self {
        Self::Address(match ip.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// A door, by its name, and who knocks there.
pub type Knocker = (&'static str, Source);

/// The failures of all doors of a server. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Tries(Arc<Mutex<Doors>>);

/// When each source has failed at a door.
type Doors = HashMap<&'static str, HashMap<Source, VecDeque<Instant>>>;

impl Tries {
    /// Looks at what somebody says, unless it has no try left; a try is spent by what `is_failure`.
    pub fn spend<T>(
        &self,
        knocker: &Knocker,
        is_failure: impl FnOnce(&Result<T, Refusal>) -> bool,
        look: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let taken_at = self.take(knocker, Instant::now()).ok_or_else(too_often)?;
        let outcome = look();
        if !is_failure(&outcome) {
            self.give_back(knocker, taken_at);
        }
        outcome
    }

    /// Takes a try, so that many at once are counted one by one.
    fn take(&self, knocker: &Knocker, now: Instant) -> Option<Instant> {
        let (door, source) = knocker;
        let mut doors = self.doors();
        let sources = doors.entry(door).or_default();
        if sources.len() >= SOURCES && !sources.contains_key(source) {
            sources.retain(|_, failures| failures.back().is_some_and(|last| counts(*last, now)));
            if sources.len() >= SOURCES {
                return None;
            }
        }
        let failures = sources.entry(source.clone()).or_default();
        while failures.front().is_some_and(|first| !counts(*first, now)) {
            failures.pop_front();
        }
        if failures.len() >= TRIES {
            return None;
        }
        failures.push_back(now);
        Some(now)
    }

    fn give_back(&self, knocker: &Knocker, taken_at: Instant) {
        let (door, source) = knocker;
        let mut doors = self.doors();
        let Some(sources) = doors.get_mut(door) else { return };
        let Some(failures) = sources.get_mut(source) else { return };
        if let Some(place) = failures.iter().position(|at| *at == taken_at) {
            failures.remove(place);
        }
        if failures.is_empty() {
            sources.remove(source);
        }
    }

    // Every change is whole before anything that could panic.
    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counts(failed: Instant, now: Instant) -> bool {
    now.duration_since(failed) < SPAN
}

/// Whether somebody was sent away for who it is; other errors are no tries.
pub(crate) fn is_wrong<T>(outcome: &Result<T, Refusal>) -> bool {
    let wrong = |code| matches!(code, Code::Unauthenticated | Code::DeviceUnknown | Code::Origin);
    outcome.as_ref().err().is_some_and(|refusal| wrong(refusal.code))
}

fn too_often() -> Refusal {
    Refusal::new(Code::TooOften, "too many greetings from there have failed; come back in ten minutes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knocker(ip: &str) -> Knocker {
        ("serve", Source::of(ip.parse().expect("an address")))
    }

    #[test]
    fn a_caller_is_the_same_however_its_address_is_written() {
        assert_eq!(knocker("1.2.3.4"), knocker("::ffff:1.2.3.4"));
        assert_eq!(knocker("fd7a:1:2:3::1"), knocker("fd7a:1:2:3:ffff::9"));
        assert_ne!(knocker("fd7a:1:2:3::1"), knocker("fd7a:1:2:4::1"));
        assert_ne!(knocker("1.2.3.4"), knocker("1.2.3.5"));
    }

    #[test]
    fn ten_failures_in_ten_minutes_and_no_other_source_or_door_is_shut() {
        let (tries, now, bad) = (Tries::default(), Instant::now(), knocker("100.64.0.2"));
        let taken = |knocker: &Knocker, at| (0..10_000).filter(|_| tries.take(knocker, at).is_some()).count();
        assert_eq!(taken(&bad, now), TRIES);
        assert_eq!(taken(&bad, now + SPAN.mul_f32(0.9)), 0);
        assert_eq!(taken(&knocker("100.64.0.3"), now), TRIES);
        assert_eq!(taken(&("tailnet", bad.1.clone()), now), TRIES);
        assert_eq!(taken(&bad, now + SPAN), TRIES);
    }

    #[test]
    fn what_does_not_fail_costs_nothing_and_leaves_nothing() {
        let (tries, good) = (Tries::default(), knocker("100.64.0.2"));
        for _ in 0..100 {
            tries.spend(&good, is_wrong, || Ok(())).expect("greeted");
        }
        assert!(tries.doors()["serve"].is_empty());
        let failed =
            |code| tries.spend(&good, is_wrong, || Err::<(), _>(Refusal::new(code, "no"))).map_err(|no| no.code);
        for _ in 0..100 {
            assert_eq!(failed(Code::Version), Err(Code::Version), "no fault of who it is");
        }
        let codes: Vec<_> = (0..12).map(|_| failed(Code::Unauthenticated).expect_err("no")).collect();
        assert_eq!(codes[..TRIES], [Code::Unauthenticated; TRIES]);
        assert_eq!(codes[TRIES..], [Code::TooOften; 2]);
    }

    #[test]
    fn sources_are_bounded_and_forgotten_with_their_failures() {
        let (tries, now) = (Tries::default(), Instant::now());
        let source = |number: usize| ("serve", Source::Machine(number.to_string()));
        let taken = |at| (0..2 * SOURCES).filter(|number| tries.take(&source(*number), at).is_some()).count();
        assert_eq!(taken(now), SOURCES);
        assert_eq!(tries.doors()["serve"].len(), SOURCES);
        assert!(tries.take(&("local", Source::User(1)), now).is_some(), "another door has its own");
        assert_eq!(taken(now + SPAN), SOURCES);
    }
}
