//! The bytes both sides of a greeting sign, and signatures over them and over an entry of the roster.
//!
//! The signatures are written down here, not made: this crate knows no cryptography, and the bytes under them are final.
//! Whoever verifies signatures tests them.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use homie_protocol::code::Code;
use homie_protocol::hello::{DeviceKey, Side, Transcript};
use homie_protocol::id::DeviceId;
use homie_protocol::version::{SPOKEN, Versions};
use serde_json::{Value, json};

use super::samples::{CLIENT_NONCE, MACHINE, SERVER_NONCE, ed25519_device, p256_device};
use super::{Outcome, Vector, set};

const SIDES: [Side; 4] = [Side::Node, Side::Gateway, Side::ClientOfNode, Side::ClientOfGateway];
const EXPORTER: [u8; 32] = [0xee; 32];

/// All sides, with everything and with nothing that may be left out.
pub(super) fn transcripts() -> Vec<Vector> {
    let id = p256_device().id;
    let mut vectors = Vec::new();
    for side in SIDES {
        let kinds = [
            ("web", transcript(Some(&id), Some("http://localhost:4663"), None)),
            ("local", Transcript { host: "local", ..transcript(None, None, None) }),
            ("tls", transcript(Some(&id), None, Some(&EXPORTER))),
        ];
        for (name, transcript) in kinds {
            let name = format!("transcript-{}-{name}", side.name());
            vectors.push(Vector::good("transcript", name, transcript.bytes(side), seen(&transcript, side)));
        }
    }
    let far = Transcript { client_versions: Versions { min: 1, max: u16::MAX }, ..transcript(Some(&id), None, None) };
    let name = "transcript-node-later-versions";
    vectors.push(Vector::good("transcript", name, far.bytes(Side::Node), seen(&far, Side::Node)));
    vectors
}

/// One for each algorithm, and the same once more with a bit turned.
pub(super) fn signatures() -> Outcome<Vec<Vector>> {
    let machine = DeviceKey { key: MACHINE.0.to_vec(), ..ed25519_device() };
    let rows = [
        ("ed25519-of-the-node", machine.clone(), "transcript-node-web", ED25519),
        ("ed25519-of-the-root", machine, "roster-signed-device-of-the-root", ENTRY),
        ("p256-of-the-client", p256_device(), "transcript-client-of-node-web", P256),
    ];
    let mut vectors = Vec::new();
    for (name, key, over, signature) in rows {
        let bytes = HEXLOWER.decode(signature.concat().as_bytes())?;
        let over = json!({ "alg": key.alg, "key": BASE64URL_NOPAD.encode(&key.key), "file": format!("{over}.bin") });
        let turned = bytes.iter().enumerate().map(|(index, byte)| if index == 40 { byte ^ 1 } else { *byte }).collect();
        let pair = [
            Vector::good("signature", format!("signature-{name}"), bytes, true.into()),
            Vector::bad("signature", format!("signature-{name}-turned"), turned, Code::Unauthenticated, "sig"),
        ];
        vectors.extend(pair.map(|vector| Vector { over: Some(over.clone()), ..vector }));
    }
    Ok(vectors)
}

/// Made with the secret key of RFC 8032, section 7.1, test 1: the same bytes always give the same signature.
const ED25519: [&str; 2] = [
    "286dcba5d9ba317f27715e608edc9d0e27993a67c7d8c2f898bf5946a9c6d99e",
    "114e772d75b93d2522c479cfd8eb0c7cade48e3682c0dca8743e97776422ac01",
];

/// Made with the same key, which is the root's there.
const ENTRY: [&str; 2] = [
    "187aef5db68fcc9e116cbeaf532b1b3eff8cd5d52b1344e21d224bfb758d5d6f",
    "451cceab14c28f72262fe0b927e84f5f80dac09edccb14f9b0f23f72f574800a",
];

/// Made with the secret key of RFC 6979, section A.2.5, as r ‖ s.
const P256: [&str; 2] = [
    "f942f61552950f71bfe79a4a76a633ebb497df906c55909a46c30c9ab4b3c022",
    "c081b1a8ef2ac7fd44ce61ab5ea26565e78a1eaf0a3728ab75e19d91a91c6ad9",
];

fn transcript<'a>(device: Option<&'a DeviceId>, origin: Option<&'a str>, exporter: Option<&'a [u8]>) -> Transcript<'a> {
    Transcript {
        server: &MACHINE,
        device,
        client_nonce: &CLIENT_NONCE,
        server_nonce: &SERVER_NONCE,
        client_versions: SPOKEN,
        server_versions: SPOKEN,
        version: 1,
        host: "localhost:4663",
        origin,
        exporter,
    }
}

fn seen(transcript: &Transcript<'_>, side: Side) -> Value {
    let bytes = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let mut seen = json!({
        "side": side.name(),
        "server": bytes(&transcript.server.0),
        "client_nonce": bytes(&transcript.client_nonce.0),
        "server_nonce": bytes(&transcript.server_nonce.0),
        "client_versions": transcript.client_versions,
        "server_versions": transcript.server_versions,
        "version": transcript.version,
        "host": transcript.host,
    });
    set(&mut seen, "device", transcript.device.map(|id| id.to_string().into()));
    set(&mut seen, "origin", transcript.origin.map(Value::from));
    set(&mut seen, "exporter", transcript.exporter.map(|exporter| bytes(exporter).into()));
    seen
}
