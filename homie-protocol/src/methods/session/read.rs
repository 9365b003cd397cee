//! What is read of a session without looking at it: search and capture; and how one that is over is run again.

use serde::{Deserialize, Serialize};

use super::{SessionInfo, Size};
use crate::id::SessionId;

/// Searches the screens and histories of one session or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SearchParams {
    /// In this one; left out, in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// What to look for, 1 to 256 characters, as it stands.
    pub text: String,
    /// Whether `A` finds `a` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_case: Option<bool>,
    /// Hits in each session, at most 200; left out, 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What was found, in the order of the sessions, the newest lines of each first; all together at most 1,000. Of a session
/// that is over and whose holder has gone the last screen is searched; such sessions come last, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SearchOutput {
    /// The hits.
    pub hits: Vec<Hit>,
    /// Sessions that could not be asked, or did not answer in time.
    pub silent: Vec<SessionId>,
}

/// Where the text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// The session.
    pub session: SessionId,
    /// Where in it.
    pub at: Match,
}

/// A line that has the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The line's absolute number; in the last screen of a session that is over, counted from 0.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub line: u64,
    /// Characters before it in `text`.
    pub column: u32,
    /// The line, or 300 characters of it around what was found.
    pub text: String,
}

/// Asks for what a session shows, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct CaptureParams {
    /// Which session.
    pub session: SessionId,
    /// Also what scrolled away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrollback: Option<bool>,
    /// With colours and attributes, as escape sequences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ansi: Option<bool>,
    /// The next part: `next` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub from: Option<u64>,
}

/// What it shows, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct CaptureOutput {
    /// Lines, each with its newline; at most about 128 KiB of them.
    pub text: String,
    /// If there is more: ask again with `from` = this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub next: Option<u64>,
}

/// Runs the command of a session that is over again, in the same folder, as a new birth of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RerunParams {
    /// Which session.
    pub session: SessionId,
    /// The size of its terminal.
    pub size: Size,
}

/// The session that runs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RerunOutput {
    /// As a list would show it.
    pub session: SessionInfo,
}
