//! The size of a terminal, checked once.

use serde::{Deserialize, Serialize};

use crate::limits::GRID_MAX;

/// Columns and rows, each from 1 to 2,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(try_from = "Unchecked", deny_unknown_fields)]
pub struct Size {
    /// Columns.
    cols: u16,
    /// Rows.
    rows: u16,
}

impl Size {
    /// A size within the bounds.
    pub const fn new(cols: u16, rows: u16) -> Option<Self> {
        let fits = cols > 0 && rows > 0 && cols <= GRID_MAX && rows <= GRID_MAX;
        if fits { Some(Self { cols, rows }) } else { None }
    }

    /// Columns.
    pub const fn cols(self) -> u16 {
        self.cols
    }

    /// Rows.
    pub const fn rows(self) -> u16 {
        self.rows
    }
}

impl Default for Size {
    /// What terminals had when they were made of glass.
    fn default() -> Self {
        Self { cols: 80, rows: 24 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    cols: u16,
    rows: u16,
}

impl TryFrom<Unchecked> for Size {
    type Error = String;

    fn try_from(size: Unchecked) -> Result<Self, String> {
        Self::new(size.cols, size.rows).ok_or_else(|| format!("columns and rows are from 1 to {GRID_MAX}"))
    }
}
