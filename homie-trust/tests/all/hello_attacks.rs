//! Greetings that must not end well: replays, swaps, lies about names and keys.

use homie_protocol::code::Code;
use homie_protocol::hello::{Algorithm, ClientKind, Greet, Hello, Identity, Prove, Role, Side, Signature, Welcome};
use homie_protocol::id::DeviceId;
use homie_trust::{DeviceIdentity, KeyPair, device_id};

use crate::client::{Key, greet, hello, local_hello, refused, transcript};
use crate::machine::{HOST, Machine, ORIGIN};

/// An owner's greeting up to the welcome.
fn welcomed(greeter: &mut dyn Greet, key: &Key) -> (Hello, Welcome) {
    let hello = hello(Some(key.device()));
    let (welcome, _) = greeter.hello(hello.clone()).expect("welcome");
    (hello, welcome)
}

fn owner(machine: &Machine) -> [Key; 2] {
    let keys = Key::both();
    for key in &keys {
        machine.enrol(&key.device(), Role::Owner);
    }
    keys
}

fn code<T>(outcome: Result<T, homie_protocol::code::Refusal>) -> Option<Code> {
    outcome.err().map(|refusal| refusal.code)
}

#[test]
fn the_signature_of_another_key_is_refused() {
    let machine = Machine::new();
    for (key, other) in owner(&machine).iter().zip([Key::ed25519(), Key::p256()]) {
        let mut greeter = machine.mesh();
        let (hello, welcome) = welcomed(&mut greeter, key);
        let forged = other.prove(&transcript(&hello, &welcome, Side::ClientOfNode));
        assert_eq!(code(greeter.prove(&forged)), Some(Code::Unauthenticated));
        assert!(greeter.caller().is_none());
    }
}

#[test]
fn a_signature_for_another_side_is_refused() {
    let machine = Machine::new();
    for key in &owner(&machine) {
        for side in [Side::Node, Side::Gateway, Side::ClientOfNode, Side::ClientOfGateway] {
            let node = refused(&mut machine.mesh(), side, key, hello(Some(key.device())));
            assert_eq!(node.is_none(), side == Side::ClientOfNode, "{side:?}");
            let gateway = refused(&mut machine.gateway(), side, key, hello(Some(key.device())));
            assert_eq!(gateway.is_none(), side == Side::ClientOfGateway, "{side:?}");
        }
    }
}

/// One change at a time to what is signed; each must be noticed.
#[test]
fn everything_in_the_transcript_counts() {
    let changes: [fn(&mut Hello, &mut Welcome); 9] = [
        |hello, _| hello.nonce.0[0] ^= 1,
        |_, welcome| welcome.nonce.0[31] ^= 1,
        |_, welcome| welcome.key.0[0] ^= 1,
        |hello, _| hello.versions.max += 1,
        |_, welcome| welcome.versions.min += 1,
        |_, welcome| welcome.version += 1,
        |hello, _| hello.host.push('x'),
        |hello, _| hello.origin = None,
        |hello, _| hello.device = None,
    ];
    let mut machine = Machine::new();
    for key in &owner(&machine) {
        // Who fails ten times is not heard any more.
        machine.restart();
        for (number, change) in changes.iter().enumerate() {
            let mut greeter = machine.mesh();
            let (mut hello, mut welcome) = welcomed(&mut greeter, key);
            change(&mut hello, &mut welcome);
            let prove = key.prove(&transcript(&hello, &welcome, Side::ClientOfNode));
            assert_eq!(code(greeter.prove(&prove)), Some(Code::Unauthenticated), "change {number}");
        }
    }
}

#[test]
fn a_recorded_greeting_is_worth_nothing_anywhere() {
    let mut machine = Machine::new();
    let elsewhere = Machine::new();
    let keys = owner(&machine);
    for key in &keys {
        elsewhere.enrol(&key.device(), Role::Owner);
        let mut greeter = machine.mesh();
        let (hello, welcome) = welcomed(&mut greeter, key);
        let recorded = key.prove(&transcript(&hello, &welcome, Side::ClientOfNode));
        assert!(greeter.prove(&recorded).is_ok());

        assert_eq!(code(greeter.prove(&recorded)), Some(Code::UnexpectedFrame), "same circuit");
        machine.restart();
        let others: [&mut dyn Greet; 3] = [&mut machine.mesh(), &mut machine.gateway(), &mut elsewhere.mesh()];
        for other in others {
            let (again, _) = other.hello(hello.clone()).expect("welcome");
            assert_ne!(again.nonce, welcome.nonce, "a nonce is used once");
            assert_eq!(code(other.prove(&recorded)), Some(Code::Unauthenticated));
        }
    }
}

#[test]
fn there_is_one_try() {
    let machine = Machine::new();
    for key in &owner(&machine) {
        let mut greeter = machine.mesh();
        let (hello, welcome) = welcomed(&mut greeter, key);
        let good = key.prove(&transcript(&hello, &welcome, Side::ClientOfNode));
        let bad = Prove { sig: Signature([0; 64]), roster: None };
        assert_eq!(code(greeter.prove(&bad)), Some(Code::Unauthenticated));
        assert_eq!(code(greeter.prove(&good)), Some(Code::UnexpectedFrame));
    }
}

#[test]
fn messages_out_of_turn_are_refused() {
    let machine = Machine::new();
    let prove = Prove { sig: Signature([0; 64]), roster: None };
    let [key, _] = owner(&machine);
    let greeters: [&mut dyn Greet; 2] = [&mut machine.mesh(), &mut machine.gateway()];
    for greeter in greeters {
        let said = hello(Some(key.device()));
        assert_eq!(code(greeter.prove(&prove)), Some(Code::UnexpectedFrame), "prove before hello");
        assert_eq!(code(greeter.hello(said.clone())), Some(Code::UnexpectedFrame), "hello after a mistake");
    }
    let mut twice = machine.mesh();
    let (said, _) = welcomed(&mut twice, &key);
    assert_eq!(code(twice.hello(said)), Some(Code::UnexpectedFrame), "hello twice");
    let mut local = machine.local();
    assert!(local.hello(local_hello(None)).is_ok());
    assert_eq!(code(local.prove(&prove)), Some(Code::UnexpectedFrame), "prove without a device");
}

#[test]
fn a_key_must_be_what_its_id_and_algorithm_say() {
    let machine = Machine::new();
    let [ed25519, p256] = owner(&machine).map(|key| key.device());
    let mut wrong_id = ed25519.clone();
    wrong_id.id = DeviceId::from_bytes([1; 16]);
    let mut swapped = ed25519.clone();
    swapped.alg = Algorithm::P256;
    let mut swapped_back = p256.clone();
    swapped_back.alg = Algorithm::Ed25519;
    let mut of_other = p256.clone();
    of_other.id = ed25519.id;
    let mut short = ed25519.clone();
    short.key.pop();
    short.id = device_id(&short.key);
    let mut small_order = ed25519.clone();
    small_order.key = vec![0; 32];
    small_order.id = device_id(&small_order.key);
    let mut empty = p256.clone();
    empty.key.clear();
    empty.id = device_id(&[]);
    for device in [wrong_id, swapped, swapped_back, of_other, short, small_order, empty] {
        for greeter in [&mut machine.mesh() as &mut dyn Greet, &mut machine.gateway()] {
            assert_eq!(code(greeter.hello(hello(Some(device.clone())))), Some(Code::Unauthenticated), "{device:?}");
        }
    }
}

#[test]
fn foreign_names_are_refused_at_the_node_and_at_the_gateway() {
    let machine = Machine::new();
    let [key, _] = owner(&machine);
    let cases = [
        ("evil.example:4663", Some("http://evil.example:4663"), ClientKind::Web),
        (HOST, Some("http://evil.example"), ClientKind::Web),
        (HOST, Some("null"), ClientKind::Web),
        (HOST, None, ClientKind::Web),
        (HOST, None, ClientKind::Phone),
        ("local", None, ClientKind::Cli),
    ];
    for (host, origin, kind) in cases {
        let said =
            Hello { host: host.to_owned(), origin: origin.map(str::to_owned), kind, ..hello(Some(key.device())) };
        let mut gateway = machine.gateway_that_saw(host, origin);
        assert_eq!(code(machine.mesh().hello(said.clone())), Some(Code::Origin), "{host} {origin:?}");
        assert_eq!(code(gateway.hello(said)), Some(Code::Origin), "{host} {origin:?}");
    }
}

#[test]
fn the_greeting_must_say_what_the_request_said() {
    let machine = Machine::new();
    let [key, _] = owner(&machine);
    let said = hello(Some(key.device()));
    for (host, origin) in [("127.0.0.1:4663", Some(ORIGIN)), (HOST, Some("http://127.0.0.1:4663")), (HOST, None)] {
        let mut gateway = machine.gateway_that_saw(host, origin);
        assert_eq!(code(gateway.hello(said.clone())), Some(Code::Origin), "{host} {origin:?}");
    }
    let program = Hello { origin: None, kind: ClientKind::Cli, ..said };
    let mut gateway = machine.gateway_that_saw(HOST, None);
    assert!(greet(&mut gateway, Side::ClientOfGateway, &key, program).is_ok());
}

#[test]
fn an_agent_cannot_write_into_the_log() {
    let machine = Machine::new();
    for agent in ["a\nb", "a\x1b[2J", &"x".repeat(65)] {
        let said = Hello { agent: agent.to_owned(), ..local_hello(None) };
        assert_eq!(code(machine.local().hello(said)), Some(Code::OutOfRange), "{agent:?}");
    }
}

#[test]
fn a_client_signs_for_the_expected_machine_alone() {
    let (machine, impostor) = (Machine::new(), Machine::new());
    let expected = machine.server.key.machine_key();
    let identity = DeviceIdentity::without_key(expected).expect("an identity");
    let said = local_hello(None);
    let (mut welcome, _) = impostor.local().hello(said.clone()).expect("welcome");
    let bytes = transcript(&said, &welcome, Side::Node);
    assert_eq!(code(identity.check_machine(&welcome.key, &bytes, &welcome.sig)), Some(Code::Unauthenticated));
    welcome.key = expected;
    let bytes = transcript(&said, &welcome, Side::Node);
    assert_eq!(code(identity.check_machine(&welcome.key, &bytes, &welcome.sig)), Some(Code::Unauthenticated));
    assert_eq!(code(identity.sign(&bytes)), Some(Code::Unauthenticated));
}

#[test]
fn one_key_does_not_serve_two_purposes() {
    let machine = Machine::new();
    let again = KeyPair::machine(&machine.dir).expect("the same key");
    let error = DeviceIdentity::with_key(again, machine.server.key.machine_key()).expect_err("reused");
    assert!(error.to_string().contains("cannot be a device's as well"));
}
