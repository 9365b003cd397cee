//! The bytes that are signed, built from what the index says of them.

use data_encoding::BASE64URL_NOPAD;
use homie_protocol::hello::{MachineKey, Nonce, Side, Transcript};
use homie_protocol::id::DeviceId;
use homie_protocol::version::Versions;
use serde_json::Value;

use super::support::index::vectors;

const SIDES: [Side; 4] = [Side::Node, Side::Gateway, Side::ClientOfNode, Side::ClientOfGateway];

#[test]
fn transcripts_are_built_byte_for_byte() {
    let mut sides = Vec::new();
    for entry in vectors().into_iter().filter(|entry| entry.layer == "transcript") {
        let seen = entry.ok.expect("a transcript is good");
        let side = *SIDES.iter().find(|side| seen["side"] == side.name()).expect("one of the four sides");
        assert_eq!(built(&seen, side), entry.bytes, "{}", entry.name);
        sides.push(side);
    }
    assert!(SIDES.iter().all(|side| sides.contains(side)), "a side has no vector");
}

fn built(seen: &Value, side: Side) -> Vec<u8> {
    let device: Option<DeviceId> = seen["device"].as_str().map(|id| id.parse().unwrap());
    let exporter = seen["exporter"].as_str().map(|exporter| BASE64URL_NOPAD.decode(exporter.as_bytes()).unwrap());
    let transcript = Transcript {
        server: &MachineKey(bytes(&seen["server"])),
        device: device.as_ref(),
        client_nonce: &Nonce(bytes(&seen["client_nonce"])),
        server_nonce: &Nonce(bytes(&seen["server_nonce"])),
        client_versions: versions(&seen["client_versions"]),
        server_versions: versions(&seen["server_versions"]),
        version: serde_json::from_value(seen["version"].clone()).unwrap(),
        host: seen["host"].as_str().unwrap(),
        origin: seen["origin"].as_str(),
        exporter: exporter.as_deref(),
    };
    transcript.bytes(side)
}

fn versions(seen: &Value) -> Versions {
    serde_json::from_value(seen.clone()).unwrap()
}

fn bytes(seen: &Value) -> [u8; 32] {
    BASE64URL_NOPAD.decode(seen.as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
}
