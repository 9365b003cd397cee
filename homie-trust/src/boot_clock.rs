//! The clock that starts with the machine. It goes on in sleep, and nobody can set it.

use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use crate::error::TrustError;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A moment, comparable with others of the same boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootTime {
    /// Which boot.
    pub boot_id: String,
    /// Milliseconds since then.
    pub ms: u64,
}

/// Whoever tells this time.
pub trait BootClock: Send + Sync {
    /// This moment.
    fn now(&self) -> Result<BootTime, TrustError>;
}

/// The system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBootClock;

impl BootClock for SystemBootClock {
    fn now(&self) -> Result<BootTime, TrustError> {
        let boot_id = std::fs::read_to_string(BOOT_ID).map_err(TrustError::file("read", Path::new(BOOT_ID)))?;
        let now = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let ms = seconds * 1000 + u64::try_from(now.tv_nsec).unwrap_or_default() / 1_000_000;
        Ok(BootTime { boot_id: boot_id.trim().to_owned(), ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_back() {
        let first = SystemBootClock.now().expect("a boot clock");
        let second = SystemBootClock.now().expect("a boot clock");
        assert_eq!(first.boot_id, second.boot_id);
        assert!(!first.boot_id.is_empty() && first.ms <= second.ms);
    }
}
