//! What a node and a holder say to each other, besides the frames they pass on.
//!
//! The link is a unix socket with the frames of [`crate::stream`]. Channel 0 carries these messages; the node opens
//! channels (odd, upwards), and output, input, acks and the session's events on them are exactly those a client sees.

use serde::{Deserialize, Serialize};

use crate::code::Refusal;
use crate::control::Empty;
use crate::id::{Channel, Incarnation, Offset, SessionId};
use crate::methods::session::{AttachMode, ExitStatus, Gap, InputBytes, InputState, SessionSignal, Size, WriterClaim};
use crate::tagged::tagged;
use crate::version::Versions;

/// 1 (2026-11, draft): ring, ledger, size, exit, acts and their answers.
pub const HOLDER_VERSION: u16 = 1;

/// What this build's holders and nodes speak to each other.
pub const HOLDER_SPOKEN: Versions = Versions { min: 1, max: HOLDER_VERSION };

tagged! {
    /// From the node.
    pub enum ToHolder {
        /// The first message of a link.
        Hello(LinkHello) = "hello",
        /// Opens a channel for one viewer.
        Open(Open) = "open",
        /// Closes a channel.
        Close(Close) = "close",
        /// Sets the terminal's size.
        Resize(Resize) = "resize",
        /// Sends a signal; answered.
        Signal(AskSignal) = "signal",
        /// Types, as a writer of its own; answered when the terminal has taken it.
        Input(AskInput) = "input",
        /// Ends everything that runs; answered when nothing does.
        Kill(AskKill) = "kill",
        /// Writes down another name; answered.
        Rename(AskRename) = "rename",
        /// The exit is known and nobody will ask again: the holder may end.
        Bury(Empty) = "bury",
    }
}

tagged! {
    /// From the holder.
    pub enum FromHolder {
        /// The link is up.
        Welcome(LinkWelcome) = "welcome",
        /// The link is not to be.
        Refused(Refusal) = "refused",
        /// A channel is open.
        Opened(Opened) = "opened",
        /// A channel could not be opened.
        OpenRefused(OpenRefused) = "open_refused",
        /// The session as a whole has changed.
        Changed(Changed) = "changed",
        /// What was asked is done, or is not to be.
        Done(Done) = "done",
    }
}

/// The first message of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LinkHello {
    /// What the node speaks.
    pub versions: Versions,
    /// Counts the node's starts: a higher or equal one displaces an older link, a lower one is refused.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub epoch: u64,
}

/// The holder's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct LinkWelcome {
    /// The version chosen.
    pub version: u16,
    /// Which session this is.
    pub session: SessionId,
    /// Its present birth.
    pub incarnation: Incarnation,
    /// The program's process id.
    pub pid: u32,
    /// The holder's own.
    pub holder_pid: u32,
    /// The terminal's size.
    pub size: Size,
    /// The oldest byte of the ring.
    pub start: Offset,
    /// The next byte of output.
    pub end: Offset,
    /// How the program ended, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitStatus>,
    /// When it last printed something or was typed into, milliseconds since 1970; said anew at most every 10 seconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_activity_at: u64,
}

/// Opens a channel for one viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Odd, and higher than any before it on this link.
    pub channel: Channel,
    /// Whether this viewer may type. The holder itself refuses input from those who may not.
    pub mode: AttachMode,
    /// The next byte needed; left out, the oldest there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Offset>,
    /// Who types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<WriterClaim>,
}

/// A channel is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Which.
    pub channel: Channel,
    /// The first byte that will come.
    pub from: Offset,
    /// Bytes that will not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// What became of the writer's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputState>,
    /// The terminal's size now.
    pub size: Size,
}

/// A channel could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct OpenRefused {
    /// Which.
    pub channel: Channel,
    /// Why.
    pub reason: Refusal,
}

/// Closes a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// Which.
    pub channel: Channel,
}

/// Sets the terminal's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// The new size.
    pub size: Size,
}

/// The session as a whole has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The terminal's size.
    pub size: Size,
    /// How the program ended, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitStatus>,
    /// When it last printed something or was typed into, milliseconds since 1970; said anew at most every 10 seconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_activity_at: u64,
}

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
