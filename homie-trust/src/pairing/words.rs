//! What is said where a pairing goes no further.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::methods::pairing::Stage;
use homie_protocol::pairing::PAIRING_VERSION;

/// To a device whose pairing is over, or was never there.
pub(super) fn over(stage: Stage) -> Refusal {
    match stage {
        Stage::Refused => Refusal::new(Code::PairingRefused, "this device was refused at the machine"),
        Stage::Expired => invalid("the time to pair is over; ask for a new code"),
        Stage::Spent | Stage::Approved | Stage::Open | Stage::Waiting => used(),
    }
}

/// One sentence for all that is not proved: which part it was helps only those who guess.
pub(super) fn unproved() -> Refusal {
    invalid("this device could not prove that it was invited; ask for a new code")
}

/// To whoever comes second.
pub(super) fn used() -> Refusal {
    invalid("this code was used already, or has been given up; ask for a new one")
}

/// To whoever names a pairing that is not alive.
pub(super) fn unknown() -> Refusal {
    invalid("no such pairing is open; ask for a new code")
}

pub(super) fn no_secret() -> Refusal {
    Refusal::new(Code::Forbidden, "way: this machine lets nobody in by a shared secret; pair with a QR code instead")
}

pub(super) fn no_machine_of_ours() -> Refusal {
    Refusal::new(
        Code::Forbidden,
        "way: a machine joins over the tailnet, where it is its owner's (`homie up --owner`); pair it as a device instead",
    )
}

pub(super) fn too_often() -> Refusal {
    Refusal::new(Code::TooOften, "ten codes were tried within an hour; pair with a QR code, or wait an hour")
}

pub(super) fn secret_too_often() -> Refusal {
    let words = "a wrong shared secret was shown ten times within an hour; pair with a QR code, or wait an hour";
    Refusal::new(Code::TooOften, words)
}

pub(super) fn wrong_digits(is_last: bool) -> Refusal {
    let words = if is_last {
        "these are not the digits that the device shows; after two wrong tries the pairing is over"
    } else {
        "these are not the digits that the device shows; one more try"
    };
    Refusal::new(Code::WrongDigits, words)
}

pub(super) fn other_version(version: u16) -> Refusal {
    let words = format!("version: this machine pairs by version {PAIRING_VERSION}, not {version}; update the older");
    Refusal::new(Code::Version, words)
}

/// To whoever decides.
pub(super) fn no_role() -> Refusal {
    Refusal::new(Code::OutOfRange, "role: viewer, operator or owner")
}

pub(super) fn joins_as_owner() -> Refusal {
    Refusal::new(Code::OutOfRange, "role: a machine joins as owner, or not at all")
}

pub(super) fn nobody_waits() -> Refusal {
    Refusal::new(Code::WrongState, "no device waits in this pairing")
}

pub(super) fn somebody_waits() -> Refusal {
    Refusal::new(Code::WrongState, "a device waits for its digits to be typed: let it in or refuse it first")
}

fn invalid(words: &str) -> Refusal {
    Refusal::new(Code::PairingInvalid, words)
}
