//! What a device has begun, and whether what it reveals is true.

use homie_protocol::code::Refusal;
use homie_protocol::hello::{Algorithm, ClientKind, DeviceKey};
use homie_protocol::id::{DeviceId, PairingId};
use homie_protocol::methods::pairing::{JoiningMachine, RevealParams};
use homie_protocol::name::Name;
use homie_protocol::pairing::{Commitment, Newcomer, Opening, Transcript};

use super::admission::Proved;
use super::proof::{self, Prover};
use super::secret::{Secret, same};
use super::words;
use crate::signature::verify;

/// Between begin and reveal.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) id: PairingId,
    /// Who began: nobody else may go on.
    pub(super) device: DeviceId,
    pub(super) secret: Secret,
    commitment: Commitment,
    opening: Vec<u8>,
}

impl Exchange {
    pub(super) fn new(device: DeviceId, secret: Secret, opening: &Opening<'_>) -> Self {
        let (id, commitment) = (*opening.id, *opening.commitment);
        Self { id, device, secret, commitment, opening: opening.bytes() }
    }

    /// Checks everything that was revealed: key, commitment, signature, secret.
    pub(super) fn check(self, said: &RevealParams, key: &DeviceKey, kind: ClientKind) -> Result<Proved, Refusal> {
        let machine = said.machine.as_ref();
        let newcomer = Newcomer::new(&said.device, &said.salt, &said.name, &said.platform)
            .with_machine(machine.map(|machine| &machine.key));
        let transcript = Transcript::after(&self.opening, &newcomer);
        let mac = proof::mac(Prover::Device, self.secret.bytes(), &self.opening, transcript.bytes())?;
        let is_true = said.device == *key
            && same(&proof::commitment(&newcomer).0, &self.commitment.0)
            && verify(key.alg, &key.key, transcript.bytes(), &said.sig).is_ok()
            && same(&mac.0, &said.mac.0)
            && machine.is_some() == matches!(self.secret, Secret::Nothing)
            && machine.is_none_or(|machine| holds_its_key(machine, transcript.bytes()));
        if !is_true {
            return Err(words::unproved());
        }
        let name = Name::parse(&said.name)?.into_string();
        let platform = Name::parse(&said.platform)?.into_string();
        let machine = machine.map(|machine| machine.key);
        Ok(Proved { device: said.device.clone(), machine, name, platform, kind, opening: self.opening, transcript })
    }
}

fn holds_its_key(machine: &JoiningMachine, transcript: &[u8]) -> bool {
    verify(Algorithm::Ed25519, &machine.key.0, transcript, &machine.sig).is_ok()
}
