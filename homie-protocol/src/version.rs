//! Versions of the wire: one integer, one dated line for each step.

use serde::{Deserialize, Serialize};

/// 1 (2026-11, draft): frame, hello, sessions.
pub const VERSION: u16 = 1;

/// What this build speaks.
pub const SPOKEN: Versions = Versions { min: 1, max: VERSION };

/// The versions a side speaks, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// The oldest.
    pub min: u16,
    /// The newest.
    pub max: u16,
}

impl Versions {
    /// The highest version both speak. A range that runs backwards speaks none.
    pub fn common(self, other: Self) -> Option<u16> {
        let highest = self.max.min(other.max);
        (highest >= self.min && highest >= other.min).then_some(highest)
    }
}
