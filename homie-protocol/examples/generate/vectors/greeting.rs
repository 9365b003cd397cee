//! The four messages of the greeting, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::{Empty, Outgoing, Reading};
use homie_protocol::hello::{Algorithm, ClientKind, Hello, Prove, Ready, Role, Service, Signature, Welcome};
use homie_protocol::roster::{RosterHead, RosterOffer};
use homie_protocol::version::{SPOKEN, Versions};

use super::control::envelope;
use super::message::{Message, Wrong, set};
use super::samples::{CIRCUIT, CLIENT_NONCE, MACHINE, SERVER_NONCE, ed25519_device, p256_device};
use super::{Outcome, Vector, raw};

const LAYER: &str = "control";

/// Each message, with and without what may be left out.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let gateway = Welcome { service: Service::Gateway, roster: Some(offer()), ..welcome() };
    let prove = Prove { sig: Signature([0xa5; 64]), roster: None };
    let carrying = Prove { roster: Some(offer()), ..prove };
    let local = Hello { device: None, origin: None, host: "local".to_owned(), kind: ClientKind::Cli, ..hello() };
    let phone = Hello { device: Some(ed25519_device()), kind: ClientKind::Phone, ..hello() };
    let far = Hello { versions: Versions { min: 1, max: u16::MAX }, ..hello() };
    let roles = [Role::None, Role::Viewer, Role::Operator, Role::Owner];
    let readies = roles.map(|role| {
        let name = format!("greeting-ready-{role:?}").to_lowercase();
        greeting(&name, &Outgoing::Ready(&Ready { role, circuit: CIRCUIT }))
    });
    let mut vectors = vec![
        greeting("greeting-hello-web", &Outgoing::Hello(&hello()))?,
        greeting("greeting-hello-phone", &Outgoing::Hello(&phone))?,
        greeting("greeting-hello-local", &Outgoing::Hello(&local))?,
        greeting("greeting-hello-of-later-versions", &Outgoing::Hello(&far))?,
        greeting("greeting-welcome-node", &Outgoing::Welcome(&welcome()))?,
        greeting("greeting-welcome-gateway", &Outgoing::Welcome(&gateway))?,
        greeting("greeting-prove", &Outgoing::Prove(&prove))?,
        greeting("greeting-prove-with-roster", &Outgoing::Prove(&carrying))?,
    ];
    vectors.extend(readies.into_iter().collect::<Outcome<Vec<_>>>()?);
    Ok(vectors)
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let ready = tagged("ready").with("role", &Role::Owner)?.with("circuit", &CIRCUIT)?;
    let prove = tagged("prove").set("sig", raw::bin(&[0xa5; 64]));
    let (hello, welcome) = (hello_message()?, welcome_message()?);
    let all = [
        hello.wrong(LAYER, "hello", [wrong_hellos(), wrong_devices()?].into_iter().flatten().collect()),
        hello.missing(LAYER, "hello", &["versions", "kind", "agent", "nonce", "host"]),
        welcome.wrong(LAYER, "welcome", wrong_welcomes()),
        welcome.missing(LAYER, "welcome", &["version", "versions", "service", "key", "alg", "nonce", "name", "sig"]),
        prove.wrong(LAYER, "prove", wrong_proves()),
        prove.missing(LAYER, "prove", &["sig"]),
        ready.wrong(LAYER, "ready", wrong_readies()),
        ready.missing(LAYER, "ready", &["role", "circuit"]),
    ];
    Ok(all.into_iter().flatten().map(|vector| vector.reading(Reading::Greeting)).collect())
}

fn wrong_hellos() -> Vec<Wrong> {
    let backwards = |key: &'static str, value: Vec<u8>| raw::map(&[("min", vec![1]), (key, value)]);
    vec![
        set("of-unknown-field", "cookie", raw::text("a"), Code::UnknownField, "cookie"),
        set("kind-unknown", "kind", raw::text("toaster"), Code::UnknownVariant, "kind"),
        set("kind-number", "kind", vec![1], Code::WrongType, "kind"),
        set("nonce-31", "nonce", raw::bin(&[0; 31]), Code::OutOfRange, "nonce"),
        set("nonce-33", "nonce", raw::bin(&[0; 33]), Code::OutOfRange, "nonce"),
        set("nonce-text", "nonce", raw::text(&"a".repeat(32)), Code::WrongType, "nonce"),
        set("nonce-array", "nonce", raw::array(&vec![vec![1]; 32]), Code::WrongType, "nonce"),
        set("host-bytes", "host", raw::bin(b"local"), Code::WrongType, "host"),
        set("origin-boolean", "origin", vec![0xc2], Code::WrongType, "origin"),
        set("versions-positional", "versions", raw::array(&[vec![1], vec![1]]), Code::Positional, "versions"),
        set("versions-over-u16", "versions", backwards("max", raw::u64(65_536)), Code::OutOfRange, "versions.max"),
        set("versions-without-max", "versions", raw::map(&[("min", vec![1])]), Code::MissingField, "versions.max"),
    ]
}

fn wrong_devices() -> Outcome<Vec<Wrong>> {
    let device = Message::default()
        .with("id", &ed25519_device().id)?
        .with("alg", &Algorithm::Ed25519)?
        .set("key", raw::bin(&ed25519_device().key));
    let with = |name: &'static str, value| device.clone().set(name, value).bytes();
    Ok(vec![
        set("device-positional", "device", raw::array(&[]), Code::Positional, "device"),
        set("device-alg-unknown", "device", with("alg", raw::text("rsa")), Code::UnknownVariant, "device.alg"),
        set("device-key-text", "device", with("key", raw::text("a")), Code::WrongType, "device.key"),
        set("device-key-array", "device", with("key", raw::array(&[vec![1]])), Code::WrongType, "device.key"),
        set("device-id-short", "device", with("id", raw::text("ab")), Code::OutOfRange, "device.id"),
        set("device-id-bytes", "device", with("id", raw::bin(&[1; 16])), Code::WrongType, "device.id"),
        set("device-of-unknown-field", "device", with("role", raw::text("owner")), Code::UnknownField, "device.role"),
    ])
}

fn wrong_welcomes() -> Vec<Wrong> {
    vec![
        set("of-unknown-field", "motd", raw::text("a"), Code::UnknownField, "motd"),
        set("version-over-u16", "version", raw::u64(65_536), Code::OutOfRange, "version"),
        set("service-unknown", "service", raw::text("holder"), Code::UnknownVariant, "service"),
        set("alg-map", "alg", raw::map(&[("ed25519", raw::map(&[]))]), Code::WrongType, "alg"),
        set("key-33", "key", raw::bin(&[0; 33]), Code::OutOfRange, "key"),
        set("sig-63", "sig", raw::bin(&[0; 63]), Code::OutOfRange, "sig"),
        set("sig-text", "sig", raw::text(&"a".repeat(64)), Code::WrongType, "sig"),
        set("roster-bytes", "roster", raw::bin(&[1; 32]), Code::WrongType, "roster"),
    ]
}

fn wrong_proves() -> Vec<Wrong> {
    let offer = |head: &[u8]| raw::map(&[("root", raw::bin(&MACHINE.0)), ("head", raw::bin(head))]);
    let rootless = raw::map(&[("head", raw::bin(&[1; 32]))]);
    vec![
        set("sig-63", "sig", raw::bin(&[0; 63]), Code::OutOfRange, "sig"),
        set("roster-positional", "roster", raw::array(&[]), Code::Positional, "roster"),
        set("roster-without-root", "roster", rootless, Code::MissingField, "roster.root"),
        set("roster-head-31", "roster", offer(&[1; 31]), Code::OutOfRange, "roster.head"),
    ]
}

fn wrong_readies() -> Vec<Wrong> {
    vec![
        set("role-unknown", "role", raw::text("root"), Code::UnknownVariant, "role"),
        set("circuit-short", "circuit", raw::text("aaaa"), Code::OutOfRange, "circuit"),
        set("of-unknown-field", "session", raw::text("a"), Code::UnknownField, "session"),
    ]
}

fn hello_message() -> Outcome<Message> {
    let hello = hello();
    tagged("hello")
        .with("versions", &hello.versions)?
        .with("device", &hello.device)?
        .with("kind", &hello.kind)?
        .with("agent", &hello.agent)?
        .with("nonce", &hello.nonce)?
        .with("host", &hello.host)?
        .with("origin", &hello.origin)
}

fn welcome_message() -> Outcome<Message> {
    let welcome = welcome();
    tagged("welcome")
        .with("version", &welcome.version)?
        .with("versions", &welcome.versions)?
        .with("service", &welcome.service)?
        .with("key", &welcome.key)?
        .with("alg", &welcome.alg)?
        .with("nonce", &welcome.nonce)?
        .with("name", &welcome.name)?
        .with("sig", &welcome.sig)
}

fn hello() -> Hello {
    Hello {
        versions: SPOKEN,
        device: Some(p256_device()),
        kind: ClientKind::Web,
        agent: "homie-web 0.1.0".to_owned(),
        nonce: CLIENT_NONCE,
        host: "localhost:4663".to_owned(),
        origin: Some("http://localhost:4663".to_owned()),
    }
}

fn welcome() -> Welcome {
    Welcome {
        version: 1,
        versions: SPOKEN,
        service: Service::Node,
        key: MACHINE,
        alg: Algorithm::Ed25519,
        nonce: SERVER_NONCE,
        name: "ada's desk".to_owned(),
        sig: Signature([0x5a; 64]),
        roster: None,
    }
}

fn offer() -> RosterOffer {
    RosterOffer { root: MACHINE, head: RosterHead([0x4e; 32]) }
}

fn tagged(tag: &str) -> Message {
    Message::default().set("t", raw::text(tag))
}

fn greeting(name: &str, outgoing: &Outgoing<'_, Empty>) -> Outcome<Vector> {
    envelope(name, outgoing, Reading::Greeting)
}
