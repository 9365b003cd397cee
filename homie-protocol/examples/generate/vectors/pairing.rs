//! The bytes of a pairing: what is committed to, signed, shown and proved; and what a QR code says.
//!
//! Hashes and proofs are written down here, not made: this crate knows no cryptography, and the bytes under them are final.
//! They were made by a program of its own, in another language.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use homie_protocol::code::Code;
use homie_protocol::hello::{DeviceKey, MachineKey, Role};
use homie_protocol::pairing::{Commitment, Invitation, Newcomer, Opening, PAIRING_VERSION, Transcript};
use serde_json::{Value, json};

use super::samples::{CLIENT_NONCE, MACHINE, NODE, PAIRING, PAIRING_SECRET, SERVER_NONCE, ed25519_device, p256_device};
use super::{Outcome, Vector};

/// A pairing, whole.
struct Sample {
    name: &'static str,
    device: DeviceKey,
    called: &'static str,
    platform: &'static str,
    host: &'static str,
    /// The machine that joins with it.
    machine: Option<MachineKey>,
    secret: Vec<u8>,
    role: Role,
    commitment: &'static str,
    digits: &'static str,
    /// The device's, then the gateway's.
    proofs: [&'static str; 2],
}

fn samples() -> [Sample; 3] {
    [
        Sample {
            name: "web",
            device: p256_device(),
            called: "Firefox on Linux",
            platform: "Firefox 149",
            host: "localhost:4663",
            machine: None,
            secret: PAIRING_SECRET.as_bytes().to_vec(),
            role: Role::Operator,
            commitment: "aa24770295cbed08939f0a5cf2cc787fe237f37de3eca65e5283928c77d24a22",
            digits: "697492",
            proofs: [
                "c1a6b3ec88495441547e955f9b9dd3c97b7986823b32836d66adab0cd04539c7",
                "beb3780be7b3c30f27d845746ed49396cf90c1a5954ce4700bd123742481375b",
            ],
        },
        Sample {
            name: "phone",
            device: ed25519_device(),
            called: "Adas Übersicht ⌘",
            platform: "Homie 0.1 on Android",
            host: "desk.tail1234.ts.net:4663",
            machine: None,
            secret: b"042137".to_vec(),
            role: Role::Viewer,
            commitment: "ae4d9e33de8090aa21d1e4eccb14f3a77a53b37891920460f6def7c7e449d359",
            digits: "015646",
            proofs: [
                "204f6e92e20da0f780e5b35b86318a3a7459a85b41e092c7802f1c09994000cf",
                "7117327e35aedcb51af2dbba97a5f65e7894717a2cff6d4a9fc811f90251ddf2",
            ],
        },
        Sample {
            name: "machine",
            device: ed25519_device(),
            called: "laptop",
            platform: "linux",
            host: "gw.tail1234.ts.net:4663",
            machine: Some(MachineKey([0x4d; 32])),
            secret: Vec::new(),
            role: Role::Owner,
            commitment: "86e4dda1b0a3b8276365229565c21d3efb45cab402118c5f66256301cda4f01d",
            digits: "564454",
            proofs: [
                "07a26bf8e1d3c4fcf194734ce212960673d4d62b970385e915f2b83000e1fed3",
                "ae52d207e59fe89ceeba40179de24dd237d2a0afde47e88dae1000f35462ec37",
            ],
        },
    ]
}

/// Each part of each sample.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let all: Vec<Vec<Vector>> = samples().iter().map(parts).collect::<Outcome<_>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn parts(sample: &Sample) -> Outcome<Vec<Vector>> {
    let commitment = Commitment(hash(sample.commitment)?);
    let newcomer = Newcomer::new(&sample.device, &CLIENT_NONCE, sample.called, sample.platform)
        .with_machine(sample.machine.as_ref());
    let opening = Opening {
        version: PAIRING_VERSION,
        id: &PAIRING,
        commitment: &commitment,
        gateway: &MACHINE,
        nonce: &SERVER_NONCE,
        host: sample.host,
    };
    let transcript = Transcript::after(&opening.bytes(), &newcomer);
    let hashes: Vec<[u8; 32]> = sample.proofs.iter().map(|proof| hash(proof)).collect::<Outcome<_>>()?;
    let proved = [&commitment.0, sample.digits.as_bytes(), &hashes.concat()].concat();
    let all = [
        ("committed", newcomer.committed()),
        ("opening", opening.bytes()),
        ("transcript", transcript.bytes().to_vec()),
        ("shown", transcript.shown()),
        ("enrolled", transcript.enrolled(&sample.device.id, sample.role, &NODE)),
        ("proved", proved),
    ];
    let one = |(part, bytes)| {
        Vector::good(&format!("pairing:{part}"), format!("pairing-{part}-{}", sample.name), bytes, seen(sample))
    };
    Ok(all.into_iter().map(one).collect())
}

fn seen(sample: &Sample) -> Value {
    let bytes = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let mut seen = json!({
        "version": PAIRING_VERSION,
        "id": PAIRING,
        "commitment": HEXLOWER.decode(sample.commitment.as_bytes()).map(|hash| bytes(&hash)).unwrap_or_default(),
        "gateway": bytes(&MACHINE.0),
        "nonce": bytes(&SERVER_NONCE.0),
        "host": sample.host,
        "device": sample.device.id,
        "alg": sample.device.alg,
        "key": bytes(&sample.device.key),
        "salt": bytes(&CLIENT_NONCE.0),
        "name": sample.called,
        "platform": sample.platform,
        "role": sample.role,
        "node": NODE,
        "secret": bytes(&sample.secret),
    });
    if let (Some(machine), Some(seen)) = (&sample.machine, seen.as_object_mut()) {
        seen.insert("machine".to_owned(), bytes(&machine.0).into());
    }
    seen
}

/// What a QR code may say, and what it may not.
pub(super) fn invitations() -> Vec<Vector> {
    let origins = [("loopback", "http://localhost:4663"), ("tailnet", "https://desk.tail1234.ts.net:4663")];
    let mut vectors = Vec::new();
    for (name, origin) in origins {
        let invitation = Invitation { id: PAIRING, gateway: NODE, secret: PAIRING_SECRET, origin: origin.to_owned() };
        let seen = json!({ "origin": origin, "id": PAIRING, "gateway": NODE, "secret": PAIRING_SECRET });
        let (link, deep) = (invitation.link().into_bytes(), invitation.deep_link().into_bytes());
        vectors.push(Vector::good("invitation:link", format!("invitation-link-{name}"), link, seen.clone()));
        vectors.push(Vector::good("invitation:deep", format!("invitation-deep-{name}"), deep, seen));
    }
    vectors.extend(wrong());
    vectors
}

fn wrong() -> Vec<Vector> {
    let good =
        Invitation { id: PAIRING, gateway: NODE, secret: PAIRING_SECRET, origin: "http://localhost:4663".to_owned() };
    let (link, deep) = (good.link(), good.deep_link());
    let cases = [
        ("link-empty", "link", String::new()),
        ("link-of-javascript", "link", link.replace("http://", "javascript://")),
        ("link-with-a-path", "link", link.replace("/#", "/x/#")),
        ("link-with-a-query", "link", link.replace("/#", "/?a=1#")),
        ("link-with-a-user", "link", link.replace("//", "//user:word@")),
        ("link-cut", "link", link[..link.len() - 1].to_owned()),
        ("link-of-version-2", "link", link.replace("#pair=A", "#pair=B")),
        ("link-padded", "link", format!("{link}==")),
        ("link-with-more", "link", format!("{link}&role=owner")),
        ("deep-of-another-scheme", "deep", deep.replace("homie:", "homey:")),
        ("deep-of-another-verb", "deep", deep.replace("//pair?", "//approve?")),
        ("deep-with-a-role", "deep", format!("{deep}&role=owner")),
        ("deep-with-a-key-twice", "deep", format!("{deep}&v=1")),
        ("deep-without-a-secret", "deep", deep.split("&s=").next().unwrap_or_default().to_owned()),
        ("deep-of-version-2", "deep", deep.replace("v=1", "v=2")),
        ("deep-to-a-file", "deep", deep.replace("http%3A%2F%2Flocalhost%3A4663", "file%3A%2F%2F%2Fetc%2Fpasswd")),
        ("deep-with-a-broken-escape", "deep", deep.replace("%3A", "%3")),
        ("deep-to-a-path", "deep", deep.replace("4663", "4663%2Fevil")),
    ];
    let bad = |(name, kind, text): (&str, &str, String)| {
        let layer = format!("invitation:{kind}");
        Vector::bad(&layer, format!("invitation-{name}"), text.into_bytes(), Code::OutOfRange, "")
    };
    cases.into_iter().map(bad).collect()
}

fn hash(hex: &str) -> Outcome<[u8; 32]> {
    Ok(HEXLOWER.decode(hex.as_bytes())?.try_into().map_err(|_| "a hash has 32 bytes")?)
}
