//! A device that pairs by the book, at a desk whose clock the test sets.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, DeviceKey, MachineKey, Nonce, Role};
use homie_protocol::id::{PairingId, PairingSecret};
use homie_protocol::methods::pairing::{ApproveParams, BeginParams, JoiningMachine, Paired, RevealParams, Way};
use homie_protocol::pairing::{
    Commitment, Newcomer as Words, Opening, PAIRING_VERSION, SixDigits, Transcript, digits_of,
};
use homie_trust::pairing::proof::{self, Prover};
use homie_trust::pairing::{Admission, Begun, Desk, Newcomer, Revealed, Secret, SharedSecret};
use homie_trust::{KeyPair, SystemRandom, random_bytes};

pub(super) const GATEWAY: MachineKey = MachineKey([3; 32]);
pub(super) const HOST: &str = "desk.example:4663";
pub(super) const QR: PairingSecret = PairingSecret::from_bytes([0x51; 16]);

pub(super) fn code() -> SixDigits {
    digits_of(&[9; 32])
}

pub(super) fn fresh() -> Begun {
    Begun { id: PairingId::from_bytes(draw()), nonce: Nonce(draw()) }
}

pub(super) fn draw<const N: usize>() -> [u8; N] {
    random_bytes(&SystemRandom).expect("chance")
}

pub(super) fn desk() -> Desk {
    Desk::new(GATEWAY, None)
}

pub(super) fn open_desk(role: Role) -> Desk {
    Desk::new(GATEWAY, Some(SharedSecret { secret: [7; 20], role }))
}

/// An offer of a QR code.
pub(super) fn offer_qr(desk: &mut Desk, now: u64) -> PairingId {
    let id = PairingId::from_bytes(draw());
    desk.offer(now, id, Secret::Qr(QR)).expect("an offer");
    id
}

/// An offer of a code.
pub(super) fn offer_code(desk: &mut Desk, now: u64) -> PairingId {
    let id = PairingId::from_bytes(draw());
    desk.offer(now, id, Secret::Code(code())).expect("an offer");
    id
}

/// The new device.
pub(super) struct Phone {
    pub(super) key: KeyPair,
    pub(super) salt: Nonce,
    pub(super) name: String,
    /// The machine that it joins with.
    pub(super) machine: Option<KeyPair>,
    /// What its tailnet says.
    pub(super) is_owners: bool,
}

/// How far a device has come.
pub(super) struct Told {
    pub(super) id: PairingId,
    /// T1.
    pub(super) opening: Vec<u8>,
}

impl Phone {
    pub(super) fn new() -> Self {
        let (key, name) = (KeyPair::generate().expect("a key"), "Ada's phone".to_owned());
        Self { key, salt: Nonce(draw()), name, machine: None, is_owners: false }
    }

    /// A machine of the owner's, and its device.
    pub(super) fn machine() -> Self {
        let machine = Some(KeyPair::generate().expect("a key"));
        Self { name: "laptop".to_owned(), machine, is_owners: true, ..Self::new() }
    }

    fn transcript_with(&self, opening: Option<&[u8]>) -> (Commitment, Transcript) {
        let (device, machine) = (self.key.device_key(), self.machine.as_ref().map(KeyPair::machine_key));
        let words = Words::new(&device, &self.salt, &self.name, "Homie on Android").with_machine(machine.as_ref());
        (proof::commitment(&words), Transcript::after(opening.unwrap_or_default(), &words))
    }

    fn who<'a>(&self, device: &'a DeviceKey) -> Newcomer<'a> {
        Newcomer { key: device, kind: ClientKind::Phone, host: HOST, is_owners: self.is_owners }
    }

    pub(super) fn begin_params(&self, way: Way, id: Option<PairingId>) -> BeginParams {
        let (commitment, _) = self.transcript_with(None);
        BeginParams { version: PAIRING_VERSION, way, id, commitment }
    }

    pub(super) fn begin(&self, desk: &mut Desk, now: u64, way: Way, id: Option<PairingId>) -> Result<Told, Refusal> {
        let (device, said) = (self.key.device_key(), self.begin_params(way, id));
        let begun = desk.begin(now, self.who(&device), &said, fresh())?;
        let opening = Opening {
            version: said.version,
            id: &begun.id,
            commitment: &said.commitment,
            gateway: &GATEWAY,
            nonce: &begun.nonce,
            host: HOST,
        };
        Ok(Told { id: begun.id, opening: opening.bytes() })
    }

    pub(super) fn transcript(&self, told: &Told) -> Transcript {
        self.transcript_with(Some(&told.opening)).1
    }

    /// What the device shows.
    pub(super) fn digits(&self, told: &Told) -> SixDigits {
        proof::digits(&self.transcript(told))
    }

    pub(super) fn reveal_params(&self, told: &Told, secret: &[u8]) -> RevealParams {
        let transcript = self.transcript(told);
        RevealParams {
            id: told.id,
            device: self.key.device_key(),
            salt: self.salt,
            name: self.name.clone(),
            platform: "Homie on Android".to_owned(),
            sig: self.key.sign(transcript.bytes()).expect("a signature"),
            mac: proof::mac(Prover::Device, secret, &told.opening, transcript.bytes()).expect("a proof"),
            machine: self.machine.as_ref().map(|machine| JoiningMachine {
                key: machine.machine_key(),
                sig: machine.sign(transcript.bytes()).expect("a signature"),
            }),
        }
    }

    pub(super) fn say(&self, desk: &mut Desk, now: u64, said: &RevealParams) -> Result<Revealed, Refusal> {
        let device = self.key.device_key();
        desk.reveal(now, self.who(&device), said)
    }

    pub(super) fn reveal(&self, desk: &mut Desk, now: u64, told: &Told, secret: &[u8]) -> Result<Revealed, Refusal> {
        self.say(desk, now, &self.reveal_params(told, secret))
    }

    /// Up to the digits.
    pub(super) fn wait(&self, desk: &mut Desk, now: u64, id: PairingId) -> Told {
        let told = self.begin(desk, now, Way::Qr, Some(id)).expect("begun");
        assert!(matches!(self.reveal(desk, now, &told, QR.as_bytes()), Ok(Revealed::Waits)));
        told
    }

    pub(super) fn outcome(&self, desk: &mut Desk, now: u64, id: PairingId) -> Result<Option<Paired>, Code> {
        desk.outcome(now, id, self.key.device_key().id).map_err(|refusal| refusal.code)
    }
}

pub(super) fn approve(desk: &mut Desk, now: u64, id: PairingId, digits: SixDigits) -> Result<Admission, Code> {
    desk.approve(now, &ApproveParams { id, digits, role: Role::Operator }).map_err(|refusal| refusal.code)
}

/// Digits that are not these.
pub(super) fn other_than(digits: SixDigits) -> SixDigits {
    let number: u32 = digits.to_string().parse().expect("a number");
    SixDigits::last_of(number + 1)
}

pub(super) fn code_of<T>(outcome: Result<T, Refusal>) -> Option<Code> {
    outcome.err().map(|refusal| refusal.code)
}
