//! The greeting of a circuit: four messages, and the bytes that are signed.

use serde::{Deserialize, Serialize};

use crate::id::{CircuitId, DeviceId};
use crate::roster::RosterOffer;
use crate::version::Versions;

mod greet;
mod transcript;

pub use greet::{Carry, Greet, Identity, Next};
pub use transcript::{Side, Transcript};

/// A key's algorithm. Two, fixed when the key is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Ed25519, 32-byte key.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, 65-byte uncompressed point, signatures as r ‖ s.
    P256,
}

impl Algorithm {
    /// As it stands on the wire and in transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p256",
        }
    }
}

/// A device's public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DeviceKey {
    /// The first 16 bytes of SHA-256 of the key.
    pub id: DeviceId,
    /// Its algorithm.
    pub alg: Algorithm,
    /// The public key.
    #[cfg_attr(feature = "ts", ts(type = "Uint8Array"))]
    #[serde(with = "serde_bytes")]
    pub key: Vec<u8>,
}

/// What kind of client calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A page in a browser.
    Web,
    /// The phone's application.
    Phone,
    /// A program: the `homie` command, a script.
    Cli,
}

/// Which server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// A machine's node.
    Node,
    /// A gateway.
    Gateway,
}

/// What a circuit may do. Later names may do all that earlier ones may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing but become known: redeem a link, or pair.
    None,
    /// Look.
    Viewer,
    /// Type, start and end.
    Operator,
    /// Decide who may.
    Owner,
}

impl Role {
    /// As it stands on the wire and in transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

/// 32 random bytes, fresh for each circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct Nonce(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// A signature: 64 bytes with either algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct Signature(#[serde(with = "serde_bytes")] pub [u8; 64]);

/// An Ed25519 public key of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct MachineKey(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// The client greets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// What it speaks.
    pub versions: Versions,
    /// Its key; left out on `local.sock` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceKey>,
    /// What kind of client.
    pub kind: ClientKind,
    /// Program and version, for people.
    pub agent: String,
    /// Its nonce.
    pub nonce: Nonce,
    /// The authority it dialled.
    pub host: String,
    /// The page's origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// The server answers and proves itself first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// The version chosen.
    pub version: u16,
    /// What the server speaks.
    pub versions: Versions,
    /// Which server this is.
    pub service: Service,
    /// The machine's key.
    pub key: MachineKey,
    /// Its algorithm.
    pub alg: Algorithm,
    /// The server's nonce.
    pub nonce: Nonce,
    /// The machine's name, for people.
    pub name: String,
    /// Over the transcript, side `node` or `gateway`.
    pub sig: Signature,
    /// Its roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterOffer>,
}

/// The client proves that it holds its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Prove {
    /// Over the transcript, side `client-of-node` or `client-of-gateway`.
    pub sig: Signature,
    /// The roster that it carries of the server's mesh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterOffer>,
}

/// The circuit is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// What this circuit may do.
    pub role: Role,
    /// Its name in the logs.
    pub circuit: CircuitId,
}
