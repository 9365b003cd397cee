//! What a node and a holder say to each other, besides the frames they pass on.
//!
//! The link is a unix socket with the frames of [`crate::stream`]. Channel 0 carries these messages; the node opens
//! channels (odd, upwards), and output, input, acks and the session's events on them are exactly those a client sees.

mod asks;

use serde::{Deserialize, Serialize};

use crate::code::Refusal;
use crate::control::Empty;
use crate::id::{Channel, Incarnation, Offset, SessionId, WriterId};
use crate::methods::session::{AttachMode, Delivery, ExitStatus, Face, Gap, InputState, Size, Theme, WriterClaim};
use crate::tagged::tagged;
use crate::version::Versions;

pub use asks::{AskCapture, AskEndInput, AskInput, AskKill, AskRename, AskSearch, AskSignal, Captured, Done, Found};

/// 1 (2026-11): ring, ledger, size, exit, acts and their answers, screen, deliveries.
/// 2 (2026-11): the holder remembers for the next node who drives the size and when somebody looked, and says if it has
/// pipes.
pub const HOLDER_VERSION: u16 = 2;

/// The version from which on a holder remembers what the next node is to know.
pub const HOLDER_REMEMBERS: u16 = 2;

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
        /// Who drives the size, to be remembered; since version 2.
        Driver(Drives) = "driver",
        /// Sends a signal; answered.
        Signal(AskSignal) = "signal",
        /// Types, as a writer of its own; answered when the terminal has taken it.
        Input(AskInput) = "input",
        /// No more input follows; answered when a program with pipes has been told so.
        EndInput(AskEndInput) = "end_input",
        /// Ends everything that runs; answered when nothing does.
        Kill(AskKill) = "kill",
        /// Writes down another name; answered.
        Rename(AskRename) = "rename",
        /// Sends a snapshot on a channel.
        Snapshot(SendSnapshot) = "snapshot",
        /// So many channels share the connection behind this one.
        Share(Share) = "share",
        /// Searches screen and history; answered with `found`.
        Search(AskSearch) = "search",
        /// Gives what shows as text; answered with `captured`.
        Capture(AskCapture) = "capture",
        /// The history may take so much memory from now on.
        Trim(Trim) = "trim",
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
        /// What was found.
        Found(Found) = "found",
        /// What shows.
        Captured(Captured) = "captured",
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What it shows to those who do not look.
    pub face: Face,
    /// Bytes of memory that its history takes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub history_bytes: u64,
    /// What it remembers of earlier nodes; since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<HolderMemory>,
}

/// What a holder knows that no node keeps over its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct HolderMemory {
    /// It has pipes and no terminal.
    pub pipes: bool,
    /// Who drove the size when the last node told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<WriterId>,
    /// Milliseconds since somebody looked, or since it started. Who needs every byte does not look.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub unseen_ms: u64,
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
    /// What it is sent when it does not keep up.
    pub delivery: Delivery,
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
    /// A snapshot comes first, and says where output goes on.
    pub snapshot: bool,
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
    /// Its viewer did not mean to leave: one that is lossless is waited for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub lost: bool,
}

/// Sets the terminal's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// The new size.
    pub size: Size,
    /// The colours of whoever drives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// Who drives the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Drives {
    /// Nobody does if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<WriterId>,
}

/// The session as a whole has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What it shows to those who do not look.
    pub face: Face,
    /// Bytes of memory that its history takes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub history_bytes: u64,
}

/// Sends a snapshot on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SendSnapshot {
    /// Which.
    pub channel: Channel,
    /// Lines of history that come before the screen, at most.
    pub history: u32,
}

/// So many channels share the connection behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Which.
    pub channel: Channel,
    /// How many parts the connection's window is cut into, of which this channel has one; at least 1.
    pub of: u16,
}

/// The history may take so much memory from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Trim {
    /// Bytes; what is beyond them goes at once, oldest first.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
}
