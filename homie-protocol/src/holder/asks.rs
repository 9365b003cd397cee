//! What a node asks of a holder about the session as a whole, and the answers: each wish is numbered, and its answer names it.

use serde::{Deserialize, Serialize};

use crate::code::Refusal;
use crate::methods::session::{InputBytes, Match, SessionSignal};

/// Sends a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskSignal {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
    /// Which.
    pub signal: SessionSignal,
}

/// Types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskInput {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
    /// What.
    pub bytes: InputBytes,
}

/// No more input follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskEndInput {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
}

/// Ends everything that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskKill {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
}

/// Writes down another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskRename {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
    /// The name.
    pub name: String,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Which.
    pub ask: u32,
    /// Why it was not done; left out if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
}

/// Searches screen and history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AskSearch {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
    /// What to look for.
    pub text: String,
    /// Whether `A` finds `a` too.
    pub ignore_case: bool,
    /// Hits at most.
    pub limit: u32,
}

/// What was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Which wish.
    pub ask: u32,
    /// The lines.
    pub matches: Vec<Match>,
}

/// Gives what shows as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct AskCapture {
    /// Names this wish on this link, for its answer.
    pub ask: u32,
    /// Also what scrolled away.
    pub scrollback: bool,
    /// With colours and attributes.
    pub ansi: bool,
    /// The first line wanted: `next` of the part before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub from: Option<u64>,
}

/// What shows, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Captured {
    /// Which wish.
    pub ask: u32,
    /// Lines, each with its newline; at most about 128 KiB of them.
    pub text: String,
    /// The line that the next part begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub next: Option<u64>,
}
