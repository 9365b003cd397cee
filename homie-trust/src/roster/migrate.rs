//! `devices.json`, in which an older Homie wrote down who is enrolled: read once, when the roster is founded.

use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use homie_protocol::hello::{Algorithm, ClientKind, DeviceKey, Role};
use homie_protocol::id::DeviceId;
use serde::Deserialize;

use crate::device::Device;
use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "put back a copy that works, or move it away and enrol every device again";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Old {
    id: DeviceId,
    alg: Algorithm,
    key: String,
    name: String,
    role: Role,
    kind: ClientKind,
    added_at: u64,
}

/// The devices in it; none if there is no such file.
pub(super) fn read(dir: &StateDir) -> Result<Vec<Device>, TrustError> {
    let path = path(dir);
    let Some(bytes) = private_file::read(&path)? else { return Ok(Vec::new()) };
    let old: Vec<Old> = serde_json::from_slice(&bytes).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))?;
    let devices: Vec<Device> = old.iter().map(|old| device(&path, old)).collect::<Result<_, _>>()?;
    for (place, device) in devices.iter().enumerate() {
        if devices.iter().take(place).any(|earlier| earlier.id() == device.id()) {
            return Err(TrustError::corrupt(&path, &format!("{} is in it twice", device.id()), REMEDY));
        }
    }
    Ok(devices)
}

/// It has been taken over. A person may still look into it; nothing of ours does.
pub(super) fn put_aside(dir: &StateDir) -> Result<(), TrustError> {
    let (path, aside) = (path(dir), dir.path().join("devices.json.old"));
    match std::fs::rename(&path, aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TrustError::file("put aside", &path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn device(path: &Path, old: &Old) -> Result<Device, TrustError> {
    let damaged = |why: &dyn std::fmt::Display| TrustError::corrupt(path, &format!("{}: {why}", old.id), REMEDY);
    let key = BASE64URL_NOPAD.decode(old.key.as_bytes()).map_err(|_| damaged(&"key: expected base64url"))?;
    let key = DeviceKey { id: old.id, alg: old.alg, key };
    let device = Device::new(key, &old.name, old.role, old.kind, old.added_at).map_err(|error| damaged(&error))?;
    if old.role == Role::None { Err(damaged(&"role: none is no role")) } else { Ok(device) }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("devices.json")
}
