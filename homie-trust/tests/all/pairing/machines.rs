//! Another machine of the owner's joins: nobody offers anything, and the digits alone decide.

use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_protocol::methods::pairing::{ApproveParams, Stage, Way};
use homie_trust::KeyPair;
use homie_trust::pairing::{Desk, Revealed};

use super::device::{Phone, Told, approve, code_of, desk, offer_qr, other_than};

const NOW: u64 = 1_000_000;

fn knocks(desk: &mut Desk, machine: &Phone) -> Told {
    let told = machine.begin(desk, NOW, Way::Machine, None).expect("begun");
    assert!(matches!(machine.reveal(desk, NOW, &told, b""), Ok(Revealed::Waits)));
    told
}

#[test]
fn a_machine_of_the_owners_comes_in_with_its_digits_and_as_an_owner() {
    let (mut desk, machine) = (desk(), Phone::machine());
    let told = knocks(&mut desk, &machine);
    let info = desk.pending(NOW).1.expect("it waits");
    let applicant = info.applicant.expect("it waits");
    let key = machine.machine.as_ref().expect("a machine");
    assert_eq!((info.way, info.stage, applicant.machine), (Way::Machine, Stage::Waiting, Some(key.node_id())));
    let digits = machine.digits(&told);
    assert_eq!(
        approve(&mut desk, NOW, told.id, digits).err(),
        Some(Code::OutOfRange),
        "as an operator it could sign nothing"
    );
    let said = ApproveParams { id: told.id, digits, role: Role::Owner };
    let admission = desk.approve(NOW, &said).expect("an admission");
    assert_eq!(admission.machine(), Some((key.machine_key(), "laptop")));
    assert_eq!(admission.device(0).expect("a device").role, Role::Owner);
}

#[test]
fn who_is_not_the_owners_does_not_even_wait() {
    let (mut desk, stranger) = (desk(), Phone { is_owners: false, ..Phone::machine() });
    assert_eq!(code_of(stranger.begin(&mut desk, NOW, Way::Machine, None).map(|_| ())), Some(Code::Forbidden));
    assert!(desk.pending(NOW).1.is_none());
}

#[test]
fn two_misses_end_it_and_the_next_knock_begins_anew() {
    let (mut desk, machine) = (desk(), Phone::machine());
    let told = knocks(&mut desk, &machine);
    let digits = other_than(machine.digits(&told));
    let wrong = ApproveParams { id: told.id, digits, role: Role::Owner };
    for _ in 0..2 {
        assert_eq!(desk.approve(NOW, &wrong).map(|_| ()).map_err(|refusal| refusal.code), Err(Code::WrongDigits));
    }
    assert_eq!(machine.outcome(&mut desk, NOW, told.id), Err(Code::PairingInvalid));
    let right = ApproveParams { digits: machine.digits(&told), ..wrong };
    assert!(desk.approve(NOW, &right).is_err(), "it is over");
    let again = knocks(&mut desk, &Phone::machine());
    assert_ne!(again.id, told.id);
}

/// One at a time: an offer that nobody has answered gives way, a device that waits does not.
#[test]
fn it_takes_its_turn_with_devices() {
    let (mut desk, machine, phone) = (desk(), Phone::machine(), Phone::new());
    offer_qr(&mut desk, NOW);
    let told = knocks(&mut desk, &machine);
    let refused = Phone::machine().begin(&mut desk, NOW, Way::Machine, None);
    assert_eq!(code_of(refused.map(|_| ())), Some(Code::WrongState), "one waits already");
    desk.refuse(NOW, told.id).expect("refused");
    let id = offer_qr(&mut desk, NOW);
    phone.wait(&mut desk, NOW, id);
    let refused = machine.begin(&mut desk, NOW, Way::Machine, None);
    assert_eq!(code_of(refused.map(|_| ())), Some(Code::WrongState), "a device waits");
}

#[test]
fn a_key_that_is_not_held_is_not_taken() {
    let machine = Phone::machine();
    let mut desk = desk();
    let told = machine.begin(&mut desk, NOW, Way::Machine, None).expect("begun");
    let mut forged = machine.reveal_params(&told, b"");
    let other = KeyPair::generate().expect("a key");
    if let Some(joining) = &mut forged.machine {
        joining.sig = other.sign(machine.transcript(&told).bytes()).expect("a signature");
    }
    assert_eq!(code_of(machine.say(&mut desk, NOW, &forged)), Some(Code::PairingInvalid));
}

/// A machine comes by its own way only: with a code in its hand a phone cannot bring one.
#[test]
fn a_machine_and_its_way_belong_together() {
    let (mut desk, phone) = (desk(), Phone::new());
    let bare = Phone { is_owners: true, ..Phone::new() };
    let told = bare.begin(&mut desk, NOW, Way::Machine, None).expect("begun");
    assert_eq!(code_of(bare.reveal(&mut desk, NOW, &told, b"")), Some(Code::PairingInvalid));
    let id = offer_qr(&mut desk, NOW);
    let bringing = Phone { machine: Phone::machine().machine, ..phone };
    let told = bringing.begin(&mut desk, NOW, Way::Qr, Some(id)).expect("begun");
    assert_eq!(
        code_of(bringing.reveal(&mut desk, NOW, &told, super::device::QR.as_bytes())),
        Some(Code::PairingInvalid)
    );
}
