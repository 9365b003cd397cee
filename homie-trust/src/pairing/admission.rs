//! A device that has proved everything and may come in.

use homie_protocol::hello::{ClientKind, DeviceKey, MachineKey, Role};
use homie_protocol::id::{NodeId, PairingId};
use homie_protocol::methods::pairing::{Applicant, Paired};
use homie_protocol::pairing::{SixDigits, Transcript};

use super::proof::{self, Prover};
use super::secret::Secret;
use crate::device::{Device, node_id};
use crate::error::TrustError;

/// What is known of a device whose reveal was true.
#[derive(Debug, Clone)]
pub(super) struct Proved {
    pub(super) device: DeviceKey,
    /// The machine that joins with it.
    pub(super) machine: Option<MachineKey>,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) kind: ClientKind,
    pub(super) opening: Vec<u8>,
    pub(super) transcript: Transcript,
}

impl Proved {
    pub(super) fn digits(&self) -> SixDigits {
        proof::digits(&self.transcript)
    }

    pub(super) fn applicant(&self) -> Applicant {
        let Self { device, name, platform, kind, .. } = self;
        let machine = self.machine.as_ref().map(node_id);
        Applicant { device: device.id, name: name.clone(), platform: platform.clone(), kind: *kind, machine }
    }
}

/// The right to be enrolled, once.
#[derive(Debug)]
#[must_use = "it is enrolled by nobody else"]
pub struct Admission {
    pub(super) id: PairingId,
    pub(super) proved: Proved,
    pub(super) secret: Secret,
    pub(super) role: Role,
}

impl Admission {
    /// Of which pairing.
    pub fn id(&self) -> PairingId {
        self.id
    }

    /// The device as it is to stand in the roster.
    pub fn device(&self, added_at: u64) -> Result<Device, TrustError> {
        let Proved { device, name, platform, kind, .. } = &self.proved;
        let known = Device::new(device.clone(), name, self.role, *kind, added_at)?;
        Ok(Device { platform: Some(platform.clone()), ..known })
    }

    /// The machine that joins the mesh with it, and what it is called.
    pub fn machine(&self) -> Option<(MachineKey, &str)> {
        self.proved.machine.map(|machine| (machine, self.proved.name.as_str()))
    }

    /// What the device is told, with the gateway's proof.
    pub fn paired(&self, node: NodeId) -> Result<Paired, TrustError> {
        let Proved { device, opening, transcript, .. } = &self.proved;
        let said = transcript.enrolled(&device.id, self.role, &node);
        let mac = proof::mac(Prover::Gateway, self.secret.bytes(), opening, &said)?;
        Ok(Paired { device: device.id, role: self.role, node, mac })
    }
}
