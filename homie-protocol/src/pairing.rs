//! Pairing: the bytes that a new device and a gateway commit to, sign and prove to each other, and what a QR code says.
//!
//! The device first commits to everything it will say ([`Newcomer::committed`]); the gateway answers with a nonce and signs
//! ([`Opening`]); then the device reveals. Both turn [`Transcript`] into the six digits that a person compares. Because
//! neither side can choose anything once it has seen the other's part, somebody between them cannot make the digits alike
//! but by chance. These bytes are final: a change here makes devices and gateways of different age see different digits.

use serde::{Deserialize, Serialize};

use crate::hello::{Algorithm, DeviceKey, MachineKey, Nonce};
use crate::id::{DeviceId, NodeId, PairingId};
use crate::parts::joined;

mod invitation;
mod six_digits;

pub use invitation::Invitation;
pub use six_digits::{NotSixDigits, SixDigits};

/// What a pairing of today speaks.
pub const PAIRING_VERSION: u16 = 1;

/// SHA-256 of what a device will say, said before it has heard anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct Commitment(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// Proof of the shared secret: HMAC-SHA256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "Uint8Array"))]
#[serde(transparent)]
pub struct Mac(#[serde(with = "serde_bytes")] pub [u8; 32]);

/// What a device says of itself: all of it is committed to, the name too, or an attacker could try names until the
/// digits are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomer<'a> {
    /// Its key.
    pub key: &'a [u8],
    /// Its key's algorithm.
    pub alg: Algorithm,
    /// 32 random bytes, secret until it reveals.
    pub salt: &'a Nonce,
    /// What people will call it.
    pub name: &'a str,
    /// Browser and system, or the like, for the person who decides.
    pub platform: &'a str,
    /// The key of the machine that joins with it, if one does.
    pub machine: Option<&'a MachineKey>,
}

impl<'a> Newcomer<'a> {
    /// A device with this key.
    pub fn new(key: &'a DeviceKey, salt: &'a Nonce, name: &'a str, platform: &'a str) -> Self {
        Self { key: &key.key, alg: key.alg, salt, name, platform, machine: None }
    }

    /// The same with a machine that joins.
    #[must_use]
    pub fn with_machine(self, machine: Option<&'a MachineKey>) -> Self {
        Self { machine, ..self }
    }

    /// What is hashed into the commitment.
    pub fn committed(&self) -> Vec<u8> {
        joined([b"c1".as_slice()].into_iter().chain(self.parts()))
    }

    fn parts(&self) -> impl Iterator<Item = &'a [u8]> {
        let of_device: [&'a [u8]; 5] =
            [self.key, self.alg.name().as_bytes(), &self.salt.0, self.name.as_bytes(), self.platform.as_bytes()];
        of_device.into_iter().chain(self.machine.map(|machine| machine.0.as_slice()))
    }
}

/// T1: what the gateway signs once it has the commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening<'a> {
    /// The version of the pairing.
    pub version: u16,
    /// Which pairing.
    pub id: &'a PairingId,
    /// What the device has committed to.
    pub commitment: &'a Commitment,
    /// The gateway's key.
    pub gateway: &'a MachineKey,
    /// The gateway's nonce.
    pub nonce: &'a Nonce,
    /// The authority the device dialled.
    pub host: &'a str,
}

impl Opening<'_> {
    /// The bytes to sign.
    pub fn bytes(&self) -> Vec<u8> {
        joined([
            b"homie-pair-v1".as_slice(),
            &self.version.to_be_bytes(),
            self.id.as_bytes(),
            &self.commitment.0,
            &self.gateway.0,
            &self.nonce.0,
            self.host.as_bytes(),
        ])
    }
}

/// T2: everything both sides have said. The device signs it and proves the secret over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript(Vec<u8>);

impl Transcript {
    /// What the device adds to the bytes of an [`Opening`].
    pub fn after(opening: &[u8], newcomer: &Newcomer<'_>) -> Self {
        Self([opening, &joined(newcomer.parts())].concat())
    }

    /// The bytes to sign and to prove the secret over.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What is hashed into the six digits.
    pub fn shown(&self) -> Vec<u8> {
        [joined([b"sas1".as_slice()]), self.0.clone()].concat()
    }

    /// What the gateway proves the secret over once the device is enrolled.
    pub fn enrolled(&self, device: &DeviceId, role: crate::hello::Role, node: &NodeId) -> Vec<u8> {
        let said = joined([device.as_bytes().as_slice(), role.name().as_bytes(), node.as_bytes()]);
        [self.0.clone(), said].concat()
    }
}

/// The six digits that a hash stands for: the hash as one number, its last six decimal digits.
pub fn digits_of(hash: &[u8; 32]) -> SixDigits {
    SixDigits::last_of(hash.iter().fold(0, |rest, byte| ((rest << 8) | u32::from(*byte)) % SixDigits::COUNT))
}
