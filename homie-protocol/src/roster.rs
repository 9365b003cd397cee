//! The roster's entries: who belongs to a mesh, each statement signed by an owner. What they come to together is told in
//! `spec/PROTOCOL.md`; whoever has keys works it out.
//!
//! An entry travels as the bytes that were signed, so that nobody needs to write it again the same way to check it.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::codec::{self, CodecError};
use crate::hello::{ClientKind, DeviceKey, MachineKey, Role, Signature};
use crate::id::{DeviceId, NodeId};
use crate::limits::ENTRY;
use crate::tagged::tagged;

/// The first part of what is signed.
const LABEL: &str = "homie-roster-v1";

/// SHA-256 of an entry's bytes: its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct EntryHash(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// SHA-256 of the root's key and the names of all entries that owners signed, in order: two who have the same one have the
/// same roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct RosterHead(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// What a side has of which mesh: both sides of a greeting say it, and bring each other what one of them lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RosterOffer {
    /// The mesh's root.
    pub root: MachineKey,
    /// The roster's head.
    pub head: RosterHead,
}

/// An entry with its signature, over [`signed_bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SignedEntry {
    /// The entry, as it was signed.
    #[cfg_attr(feature = "ts", ts(type = "Uint8Array"))]
    #[serde(with = "serde_bytes")]
    pub entry: Vec<u8>,
    /// By the key that the entry names.
    pub sig: Signature,
}

/// What every entry says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Stem {
    /// The newest entries its signer had seen: those that no other of them follows.
    pub after: Vec<EntryHash>,
    /// Who signs: the mesh's root, or an owner.
    pub by: DeviceKey,
    /// When, in milliseconds since 1970: for people, nothing is decided by it.
    pub at: u64,
}

/// A device may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct DeviceEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// The device's key.
    pub key: DeviceKey,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The most it may do, whoever else gives it more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Role>,
    /// What kind of client it is.
    pub kind: ClientKind,
    /// What it runs on, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// A device is called otherwise, or may do otherwise. An owner stays one until it is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct ChangeEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// Which device.
    pub device: DeviceId,
    /// Its name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its role from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The most it may do from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Role>,
}

/// A device's key counts no more, for ever. What it signed and the signer had seen goes on to count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RevokeEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// Which device.
    pub device: DeviceId,
}

/// A machine is one of the mesh. Said again, it is called otherwise or found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MachineEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// The machine's key.
    pub key: MachineKey,
    /// What people call it.
    pub name: String,
    /// The origins of its pages, exactly; at most 16.
    pub origins: Vec<String>,
}

/// What an owner calls a machine and how it is tagged, whatever it says of itself. Said again, what is said last counts; what is
/// left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct LabelEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// Which machine.
    pub machine: NodeId,
    /// Its name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its tags from now on: at most 16, of at most 32 bytes, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// A machine is none of the mesh any more, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RetireEntry {
    /// Whose statement, and after what.
    pub stem: Stem,
    /// Which machine.
    pub machine: NodeId,
}

tagged! {
    /// A statement of an owner.
    pub enum Entry {
        /// A device may come in.
        Device(DeviceEntry) = "device",
        /// A device is called otherwise, or may do otherwise.
        Change(ChangeEntry) = "change",
        /// A device's key counts no more.
        Revoke(RevokeEntry) = "revoke",
        /// A machine is one of the mesh.
        Machine(MachineEntry) = "machine",
        /// What an owner calls a machine.
        Label(LabelEntry) = "label",
        /// A machine is none any more.
        Retire(RetireEntry) = "retire",
    }
}

impl Entry {
    /// Whose statement, and after what.
    pub const fn stem(&self) -> &Stem {
        match self {
            Self::Device(entry) => &entry.stem,
            Self::Change(entry) => &entry.stem,
            Self::Revoke(entry) => &entry.stem,
            Self::Machine(entry) => &entry.stem,
            Self::Label(entry) => &entry.stem,
            Self::Retire(entry) => &entry.stem,
        }
    }

    /// Decodes the bytes that were signed. There is one way to write an entry, and other bytes are refused: else one
    /// statement would have many names.
    pub fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let entry = Self::decode(codec::scan(bytes, ENTRY)?)?;
        if codec::encode(&entry)? != bytes {
            return Err(CodecError::new(Code::OutOfRange, "it is not written the one way an entry is"));
        }
        Ok(entry)
    }
}

/// What is signed: label, root key and entry, each behind its length in two bytes. An entry of one mesh counts for nothing
/// in another.
pub fn signed_bytes(root: &MachineKey, entry: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + entry.len());
    for part in [LABEL.as_bytes(), &root.0, entry] {
        // An entry is at most 4 KiB.
        let len = u16::try_from(part.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
