//! Somebody between the device and the gateway, who speaks to each in the other's place.

use homie_protocol::code::Code;
use homie_protocol::hello::{MachineKey, Nonce};
use homie_protocol::id::PairingId;
use homie_protocol::methods::pairing::Way;
use homie_protocol::pairing::{Newcomer as Words, Opening, PAIRING_VERSION, SixDigits, Transcript};
use homie_trust::pairing::proof;

use super::device::{GATEWAY, HOST, Phone, code, code_of, desk, draw, offer_code};

const NOW: u64 = 1_000_000;

/// Runs of the attack. Digits alike are expected once in a million.
const RUNS: u32 = 100_000;

/// What one side sees of a pairing in which everything is drawn afresh.
fn side(gateway: MachineKey, phone: &Phone, salt: Nonce) -> SixDigits {
    let (device, id, nonce) = (phone.key.device_key(), PairingId::from_bytes(draw()), Nonce(draw()));
    let newcomer = Words::new(&device, &salt, "phone", "Android");
    let commitment = proof::commitment(&newcomer);
    let opening = Opening {
        version: PAIRING_VERSION,
        id: &id,
        commitment: &commitment,
        gateway: &gateway,
        nonce: &nonce,
        host: HOST,
    };
    proof::digits(&Transcript::after(&opening.bytes(), &newcomer))
}

#[test]
fn the_digits_are_alike_by_chance_alone() {
    // The device with the attacker's gateway, the attacker's device with the gateway: each side's nonce comes after the
    // other has committed, so that all the attacker can do is hope.
    let (phone, attacker) = (Phone::new(), Phone::new());
    let alike = (0..RUNS)
        .filter(|_| side(MachineKey([66; 32]), &phone, Nonce(draw())) == side(GATEWAY, &attacker, Nonce(draw())))
        .count();
    assert!(alike <= 3, "{alike} of {RUNS}");
}

#[test]
fn who_changes_its_mind_after_it_has_seen_the_other_part_is_caught() {
    // The attacker has seen which digits the device shows, and looks for a salt, then for a name, that give them. A code
    // bears it three times.
    let (mut desk, mut attacker) = (desk(), Phone::new());
    offer_code(&mut desk, NOW);
    let told = attacker.begin(&mut desk, NOW, Way::Code, None).expect("begun");
    attacker.salt = Nonce(draw());
    assert_eq!(code_of(attacker.reveal(&mut desk, NOW, &told, code().as_bytes())), Some(Code::PairingInvalid));
    let told = attacker.begin(&mut desk, NOW, Way::Code, None).expect("begun again");
    attacker.name = "phone 2".to_owned();
    assert_eq!(code_of(attacker.reveal(&mut desk, NOW, &told, code().as_bytes())), Some(Code::PairingInvalid));
    let told = attacker.begin(&mut desk, NOW, Way::Code, None).expect("and again");
    attacker.key = homie_trust::KeyPair::generate().expect("a key");
    assert!(attacker.reveal(&mut desk, NOW, &told, code().as_bytes()).is_err());
    assert!(attacker.begin(&mut desk, NOW, Way::Code, None).is_err(), "there is no fourth time");
}

#[test]
fn each_part_of_the_transcript_changes_the_digits_or_cannot_be_changed() {
    let (phone, id, nonce) = (Phone::new(), PairingId::from_bytes([1; 16]), Nonce([2; 32]));
    let device = phone.key.device_key();
    let salt = Nonce([3; 32]);
    let newcomer = Words::new(&device, &salt, "phone", "Android");
    let commitment = proof::commitment(&newcomer);
    let opening =
        Opening { version: 1, id: &id, commitment: &commitment, gateway: &GATEWAY, nonce: &nonce, host: HOST };
    let (other_id, other_key, other_nonce) = (PairingId::from_bytes([9; 16]), MachineKey([9; 32]), Nonce([9; 32]));
    let bytes = |opening: Opening<'_>, newcomer: Words<'_>| Transcript::after(&opening.bytes(), &newcomer);
    let all = [
        bytes(opening, newcomer),
        bytes(Opening { version: 2, ..opening }, newcomer),
        bytes(Opening { id: &other_id, ..opening }, newcomer),
        bytes(Opening { gateway: &other_key, ..opening }, newcomer),
        bytes(Opening { nonce: &other_nonce, ..opening }, newcomer),
        bytes(Opening { host: "other:4663", ..opening }, newcomer),
        bytes(opening, Words { name: "phon", platform: "eAndroid", ..newcomer }),
        bytes(opening, Words { name: "phone ", ..newcomer }),
    ];
    for (place, one) in all.iter().enumerate() {
        assert!(all.iter().skip(place + 1).all(|other| other.shown() != one.shown()), "{place}");
    }
}
