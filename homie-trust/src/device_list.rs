//! The list of enrolled devices: one file, read whenever somebody asks, so that what one process adds holds in all.

use std::path::{Path, PathBuf};

use homie_protocol::hello::DeviceKey;

use crate::device::Device;
use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

/// Devices at most: nobody has so many, and the file is read for each circuit.
const DEVICES: usize = 1_000;

const REMEDY: &str = "put back a copy that works, or move it away and enrol every device again";

/// The list in a state directory.
#[derive(Debug, Clone)]
pub struct DeviceList {
    dir: StateDir,
    path: PathBuf,
}

impl DeviceList {
    /// The list of this state directory.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), path: dir.path().join("devices.json") }
    }

    /// All devices, in the order they came.
    pub fn read(&self) -> Result<Vec<Device>, TrustError> {
        match private_file::read(&self.path)? {
            Some(bytes) => decode(&self.path, &bytes),
            None => Ok(Vec::new()),
        }
    }

    /// The device with this key: id, algorithm and key, all the same.
    pub fn find(&self, key: &DeviceKey) -> Result<Option<Device>, TrustError> {
        Ok(self.read()?.into_iter().find(|device| device.has_key(key)))
    }

    /// Adds a device. One that is there already takes its new name and role.
    pub fn add(&self, device: Device) -> Result<(), TrustError> {
        device.check()?;
        let writing = self.dir.writing()?;
        let mut devices = self.read()?;
        devices.retain(|known| known.id != device.id);
        if devices.len() >= DEVICES {
            return Err(TrustError::Full("1,000 devices are enrolled; remove some from devices.json first"));
        }
        devices.push(device);
        private_file::replace(&writing, &self.path, &encode(&self.path, &devices)?)
    }
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Vec<Device>, TrustError> {
    let devices: Vec<Device> =
        serde_json::from_slice(bytes).map_err(|error| TrustError::corrupt(path, &error, REMEDY))?;
    for (place, device) in devices.iter().enumerate() {
        device.check().map_err(|error| TrustError::corrupt(path, &format!("{}: {error}", device.id), REMEDY))?;
        if devices.iter().take(place).any(|earlier| earlier.id == device.id) {
            return Err(TrustError::corrupt(path, &format!("{} is in it twice", device.id), REMEDY));
        }
    }
    Ok(devices)
}

fn encode(path: &Path, devices: &[Device]) -> Result<Vec<u8>, TrustError> {
    let mut bytes = serde_json::to_vec_pretty(devices).map_err(|error| TrustError::corrupt(path, &error, REMEDY))?;
    bytes.push(b'\n');
    Ok(bytes)
}
