//! Callers that were sent away, in the audit log: few lines, so that whoever knocks a thousand times fills no disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use homie_protocol::code::Code;

use super::{Actor, Audit};
use crate::error::TrustError;
use crate::state_dir::StateDir;

/// Lines in each [`SPAN`].
const LINES: u32 = 10;

/// How long a count goes on.
const SPAN: Duration = Duration::from_mins(1);

/// What a server writes down of those it sends away.
#[derive(Debug)]
pub struct Refusals {
    dir: StateDir,
    count: Mutex<Count>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    since: Option<Instant>,
    written: u32,
    left_out: u32,
}

impl Refusals {
    /// Nobody was sent away yet.
    pub fn new(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), count: Mutex::default() }
    }

    /// Writes it down, or only counts it, if it was for who the caller is, or for a secret that it does not know. Waits for the disk.
    pub fn note(&self, via: &'static str, code: Code) -> Result<(), TrustError> {
        if !matches!(code, Code::Unauthenticated | Code::DeviceUnknown | Code::Origin | Code::PairingInvalid) {
            return Ok(());
        }
        let Some(left_out) = self.counted(Instant::now()) else { return Ok(()) };
        let detail = match left_out {
            0 => code.to_string(),
            _ => format!("{code}; {left_out} more before it were not written down"),
        };
        let deed = Actor::unknown(via).does("refuse", &"", detail);
        let writing = self.dir.writing()?;
        Audit::of(&self.dir).write(&writing, deed)
    }

    /// How many were left out before this one; `None` if this is left out as well.
    fn counted(&self, now: Instant) -> Option<u32> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        if count.since.is_none_or(|since| now.duration_since(since) >= SPAN) {
            *count = Count { since: Some(now), written: 0, left_out: count.left_out };
        }
        if count.written >= LINES {
            count.left_out += 1;
            return None;
        }
        count.written += 1;
        Some(std::mem::take(&mut count.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_counted_and_not_written_down_one_by_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = StateDir::open(&folder.path().join("home")).expect("a state directory");
        let refusals = Refusals::new(&dir);
        for _ in 0..1_000 {
            refusals.note("mesh", Code::DeviceUnknown).expect("noted");
        }
        assert_eq!(Audit::of(&dir).entries().expect("the log").len(), 10);
        let later = Instant::now() + SPAN;
        assert_eq!([refusals.counted(later), refusals.counted(later)], [Some(990), Some(0)]);
    }
}
