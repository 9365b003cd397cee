//! What is told without being asked: one declaration per topic.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::code::Refusal;
use crate::codec::CodecError;
use crate::control::Outgoing;
use crate::id::{NodeId, SessionId};
use crate::methods::machine::MachineInfo;
use crate::methods::session::{ExitStatus, Gap, SessionInfo, Size};

/// An event: its topic and what it carries.
pub trait Topic: Serialize + DeserializeOwned {
    /// Its name on the wire.
    const NAME: &'static str;
    /// What it means, for the documentation.
    const DOC: &'static str;

    /// The payload of the control frame.
    fn encode(&self, seq: u32) -> Result<Vec<u8>, CodecError> {
        Outgoing::Event { topic: Self::NAME, seq, data: self }.encode()
    }
}

macro_rules! topics {
    ($($(#[doc = $doc:literal])+ $name:literal => $data:ty;)+) => {
        $(impl Topic for $data {
            const NAME: &'static str = $name;
            const DOC: &'static str = concat!($($doc, "\n",)+);
        })+

        /// Every topic with its meaning.
        pub const TOPICS: &[(&str, &str)] = &[$(($name, <$data as Topic>::DOC),)+];

        /// The topics with their types, for the generator.
        #[cfg(feature = "ts")]
        pub fn typescript(export: &mut crate::typescript::Export) {
            $(export.topic::<$data>($name, <$data as Topic>::DOC);)+
        }
    };
}

/// A session was started, has changed or is gone. Exactly one of the two fields is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SessionChanged {
    /// The session as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionInfo>,
    /// The session that is no longer listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<SessionId>,
}

/// The terminal has another size from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Resized {
    /// The new size.
    pub size: Size,
}

/// The program has ended; no output follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Exited {
    /// How it ended.
    pub status: ExitStatus,
}

/// The other side has closed the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Detached {
    /// Why.
    pub reason: Refusal,
}

/// Who sets the size has changed for this viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// Whether this viewer drives the size now.
    pub drives: bool,
}

/// The program puts a text into the clipboard of whoever typed last (OSC 52).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Clipboard {
    /// The text, at most 100 KiB; the person is asked before it is taken.
    #[cfg_attr(feature = "ts", ts(type = "Uint8Array"))]
    pub text: ByteBuf,
}

/// A machine is another than it was, or is none of the mesh any more. Exactly one of the two fields is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MachineChanged {
    /// The machine as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineInfo>,
    /// The machine that is no longer listed, nor are its sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<NodeId>,
}

/// A session of a machine was started, has changed or is gone. Exactly one of the two last fields is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MeshSessionChanged {
    /// The machine.
    pub machine: NodeId,
    /// The session as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionInfo>,
    /// The session that is no longer listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<SessionId>,
}

topics! {
    /// On channel 0, after a list with `subscribe`: a session was started, has changed or is gone.
    "terminal.session.changed" => SessionChanged;
    /// On a session's channel: these bytes are declared lost to this viewer; output goes on at `to`.
    "terminal.session.gap" => Gap;
    /// On a session's channel, at the offset where it happened: the terminal has another size.
    "terminal.session.resized" => Resized;
    /// On a session's channel, after the last byte of output: the program has ended.
    "terminal.session.exited" => Exited;
    /// On a session's channel: this viewer drives the size from here on, or does no longer.
    "terminal.session.driver" => Driver;
    /// On the channel of whoever typed last: the program puts a text into the clipboard.
    "terminal.session.clipboard" => Clipboard;
    /// On a session's channel, its last frame: the other side has closed it.
    "terminal.session.detached" => Detached;
    /// On channel 0, after a list of machines with `subscribe`: a machine came, went, or is another than it was.
    "mesh.machine.changed" => MachineChanged;
    /// On channel 0, after a list of machines with `subscribe`: a session of a machine was started, has changed or is gone.
    "mesh.session.changed" => MeshSessionChanged;
}
