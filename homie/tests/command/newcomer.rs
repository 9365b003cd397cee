//! A device that wants in: it reads what `homie pair` prints, as a phone would.

use std::sync::Arc;

use homie_circuit::client::{Client, Config};
use homie_protocol::code::Code;
use homie_protocol::hello::{Nonce, Service};
use homie_protocol::id::PairingId;
use homie_protocol::methods::pairing::{Await, AwaitParams, Begin, BeginParams, Paired, Reveal, RevealParams, Way};
use homie_protocol::pairing::{Newcomer as Words, PAIRING_VERSION, SixDigits, Transcript};
use homie_trust::pairing::Begun;
use homie_trust::pairing::proof::{self, Prover};
use homie_trust::{DeviceIdentity, KeyPair, StateDir, SystemRandom, random_bytes};
use tokio::runtime::Runtime;

use crate::machine::Machine;

/// A device on a circuit with the gateway.
pub(crate) struct Newcomer {
    runtime: Runtime,
    client: Client,
    key: Arc<KeyPair>,
}

/// What the QR code's address says.
pub(crate) fn scanned(address: &str) -> (PairingId, Vec<u8>) {
    let packed = address.split_once("/#pair=").unwrap().1;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(packed.as_bytes()).unwrap();
    (PairingId::from_bytes(bytes[1..17].try_into().unwrap()), bytes[33..49].to_vec())
}

impl Newcomer {
    pub(crate) fn new(machine: &Machine) -> Self {
        let state = StateDir::open(&machine.home().path()).unwrap();
        // A second copy signs what is revealed: the identity keeps its own for itself.
        let key = KeyPair::load_or_create(&state, "newcomer.key").unwrap();
        let same = KeyPair::load_or_create(&state, "newcomer.key").unwrap();
        let gateway = KeyPair::machine(&state).unwrap().machine_key();
        let identity = Arc::new(DeviceIdentity::with_key(key, gateway).unwrap());
        let runtime = Runtime::new().unwrap();
        let config = Config { service: Service::Gateway, ..Config::local(state.gateway_sock(), identity) };
        let client = runtime.block_on(Client::connect(config)).unwrap();
        Self { runtime, client, key: Arc::new(same) }
    }

    /// Joins, and gives the digits to show.
    pub(crate) fn join(&self, id: Option<PairingId>, secret: &[u8]) -> (PairingId, SixDigits) {
        self.join_by(if id.is_some() { Way::Qr } else { Way::Code }, id, secret)
    }

    /// The same on any way.
    pub(crate) fn join_by(&self, way: Way, id: Option<PairingId>, secret: &[u8]) -> (PairingId, SixDigits) {
        self.runtime.block_on(async {
            let (device, salt) = (self.key.device_key(), Nonce(random_bytes(&SystemRandom).unwrap()));
            let words = Words::new(&device, &salt, "Ada's phone", "test");
            let commitment = proof::commitment(&words);
            let said = BeginParams { version: PAIRING_VERSION, way, id, commitment };
            let begun = self.client.request::<Begin>(&said).await.unwrap();
            let answer = Begun { id: begun.id, nonce: begun.nonce };
            let opening = answer.opening(&begun.key, &said, "local").bytes();
            let transcript = Transcript::after(&opening, &words);
            let said = RevealParams {
                id: begun.id,
                device: device.clone(),
                salt,
                name: "Ada's phone".to_owned(),
                platform: "test".to_owned(),
                sig: self.key.sign(transcript.bytes()).unwrap(),
                mac: proof::mac(Prover::Device, secret, &opening, transcript.bytes()).unwrap(),
                machine: None,
            };
            self.client.request::<Reveal>(&said).await.unwrap();
            (begun.id, proof::digits(&transcript))
        })
    }

    /// What has become of it.
    pub(crate) fn outcome(&self, id: PairingId) -> Result<Paired, Code> {
        self.runtime.block_on(async {
            loop {
                let answer = self.client.request::<Await>(&AwaitParams { id }).await.map_err(|refusal| refusal.code)?;
                if let Some(paired) = answer.paired {
                    return Ok(paired);
                }
            }
        })
    }
}
