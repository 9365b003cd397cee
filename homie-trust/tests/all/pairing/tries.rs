//! Secrets are spent: by the first who comes, by three guesses, by ten in an hour.

use std::sync::{Arc, Barrier, Mutex};

use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Nonce};
use homie_protocol::limits::{CODE_TRIES, CODE_TRIES_AN_HOUR};
use homie_protocol::methods::pairing::{RevealParams, Stage, Way};
use homie_trust::KeyPair;
use homie_trust::pairing::{Desk, Newcomer, Revealed};

use super::device::{HOST, Phone, QR, approve, code, code_of, desk, draw, offer_code, offer_qr, other_than};

const NOW: u64 = 1_000_000;
const HOUR: u64 = 3_600_000;

#[test]
fn of_a_hundred_at_once_one_waits() {
    for _ in 0..20 {
        let desk = Arc::new(Mutex::new(desk()));
        let id = offer_qr(&mut desk.lock().unwrap(), NOW);
        let together = Arc::new(Barrier::new(100));
        let threads: Vec<_> = (0..100)
            .map(|_| {
                let (desk, together, phone) = (Arc::clone(&desk), Arc::clone(&together), Phone::new());
                std::thread::spawn(move || {
                    together.wait();
                    let told = phone.begin(&mut desk.lock().unwrap(), NOW, Way::Qr, Some(id)).ok()?;
                    let revealed = phone.reveal(&mut desk.lock().unwrap(), NOW, &told, QR.as_bytes()).ok()?;
                    matches!(revealed, Revealed::Waits).then(|| phone.digits(&told))
                })
            })
            .collect();
        let waiting: Vec<_> = threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(waiting.len(), 1);
        let mut desk = desk.lock().unwrap();
        assert_eq!(desk.pending(NOW).1.unwrap().failed, 99);
        assert!(approve(&mut desk, NOW, id, waiting[0]).is_ok());
        assert_eq!(approve(&mut desk, NOW, id, waiting[0]).err(), Some(Code::WrongState));
    }
}

#[test]
fn whoever_photographs_the_code_wins_nothing_and_is_noticed() {
    let (mut desk, thief, owner) = (desk(), Phone::new(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    thief.wait(&mut desk, NOW, id);
    let second = owner.begin(&mut desk, NOW, Way::Qr, Some(id)).map(|_| ());
    assert!(second.clone().is_err_and(|refusal| refusal.message.contains("used already")));
    assert_eq!(code_of(second), Some(Code::PairingInvalid));
    let info = desk.pending(NOW).1.unwrap();
    assert_eq!((info.stage, info.failed), (Stage::Waiting, 1));
}

/// Everything that a device reveals, changed by one thing each.
fn lies(phone: &Phone, told: &super::device::Told) -> Vec<(&'static str, RevealParams)> {
    let truth = phone.reveal_params(told, QR.as_bytes());
    let stranger = KeyPair::generate().unwrap();
    let changed = |change: &dyn Fn(&mut RevealParams)| {
        let mut said = truth.clone();
        change(&mut said);
        said
    };
    vec![
        ("secret", phone.reveal_params(told, &[0; 16])),
        ("key", changed(&|said| said.device = stranger.device_key())),
        ("salt", changed(&|said| said.salt = Nonce(draw()))),
        ("name", changed(&|said| said.name.push('!'))),
        ("platform", changed(&|said| said.platform.push('!'))),
        ("signature", changed(&|said| said.sig = stranger.sign(b"else").unwrap())),
        ("proof", changed(&|said| said.mac.0[0] ^= 1)),
    ]
}

#[test]
fn a_lie_spends_the_secret_and_says_not_which_it_was() {
    let (probe, probing) = (Phone::new(), &mut desk());
    let id = offer_qr(probing, NOW);
    let told = probe.begin(probing, NOW, Way::Qr, Some(id)).unwrap();
    let kinds = lies(&probe, &told).len();
    let mut words = Vec::new();
    for kind in 0..kinds {
        let (mut desk, phone) = (desk(), Phone::new());
        let id = offer_qr(&mut desk, NOW);
        let told = phone.begin(&mut desk, NOW, Way::Qr, Some(id)).unwrap();
        let (what, said) = lies(&phone, &told).swap_remove(kind);
        let refusal = phone.say(&mut desk, NOW, &said).map(|_| ()).expect_err(what);
        assert_eq!(refusal.code, Code::PairingInvalid, "{what}");
        words.push(refusal.message);
        // The truth comes too late.
        assert!(phone.reveal(&mut desk, NOW, &told, QR.as_bytes()).is_err(), "{what}");
        assert!(phone.begin(&mut desk, NOW, Way::Qr, Some(id)).is_err(), "{what}");
        let info = desk.pending(NOW).1.unwrap();
        assert_eq!((info.stage, info.failed), (Stage::Spent, 2), "{what}");
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
}

#[test]
fn nobody_goes_on_with_what_another_has_begun() {
    let (mut desk, phone, thief) = (desk(), Phone::new(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let told = phone.begin(&mut desk, NOW, Way::Qr, Some(id)).unwrap();
    let said = phone.reveal_params(&told, QR.as_bytes());
    let thief_key = thief.key.device_key();
    let who = Newcomer { key: &thief_key, kind: ClientKind::Web, host: HOST, is_owners: false };
    assert_eq!(code_of(desk.reveal(NOW, who, &said)), Some(Code::PairingInvalid));
    assert!(phone.say(&mut desk, NOW, &said).is_ok());
}

#[test]
fn another_version_or_an_unknown_pairing_costs_nothing() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let key = phone.key.device_key();
    let mut said = phone.begin_params(Way::Qr, Some(id));
    said.version = 2;
    let who = Newcomer { key: &key, kind: ClientKind::Web, host: HOST, is_owners: false };
    assert_eq!(code_of(desk.begin(NOW, who, &said, super::device::fresh())), Some(Code::Version));
    for (way, id) in [(Way::Qr, None), (Way::Qr, Some(super::device::fresh().id)), (Way::Code, None)] {
        assert_eq!(code_of(phone.begin(&mut desk, NOW, way, id).map(|_| ())), Some(Code::PairingInvalid));
    }
    phone.wait(&mut desk, NOW, id);
}

fn guess(desk: &mut Desk, now: u64, guess: [u8; 6]) -> Result<Revealed, Code> {
    let phone = Phone::new();
    let told = phone.begin(desk, now, Way::Code, None).map_err(|refusal| refusal.code)?;
    phone.reveal(desk, now, &told, &guess).map_err(|refusal| refusal.code)
}

#[test]
fn a_code_bears_two_mistakes_and_the_third_burns_it() {
    let wrong = *other_than(code()).as_bytes();
    let mut desk = desk();
    offer_code(&mut desk, NOW);
    for _ in 0..2 {
        assert_eq!(guess(&mut desk, NOW, wrong).err(), Some(Code::PairingInvalid));
    }
    assert!(matches!(guess(&mut desk, NOW, *code().as_bytes()), Ok(Revealed::Waits)));

    let mut desk = super::device::desk();
    offer_code(&mut desk, NOW);
    for _ in 0..CODE_TRIES {
        assert_eq!(guess(&mut desk, NOW, wrong).err(), Some(Code::PairingInvalid));
    }
    assert_eq!(desk.pending(NOW).1.unwrap().stage, Stage::Spent);
    assert_eq!(guess(&mut desk, NOW, *code().as_bytes()).err(), Some(Code::PairingInvalid));
}

/// How many of 10 guesses at each of 100 codes are looked at within a few seconds.
fn looked_at(desk: &mut Desk, start: u64) -> usize {
    let wrong = *other_than(code()).as_bytes();
    let mut looked_at = 0;
    for now in start..start + 100 {
        offer_code(desk, now);
        for _ in 0..10 {
            let is_open = desk.pending(now).1.is_some_and(|info| info.stage == Stage::Open);
            let refused = guess(desk, now, wrong).expect_err("a wrong guess");
            looked_at += usize::from(is_open && refused != Code::TooOften);
        }
    }
    looked_at
}

#[test]
fn ten_guesses_an_hour_are_looked_at_however_many_codes_and_devices_there_are() {
    let mut desk = desk();
    assert_eq!(looked_at(&mut desk, NOW), CODE_TRIES_AN_HOUR);
    assert_eq!(looked_at(&mut desk, NOW + HOUR - 200), 0);
    assert_eq!(looked_at(&mut desk, NOW + HOUR + 200), CODE_TRIES_AN_HOUR);
    // A right code is not looked at either, but a picture still works.
    let now = NOW + HOUR + 1_000;
    offer_code(&mut desk, now);
    assert_eq!(guess(&mut desk, now, *code().as_bytes()).err(), Some(Code::TooOften));
    let id = offer_qr(&mut desk, now);
    Phone::new().wait(&mut desk, now, id);
}
