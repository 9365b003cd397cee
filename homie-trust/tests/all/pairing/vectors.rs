//! Commitment, digits and proofs as another program has made them, in another language: the golden vectors.

use std::fs;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Nonce, Role};
use homie_protocol::id::{DeviceId, NodeId, PairingId};
use homie_protocol::pairing::{Commitment, Newcomer, Opening, Transcript};
use homie_trust::pairing::proof::{self, Prover};
use serde::Deserialize;

#[derive(Deserialize)]
struct Entry {
    name: String,
    file: String,
    layer: String,
    ok: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Sample {
    version: u16,
    id: PairingId,
    commitment: String,
    gateway: String,
    nonce: String,
    host: String,
    device: DeviceId,
    alg: Algorithm,
    key: String,
    salt: String,
    name: String,
    platform: String,
    machine: Option<String>,
    role: Role,
    node: NodeId,
    secret: String,
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

fn proved(sample: &Sample) -> Vec<u8> {
    let key = BASE64URL_NOPAD.decode(sample.key.as_bytes()).unwrap();
    let key = DeviceKey { id: sample.device, alg: sample.alg, key };
    let salt = Nonce(bytes(&sample.salt));
    let machine = sample.machine.as_deref().map(|machine| MachineKey(bytes(machine)));
    let newcomer = Newcomer::new(&key, &salt, &sample.name, &sample.platform).with_machine(machine.as_ref());
    let opening = Opening {
        version: sample.version,
        id: &sample.id,
        commitment: &Commitment(bytes(&sample.commitment)),
        gateway: &MachineKey(bytes(&sample.gateway)),
        nonce: &Nonce(bytes(&sample.nonce)),
        host: &sample.host,
    }
    .bytes();
    let transcript = Transcript::after(&opening, &newcomer);
    let secret = BASE64URL_NOPAD.decode(sample.secret.as_bytes()).unwrap();
    let mac = |prover, bytes: &[u8]| proof::mac(prover, &secret, &opening, bytes).unwrap().0;
    [
        proof::commitment(&newcomer).0.as_slice(),
        proof::digits(&transcript).as_bytes(),
        &mac(Prover::Device, transcript.bytes()),
        &mac(Prover::Gateway, &transcript.enrolled(&sample.device, sample.role, &sample.node)),
    ]
    .concat()
}

#[test]
fn everything_that_is_proved_is_what_another_program_has_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors/v1");
    let index: Vec<Entry> = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let proofs: Vec<Entry> = index.into_iter().filter(|entry| entry.layer == "pairing:proved").collect();
    assert_eq!(proofs.len(), 3);
    for entry in proofs {
        let sample: Sample = serde_json::from_value(entry.ok.unwrap()).unwrap();
        assert_eq!(proved(&sample), fs::read(folder.join(&entry.file)).unwrap(), "{}", entry.name);
    }
}
