//! An offer from its beginning to each of its ends.

use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::NodeId;
use homie_protocol::limits::{PAIRING_CODE_MS, PAIRING_MS};
use homie_protocol::methods::pairing::{ApproveParams, OfferedWay, Stage, Way};
use homie_trust::pairing::Secret;
use homie_trust::pairing::proof::{self, Prover};

use super::device::{Phone, QR, approve, code, code_of, desk, draw, offer_code, offer_qr, open_desk, other_than};
use homie_protocol::id::PairingId;

const NODE: NodeId = NodeId::from_bytes([8; 16]);
const NOW: u64 = 1_000_000;

fn stage(desk: &mut homie_trust::pairing::Desk, now: u64) -> Stage {
    desk.pending(now).1.expect("an offer").stage
}

#[test]
fn a_device_that_proves_everything_is_let_in_with_its_digits() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let told = phone.wait(&mut desk, NOW, id);
    assert_eq!(phone.outcome(&mut desk, NOW, id), Ok(None));
    let info = desk.pending(NOW).1.expect("an offer");
    let applicant = info.applicant.expect("a device waits");
    assert_eq!((info.stage, info.way, info.failed), (Stage::Waiting, Way::Qr, 0));
    assert_eq!((applicant.name.as_str(), applicant.kind), ("Ada's phone", ClientKind::Phone));

    let admission = approve(&mut desk, NOW, id, phone.digits(&told)).expect("an admission");
    let device = admission.device(5).expect("a device");
    assert_eq!(device.key, phone.key.device_key());
    assert_eq!((device.role, device.name.as_str(), device.added_at), (Role::Operator, "Ada's phone", 5));
    let paired = admission.paired(NODE).expect("a proof");
    desk.entered(id, Some(paired.clone()));

    assert_eq!(phone.outcome(&mut desk, NOW, id), Ok(Some(paired.clone())));
    let said = phone.transcript(&told).enrolled(&paired.device, paired.role, &paired.node);
    assert_eq!(proof::mac(Prover::Gateway, QR.as_bytes(), &told.opening, &said).expect("a proof"), paired.mac);
    assert_eq!(stage(&mut desk, NOW), Stage::Approved);
    assert_eq!(approve(&mut desk, NOW, id, phone.digits(&told)).err(), Some(Code::PairingInvalid));
    assert_eq!(Phone::new().outcome(&mut desk, NOW, id), Err(Code::PairingInvalid));
}

#[test]
fn a_list_that_cannot_be_written_leaves_the_device_waiting() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let told = phone.wait(&mut desk, NOW, id);
    let admission = approve(&mut desk, NOW, id, phone.digits(&told)).expect("an admission");
    // While it is being written nobody else gets one, and nobody can refuse what is done already.
    assert_eq!(approve(&mut desk, NOW, id, phone.digits(&told)).err(), Some(Code::WrongState));
    assert_eq!(code_of(desk.refuse(NOW, id)), Some(Code::WrongState));
    drop(admission);
    desk.entered(id, None);
    assert_eq!(phone.outcome(&mut desk, NOW, id), Ok(None));
    assert!(approve(&mut desk, NOW, id, phone.digits(&told)).is_ok());
}

#[test]
fn time_runs_out_to_the_millisecond_and_a_jump_of_the_clock_ends_it() {
    for (offered, way, lasts) in [(OfferedWay::Qr, Way::Qr, PAIRING_MS), (OfferedWay::Code, Way::Code, PAIRING_CODE_MS)]
    {
        // On time, a moment late, after a night of sleep, and with a clock of another life.
        for (at, is_alive) in
            [(NOW + lasts, true), (NOW + lasts + 1, false), (NOW + 8 * 3_600_000, false), (NOW - 1, false)]
        {
            let mut desk = desk();
            let id = match offered {
                OfferedWay::Qr => offer_qr(&mut desk, NOW),
                OfferedWay::Code => offer_code(&mut desk, NOW),
            };
            let begun = Phone::new().begin(&mut desk, at, way, Some(id));
            assert_eq!(begun.is_ok(), is_alive, "{offered:?} at {at}");
        }
    }
}

#[test]
fn the_digits_have_their_own_time() {
    let reveal_at = NOW + PAIRING_MS;
    for (after, is_alive) in [(PAIRING_MS, true), (PAIRING_MS + 1, false)] {
        let (mut desk, phone) = (desk(), Phone::new());
        let id = offer_qr(&mut desk, NOW);
        let told = phone.wait(&mut desk, reveal_at, id);
        let at = reveal_at + after;
        let approved = approve(&mut desk, at, id, phone.digits(&told));
        assert_eq!(approved.is_ok(), is_alive);
        if !is_alive {
            assert_eq!(approved.err(), Some(Code::PairingInvalid));
            assert_eq!(phone.outcome(&mut desk, at, id), Err(Code::PairingInvalid));
            assert_eq!(stage(&mut desk, at), Stage::Expired);
        }
    }
}

#[test]
fn two_wrong_tries_at_the_digits_end_it() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let told = phone.wait(&mut desk, NOW, id);
    let right = phone.digits(&told);
    let wrong = other_than(right);
    assert_eq!(approve(&mut desk, NOW, id, wrong).err(), Some(Code::WrongDigits));
    assert_eq!(phone.outcome(&mut desk, NOW, id), Ok(None));
    assert_eq!(approve(&mut desk, NOW, id, wrong).err(), Some(Code::WrongDigits));
    assert_eq!(approve(&mut desk, NOW, id, right).err(), Some(Code::PairingInvalid));
    assert_eq!(phone.outcome(&mut desk, NOW, id), Err(Code::PairingInvalid));
    assert_eq!(stage(&mut desk, NOW), Stage::Spent);
}

#[test]
fn nobody_is_let_in_before_a_device_has_proved_itself_or_by_another_pairing() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    assert_eq!(approve(&mut desk, NOW, id, code()).err(), Some(Code::WrongState));
    let told = phone.begin(&mut desk, NOW, Way::Qr, Some(id)).expect("begun");
    assert_eq!(approve(&mut desk, NOW, id, phone.digits(&told)).err(), Some(Code::WrongState));
    assert!(phone.reveal(&mut desk, NOW, &told, QR.as_bytes()).is_ok());
    let other = PairingId::from_bytes(draw());
    assert_eq!(approve(&mut desk, NOW, other, phone.digits(&told)).err(), Some(Code::PairingInvalid));
    let none = ApproveParams { id, digits: phone.digits(&told), role: Role::None };
    assert_eq!(code_of(desk.approve(NOW, &none)), Some(Code::OutOfRange));
    assert!(approve(&mut desk, NOW, id, phone.digits(&told)).is_ok());
}

#[test]
fn who_is_refused_is_told_so() {
    let (mut desk, phone) = (desk(), Phone::new());
    let id = offer_qr(&mut desk, NOW);
    let told = phone.wait(&mut desk, NOW, id);
    assert_eq!(code_of(desk.refuse(NOW, PairingId::from_bytes(draw()))), Some(Code::PairingInvalid));
    desk.refuse(NOW, id).expect("refused");
    assert_eq!(phone.outcome(&mut desk, NOW, id), Err(Code::PairingRefused));
    assert_eq!(approve(&mut desk, NOW, id, phone.digits(&told)).err(), Some(Code::PairingRefused));
    // Also when the next pairing has begun.
    offer_qr(&mut desk, NOW);
    assert_eq!(phone.outcome(&mut desk, NOW, id), Err(Code::PairingRefused));
}

#[test]
fn a_new_offer_takes_the_place_of_one_in_which_nobody_waits() {
    let (mut desk, phone) = (desk(), Phone::new());
    let first = offer_qr(&mut desk, NOW);
    let second = offer_qr(&mut desk, NOW);
    assert_eq!(code_of(phone.begin(&mut desk, NOW, Way::Qr, Some(first)).map(|_| ())), Some(Code::PairingInvalid));
    phone.wait(&mut desk, NOW, second);
    let third = desk.offer(NOW, PairingId::from_bytes(draw()), Secret::Qr(QR));
    assert_eq!(code_of(third), Some(Code::WrongState));
    desk.refuse(NOW, second).expect("refused");
    offer_qr(&mut desk, NOW);
}

#[test]
fn the_shared_secret_lets_in_at_once_and_only_if_it_is_switched_on() {
    let phone = Phone::new();
    assert_eq!(code_of(phone.begin(&mut desk(), NOW, Way::Secret, None).map(|_| ())), Some(Code::Forbidden));
    let mut desk = open_desk(Role::Viewer);
    let told = phone.begin(&mut desk, NOW, Way::Secret, None).expect("begun");
    assert_eq!(code_of(phone.reveal(&mut desk, NOW, &told, &[8; 20])), Some(Code::PairingInvalid));
    assert_eq!(code_of(phone.reveal(&mut desk, NOW, &told, &[7; 20])), Some(Code::PairingInvalid));
    let told = phone.begin(&mut desk, NOW, Way::Secret, None).expect("begun again");
    let revealed = phone.reveal(&mut desk, NOW, &told, &[7; 20]).expect("proved");
    let homie_trust::pairing::Revealed::MayEnter(admission) = revealed else { panic!("nobody has to type digits") };
    assert_eq!(admission.device(1).expect("a device").role, Role::Viewer);
    let paired = admission.paired(NODE).expect("a proof");
    desk.entered(admission.id(), Some(paired.clone()));
    assert_eq!(phone.outcome(&mut desk, NOW, told.id), Ok(Some(paired)));
    assert_eq!(desk.pending(NOW).1, None);
}

#[test]
fn ten_wrong_secrets_an_hour_close_that_way_and_no_other() {
    let (phone, mut desk) = (Phone::new(), open_desk(Role::Operator));
    for at in 0..10 {
        let told = phone.begin(&mut desk, NOW + at, Way::Secret, None).expect("begun");
        assert_eq!(code_of(phone.reveal(&mut desk, NOW + at, &told, &[8; 20])), Some(Code::PairingInvalid));
    }
    let begin =
        |desk: &mut homie_trust::pairing::Desk, at| code_of(phone.begin(desk, at, Way::Secret, None).map(|_| ()));
    assert_eq!(begin(&mut desk, NOW + 10), Some(Code::TooOften));
    offer_qr(&mut desk, NOW + 10);
    assert_eq!(begin(&mut desk, NOW + 3_600_000), None, "the first of them is an hour old");
}
