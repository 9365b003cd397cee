//! What is done to a session without looking at it: ask for it, signal, type, end, rename.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::SessionInfo;
use crate::id::SessionId;
use crate::limits::PAYLOAD_MAX;

/// Asks for one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct GetParams {
    /// Which session.
    pub session: SessionId,
}

/// The session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct GetOutput {
    /// As a list would show it.
    pub session: SessionInfo,
}

/// Sends a signal to what runs in the foreground of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SignalParams {
    /// Which session.
    pub session: SessionId,
    /// Which signal.
    pub signal: SessionSignal,
}

/// The signals that can be asked for, by the same names on every system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SessionSignal {
    /// As ^C does.
    Int,
    /// As ^\ does.
    Quit,
    /// As ^Z does.
    Tstp,
    /// Asks it to end.
    Term,
    /// Its terminal is gone.
    Hup,
    /// Goes on after a stop.
    Cont,
    /// What the program makes of it.
    Usr1,
    /// What the program makes of it.
    Usr2,
    /// Ends it at once.
    Kill,
}

/// Types into a session without a channel to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct InputParams {
    /// Which session.
    pub session: SessionId,
    /// What is typed.
    pub bytes: InputBytes,
}

/// What is typed at once: 1 to 65,536 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(try_from = "ByteBuf", into = "ByteBuf")]
pub struct InputBytes(Vec<u8>);

impl InputBytes {
    /// The bytes, if they are not too many and not none.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (1..=PAYLOAD_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<ByteBuf> for InputBytes {
    type Error = String;

    fn try_from(bytes: ByteBuf) -> Result<Self, String> {
        Self::new(bytes.into_vec()).ok_or_else(|| format!("1 to {PAYLOAD_MAX} bytes at once"))
    }
}

impl From<InputBytes> for ByteBuf {
    fn from(bytes: InputBytes) -> Self {
        Self::from(bytes.0)
    }
}

/// Ends a session and all that runs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct KillParams {
    /// Which session.
    pub session: SessionId,
}

/// Gives a session another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RenameParams {
    /// Which session.
    pub session: SessionId,
    /// What people will call it: at most 64 characters, and no other session that runs has it.
    pub name: String,
}

/// The session with its new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RenameOutput {
    /// As a list would show it.
    pub session: SessionInfo,
}
