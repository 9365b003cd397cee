//! A device that is known here, and the ids made of keys.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, DeviceKey, MachineKey, Role};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::name::Name;

use crate::error::TrustError;
use crate::sha256::sha256;
use crate::signature::could_be_key;

/// A device of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its public key, with the algorithm fixed at enrolment.
    pub key: DeviceKey,
    /// What people call it.
    pub name: String,
    /// What the roster lets it do.
    pub role: Role,
    /// The most it may do, whoever else gives it more; without one there is no such bound.
    pub ceiling: Option<Role>,
    /// What kind of client it was when it came.
    pub kind: ClientKind,
    /// What it runs on, for people.
    pub platform: Option<String>,
    /// When it came: milliseconds since 1970, for people.
    pub added_at: u64,
    /// It may not come in any more, for ever.
    pub is_revoked: bool,
}

impl Device {
    /// A device of this key, which the caller has proved.
    pub fn new(key: DeviceKey, name: &str, role: Role, kind: ClientKind, added_at: u64) -> Result<Self, TrustError> {
        let name = Name::parse(name)?.into_string();
        check_device_key(&key).map_err(|_| TrustError::BadKey("key: not a public key, or not the one its id names"))?;
        Ok(Self { key, name, role, ceiling: None, kind, platform: None, added_at, is_revoked: false })
    }

    /// The first 16 bytes of SHA-256 of the key.
    pub fn id(&self) -> DeviceId {
        self.key.id
    }

    /// What it may do by the roster: its role, below its ceiling; nothing once it is revoked.
    pub fn may(&self) -> Role {
        if self.is_revoked { Role::None } else { self.role.min(self.ceiling.unwrap_or(Role::Owner)) }
    }
}

/// Refuses a key that is not of its algorithm, or not the one its id names.
pub fn check_device_key(key: &DeviceKey) -> Result<(), Refusal> {
    if !could_be_key(key.alg, &key.key) {
        return Err(Refusal::new(Code::Unauthenticated, "device.key: not a public key of this algorithm"));
    }
    if key.id != device_id(&key.key) {
        return Err(Refusal::new(Code::Unauthenticated, "device.id: not the start of SHA-256 of the key"));
    }
    Ok(())
}

/// The id of a device with this public key.
pub fn device_id(key: &[u8]) -> DeviceId {
    DeviceId::from_bytes(start_of_sha256(key))
}

/// The id of the machine with this key.
pub fn node_id(key: &MachineKey) -> NodeId {
    NodeId::from_bytes(start_of_sha256(&key.0))
}

fn start_of_sha256(bytes: &[u8]) -> [u8; 16] {
    sha256(bytes).first_chunk().copied().unwrap_or_default()
}
