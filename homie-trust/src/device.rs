//! A device that is known here, and the ids made of keys.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, ClientKind, DeviceKey, MachineKey, Role};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::name::Name;
use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::sha256::sha256;
use crate::signature::could_be_key;

/// An enrolled device, as it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The first 16 bytes of SHA-256 of the key.
    pub id: DeviceId,
    /// Its algorithm, fixed at enrolment.
    pub alg: Algorithm,
    /// The public key.
    #[serde(with = "base64url")]
    pub key: Vec<u8>,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// What kind of client it was when it came.
    pub kind: ClientKind,
    /// When it came: milliseconds since 1970, for people.
    pub added_at: u64,
}

impl Device {
    /// A device of this key, which the caller has proved.
    pub fn new(key: DeviceKey, name: &str, role: Role, kind: ClientKind, added_at: u64) -> Result<Self, TrustError> {
        let name = Name::parse(name)?.into_string();
        let device = Self { id: key.id, alg: key.alg, key: key.key, name, role, kind, added_at };
        device.check()?;
        Ok(device)
    }

    /// Whether this is its key: id, algorithm and all bytes.
    pub fn has_key(&self, key: &DeviceKey) -> bool {
        self.id == key.id && self.alg == key.alg && self.key == key.key
    }

    pub(crate) fn check(&self) -> Result<(), TrustError> {
        if !could_be_key(self.alg, &self.key) {
            return Err(TrustError::BadKey("key: not a public key of this algorithm"));
        }
        if self.id != device_id(&self.key) {
            return Err(TrustError::BadKey("id: not made of this key"));
        }
        Name::parse(&self.name)?;
        Ok(())
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

/// Keys in JSON.
mod base64url {
    use data_encoding::BASE64URL_NOPAD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(key: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&BASE64URL_NOPAD.encode_display(key))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| D::Error::custom("key: expected base64url"))
    }
}
