//! What a new device says and hears.

use serde::{Deserialize, Serialize};

use crate::hello::{DeviceKey, MachineKey, Nonce, Role, Signature};
use crate::id::{DeviceId, NodeId, PairingId};
use crate::pairing::{Commitment, Mac};

/// What a device has to prove that it was invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The secret of a QR code.
    Qr,
    /// Six digits that somebody has read to it.
    Code,
    /// The machine's shared secret, if its owner has switched that on.
    Secret,
    /// Nothing: another machine of the owner's joins the mesh. Its tailnet says whose it is, and the digits decide.
    Machine,
}

/// Begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct BeginParams {
    /// The version of the pairing: 1.
    pub version: u16,
    /// What it will prove.
    pub way: Way,
    /// Which pairing: a QR code says so, and nothing else does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PairingId>,
    /// SHA-256 of what it will reveal.
    pub commitment: Commitment,
}

/// The gateway's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct BeginOutput {
    /// Which pairing this is.
    pub id: PairingId,
    /// The gateway's key. The device compares it with the QR code's fingerprint.
    pub key: MachineKey,
    /// The gateway's nonce.
    pub nonce: Nonce,
    /// Over T1.
    pub sig: Signature,
}

/// Reveals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct RevealParams {
    /// Which pairing.
    pub id: PairingId,
    /// The device's key: that of this circuit's greeting.
    pub device: DeviceKey,
    /// What hid the commitment.
    pub salt: Nonce,
    /// What people will call it, at most 64 characters.
    pub name: String,
    /// Browser and system, or the like, at most 64 characters.
    pub platform: String,
    /// Over T2.
    pub sig: Signature,
    /// Proof of the secret over T2.
    pub mac: Mac,
    /// The machine that joins with this device: `way: machine` has one, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<JoiningMachine>,
}

/// A machine that joins the mesh. It is called as its device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct JoiningMachine {
    /// Its key.
    pub key: MachineKey,
    /// Over T2, which its key is a part of.
    pub sig: Signature,
}

/// Waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AwaitParams {
    /// Which pairing.
    pub id: PairingId,
}

/// What was decided, if it was; a refusal is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct AwaitOutput {
    /// The device is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<Paired>,
}

/// The device is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// Its id.
    pub device: DeviceId,
    /// What its circuits may do from now on.
    pub role: Role,
    /// The machine it is enrolled at.
    pub node: NodeId,
    /// The gateway's proof of the secret, over T2 and the fields above.
    pub mac: Mac,
}
