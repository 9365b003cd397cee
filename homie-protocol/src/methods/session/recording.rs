//! Recordings of what sessions print, as asciicast v2. Never of what is typed.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::id::{RecordingId, SessionId};

/// A recording as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct RecordingInfo {
    /// Its id.
    pub id: RecordingId,
    /// The session.
    pub session: SessionId,
    /// What the session was called when it began.
    pub name: String,
    /// When it began, milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: u64,
    /// When it ended; left out while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub ended_at: Option<u64>,
    /// Bytes written so far.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// It ended because it had 64 MiB.
    pub is_full: bool,
}

/// Names the session to record, or to record no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordParams {
    /// Which session.
    pub session: SessionId,
}

/// The recording that goes on, or that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordOutput {
    /// As a list would show it.
    pub recording: RecordingInfo,
}

/// Asks for the recordings of this machine, at most 200 at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct RecordingsParams {
    /// The page after this recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RecordingId>,
}

/// A page of recordings, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct RecordingsOutput {
    /// The recordings.
    pub recordings: Vec<RecordingInfo>,
    /// If there are more: ask again with `after` = this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RecordingId>,
}

/// Reads a part of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordingReadParams {
    /// Which recording.
    pub recording: RecordingId,
    /// The first byte wanted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub from: u64,
}

/// A part of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordingReadOutput {
    /// At most 128 KiB; none at the end.
    #[cfg_attr(feature = "ts", ts(type = "Uint8Array"))]
    pub bytes: ByteBuf,
}

/// Removes a recording that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RecordingRemoveParams {
    /// Which recording.
    pub recording: RecordingId,
}
