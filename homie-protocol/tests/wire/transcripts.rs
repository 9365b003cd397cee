//! The bytes that are signed, and what a QR code says, built from what the index says of them.

use data_encoding::BASE64URL_NOPAD;
use homie_protocol::hello::{DeviceKey, MachineKey, Nonce, Role, Side, Transcript};
use homie_protocol::id::{DeviceId, NodeId};
use homie_protocol::pairing::{Commitment, Invitation, Newcomer, Opening};
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

#[test]
fn pairings_are_built_byte_for_byte() {
    let mut parts = Vec::new();
    for entry in vectors() {
        let Some(part) = entry.layer.strip_prefix("pairing:").filter(|part| *part != "proved") else { continue };
        let seen = entry.ok.expect("what is signed is good");
        assert_eq!(paired(&seen, part), entry.bytes, "{}", entry.name);
        parts.push(part.to_owned());
    }
    for part in ["committed", "opening", "transcript", "shown", "enrolled"] {
        assert!(parts.iter().any(|seen| seen == part), "{part} has no vector");
    }
}

fn paired(seen: &Value, part: &str) -> Vec<u8> {
    let text = |field: &str| seen[field].as_str().unwrap();
    let key = DeviceKey {
        id: text("device").parse().unwrap(),
        alg: serde_json::from_value(seen["alg"].clone()).unwrap(),
        key: BASE64URL_NOPAD.decode(text("key").as_bytes()).unwrap(),
    };
    let salt = Nonce(bytes(&seen["salt"]));
    let machine = seen.get("machine").map(|machine| MachineKey(bytes(machine)));
    let newcomer = Newcomer::new(&key, &salt, text("name"), text("platform")).with_machine(machine.as_ref());
    let opening = Opening {
        version: serde_json::from_value(seen["version"].clone()).unwrap(),
        id: &text("id").parse().unwrap(),
        commitment: &Commitment(bytes(&seen["commitment"])),
        gateway: &MachineKey(bytes(&seen["gateway"])),
        nonce: &Nonce(bytes(&seen["nonce"])),
        host: text("host"),
    }
    .bytes();
    let transcript = homie_protocol::pairing::Transcript::after(&opening, &newcomer);
    let node: NodeId = text("node").parse().unwrap();
    let role: Role = serde_json::from_value(seen["role"].clone()).unwrap();
    match part {
        "committed" => newcomer.committed(),
        "opening" => opening,
        "transcript" => transcript.bytes().to_vec(),
        "shown" => transcript.shown(),
        "enrolled" => transcript.enrolled(&key.id, role, &node),
        other => panic!("nobody builds {other}"),
    }
}

#[test]
fn invitations_are_written_as_clients_read_them() {
    let good = vectors().into_iter().filter(|entry| entry.layer.starts_with("invitation:"));
    for (entry, seen) in good.filter_map(|mut entry| entry.ok.take().map(|seen| (entry, seen))) {
        let text = |field: &str| seen[field].as_str().unwrap();
        let invitation = Invitation {
            id: text("id").parse().unwrap(),
            gateway: text("gateway").parse().unwrap(),
            secret: text("secret").parse().unwrap(),
            origin: text("origin").to_owned(),
        };
        let written = if entry.layer == "invitation:link" { invitation.link() } else { invitation.deep_link() };
        assert_eq!(written.as_bytes(), entry.bytes, "{}", entry.name);
    }
}

fn versions(seen: &Value) -> Versions {
    serde_json::from_value(seen.clone()).unwrap()
}

fn bytes(seen: &Value) -> [u8; 32] {
    BASE64URL_NOPAD.decode(seen.as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
}
