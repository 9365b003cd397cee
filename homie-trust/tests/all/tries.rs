//! Greetings that fail, thousands of them: whatever they say, ten of one source are looked at.

use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Greet, Prove, Role, Side, Signature};
use homie_protocol::roster::{RosterHead, RosterOffer};
use homie_trust::Who;

use crate::client::{Key, greet, hello, local_hello, refused};
use crate::machine::Machine;

/// Wrong in one of many ways, with every subset of what may be left out; gives what it is told.
fn attempt(greeter: &mut dyn Greet, key: &Key, number: usize, root: RosterOffer) -> Code {
    let has = |bit: usize| number >> bit & 1 == 1;
    let mut said = hello(has(0).then(|| key.device()));
    said.origin = said.origin.filter(|_| has(1));
    said.kind = if has(2) { ClientKind::Web } else { ClientKind::Cli };
    if has(3) {
        "evil.example".clone_into(&mut said.host);
    }
    if let Some(device) = said.device.as_mut().filter(|_| has(4)) {
        device.key.reverse();
    }
    let roster = has(5).then_some(root);
    let sig = Signature([u8::try_from(number % 251).expect("small"); 64]);
    match greeter.hello(said) {
        Err(refusal) => refusal.code,
        Ok(_) => greeter.prove(&Prove { sig, roster }).expect_err("a wrong signature").code,
    }
}

#[test]
fn ten_of_ten_thousand_wrong_greetings_are_looked_at_whatever_they_say() {
    let (machine, key, good) = (Machine::new(), Key::ed25519(), Key::ed25519());
    machine.enrol(&key.device(), Role::Owner);
    machine.enrol(&good.device(), Role::Owner);
    let other = RosterOffer { head: RosterHead([1; 32]), ..machine.server.roster.members().expect("it").offer() };
    for door in 0..2 {
        let mut looked_at = 0;
        for number in 0..10_000 {
            let greeter: &mut dyn Greet = if door == 0 { &mut machine.mesh() } else { &mut machine.gateway() };
            match attempt(greeter, &key, number, other) {
                Code::TooOften => {}
                Code::Unauthenticated | Code::Origin | Code::DeviceUnknown => looked_at += 1,
                code => panic!("{code} for {number}"),
            }
        }
        assert_eq!(looked_at, 10, "door {door}");
    }
    // The source is shut out, with a good key too; the socket of the machine's own user never is.
    let shut = refused(&mut machine.mesh(), Side::ClientOfNode, &good, hello(Some(good.device())));
    assert_eq!(shut, Some(Code::TooOften));
    let ready = greet(&mut machine.local(), Side::ClientOfNode, &good, local_hello(Some(good.device())));
    assert_eq!(ready.expect("greeted").role, Role::Owner);
}

#[test]
fn the_local_door_counts_nothing() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    for _ in 0..100 {
        let code = refused(&mut machine.local(), Side::ClientOfNode, &key, local_hello(Some(key.device())));
        assert_eq!(code, Some(Code::DeviceUnknown));
    }
    let mut local = machine.local();
    local.hello(local_hello(None)).expect("this user's program is in");
    assert!(matches!(local.caller().expect("greeted").who, Who::Local { .. }));
}

#[test]
fn good_greetings_spend_nothing_and_a_restart_forgets() {
    let (mut machine, key, bad) = (Machine::new(), Key::ed25519(), Key::p256());
    machine.enrol(&key.device(), Role::Operator);
    for _ in 0..50 {
        greet(&mut machine.mesh(), Side::ClientOfNode, &key, hello(Some(key.device()))).expect("greeted");
    }
    let strange = |machine: &Machine| refused(&mut machine.mesh(), Side::ClientOfNode, &bad, hello(Some(bad.device())));
    for _ in 0..10 {
        assert_eq!(strange(&machine), Some(Code::DeviceUnknown));
    }
    assert_eq!(strange(&machine), Some(Code::TooOften));
    machine.restart();
    assert_eq!(strange(&machine), Some(Code::DeviceUnknown));
}
