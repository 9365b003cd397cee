//! Everything that can happen to pairings, each in one step under the owner's lock.
//!
//! Whatever a caller says of how long, of roles or of who approves has no field here: the desk's own limits hold.

use std::collections::VecDeque;

use homie_protocol::code::Refusal;
use homie_protocol::hello::{ClientKind, DeviceKey, MachineKey, Nonce, Role};
use homie_protocol::id::{DeviceId, PairingId};
use homie_protocol::limits::CODE_TRIES_AN_HOUR;
use homie_protocol::methods::pairing::{ApproveParams, BeginParams, Paired, PairingInfo, RevealParams, Stage, Way};
use homie_protocol::pairing::{Opening, PAIRING_VERSION};

use super::admission::Admission;
use super::exchange::Exchange;
use super::offer::{Offer, Typed};
use super::secret::{Secret, SharedSecret};
use super::words;

/// Milliseconds in which tries of codes, and of the shared secret, are counted.
const HOUR_MS: u64 = 3_600_000;

/// Pairings that are over and whose devices may still ask what became of them.
const REMEMBERED: usize = 16;

/// Devices at once that have begun with the machine's shared secret: the oldest gives way.
const SHARED_EXCHANGES: usize = 16;

/// Wrong tries of the shared secret an hour, all devices together. Nobody guesses 160 bits: this is for whoever tries anyway.
const SHARED_MISSES_AN_HOUR: usize = 10;

/// Who begins, and where it has dialled.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The key that its greeting has proved.
    pub key: &'a DeviceKey,
    /// What kind of client it is.
    pub kind: ClientKind,
    /// The authority it has dialled.
    pub host: &'a str,
    /// Whether its tailnet says that it is the owner's.
    pub is_owners: bool,
}

/// What is drawn for one begin.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    /// The pairing; the one passed in counts where none was offered.
    pub id: PairingId,
    /// The gateway's nonce.
    pub nonce: Nonce,
}

/// What follows a true reveal.
#[derive(Debug)]
pub enum Revealed {
    /// Somebody must type the digits.
    Waits,
    /// It knows the machine's shared secret: it is to be enrolled now.
    MayEnter(Box<Admission>),
}

/// The pairings of one gateway.
#[derive(Debug)]
pub struct Desk {
    key: MachineKey,
    shared: Option<SharedSecret>,
    offer: Option<Offer>,
    exchanges: VecDeque<Exchange>,
    past: VecDeque<Past>,
    code_tries: VecDeque<u64>,
    shared_misses: VecDeque<u64>,
    revision: u32,
}

/// A pairing that is over, for the device that was in it.
#[derive(Debug)]
struct Past {
    id: PairingId,
    device: DeviceId,
    outcome: Result<Paired, Refusal>,
}

impl Desk {
    /// Of the gateway with this key.
    pub fn new(key: MachineKey, shared: Option<SharedSecret>) -> Self {
        Self {
            key,
            shared,
            offer: None,
            exchanges: VecDeque::new(),
            past: VecDeque::new(),
            code_tries: VecDeque::new(),
            shared_misses: VecDeque::new(),
            revision: 0,
        }
    }

    /// Offers a pairing. It takes the place of an earlier one, unless a device waits in that.
    pub fn offer(&mut self, now: u64, id: PairingId, secret: Secret) -> Result<(), Refusal> {
        self.turn(now);
        if self.offer.as_ref().is_some_and(|offer| offer.stage() == Stage::Waiting) {
            return Err(words::somebody_waits());
        }
        self.exchanges.retain(|exchange| matches!(exchange.secret, Secret::Shared(_)));
        self.offer = Some(Offer::new(id, secret, now));
        self.changed();
        Ok(())
    }

    /// A machine of the owner's needs no offer: it is one itself.
    fn knock(&mut self, now: u64, who: Newcomer<'_>, id: PairingId) -> Result<(), Refusal> {
        if !who.is_owners {
            return Err(words::no_machine_of_ours());
        }
        self.offer(now, id, Secret::Nothing)
    }

    /// A device begins. `fresh` was drawn for this call.
    pub fn begin(&mut self, now: u64, who: Newcomer<'_>, said: &BeginParams, fresh: Begun) -> Result<Begun, Refusal> {
        self.turn(now);
        if said.version != PAIRING_VERSION {
            return Err(words::other_version(said.version));
        }
        let (id, secret) = match said.way {
            Way::Qr => self.try_of(Way::Qr, said.id)?,
            Way::Code => {
                self.count_code(now)?;
                self.try_of(Way::Code, None)?
            }
            Way::Machine => {
                self.knock(now, who, fresh.id)?;
                self.try_of(Way::Machine, Some(fresh.id))?
            }
            Way::Secret => (fresh.id, self.shared_secret(now)?),
        };
        let begun = Begun { id, nonce: fresh.nonce };
        let opening = begun.opening(&self.key, said, who.host);
        self.keep(Exchange::new(who.key.id, secret, &opening));
        Ok(begun)
    }

    /// A device reveals. Its try is over, right or wrong.
    pub fn reveal(&mut self, now: u64, who: Newcomer<'_>, said: &RevealParams) -> Result<Revealed, Refusal> {
        self.turn(now);
        let is_it = |exchange: &Exchange| exchange.id == said.id && exchange.device == who.key.id;
        let exchange = self.exchanges.iter().position(is_it).and_then(|place| self.exchanges.remove(place));
        let exchange = exchange.ok_or_else(words::unknown)?;
        let secret = exchange.secret;
        let checked = exchange.check(said, who.key, who.kind);
        self.changed();
        if let (Secret::Shared(_), Some(shared)) = (secret, self.shared) {
            if checked.is_err() {
                self.shared_misses.push_back(now);
            }
            let admission = Admission { id: said.id, proved: checked?, secret, role: shared.role };
            return Ok(Revealed::MayEnter(Box::new(admission)));
        }
        let offer = self.offer.as_mut().filter(|offer| offer.id == said.id).ok_or_else(words::unknown)?;
        if offer.stage() != Stage::Open {
            return Err(words::over(offer.stage()));
        }
        match checked {
            Ok(proved) => offer.proved_by(proved, now),
            Err(refusal) => {
                offer.missed();
                return Err(refusal);
            }
        }
        Ok(Revealed::Waits)
    }

    /// Somebody types the digits. Whoever gets the admission enrols the device, and says so with [`Desk::entered`].
    pub fn approve(&mut self, now: u64, said: &ApproveParams) -> Result<Admission, Refusal> {
        self.turn(now);
        if said.role == Role::None {
            return Err(words::no_role());
        }
        let offer = self.offer.as_mut().filter(|offer| offer.id == said.id).ok_or_else(words::unknown)?;
        if offer.way() == Way::Machine && said.role != Role::Owner {
            return Err(words::joins_as_owner());
        }
        match offer.type_digits(said.digits) {
            Typed::Right(proved) => {
                Ok(Admission { id: said.id, proved: *proved, secret: offer.secret, role: said.role })
            }
            Typed::Wrong { is_last } => {
                self.settle();
                Err(words::wrong_digits(is_last))
            }
            Typed::NobodyWaits if matches!(offer.stage(), Stage::Open | Stage::Waiting) => Err(words::nobody_waits()),
            Typed::NobodyWaits => Err(words::over(offer.stage())),
        }
    }

    /// The device of an admission is enrolled; `None`: it could not be.
    pub fn entered(&mut self, id: PairingId, paired: Option<Paired>) {
        if let Some(offer) = self.offer.as_mut().filter(|offer| offer.id == id) {
            offer.entered(paired.is_some());
        }
        if let Some(paired) = paired {
            self.remember(id, paired.device, Ok(paired));
        }
        self.changed();
    }

    /// Somebody says no.
    pub fn refuse(&mut self, now: u64, id: PairingId) -> Result<(), Refusal> {
        self.turn(now);
        let offer = self.offer.as_mut().filter(|offer| offer.id == id).ok_or_else(words::unknown)?;
        match offer.stage() {
            Stage::Open | Stage::Waiting if offer.is_entering() => return Err(words::nobody_waits()),
            Stage::Open | Stage::Waiting => offer.end(Stage::Refused),
            stage => return Err(words::over(stage)),
        }
        self.settle();
        Ok(())
    }

    /// What has become of a device; `None`: nothing yet.
    pub fn outcome(&mut self, now: u64, id: PairingId, device: DeviceId) -> Result<Option<Paired>, Refusal> {
        self.turn(now);
        let is_it = |past: &&Past| past.id == id && past.device == device;
        if let Some(past) = self.past.iter().find(is_it) {
            return past.outcome.clone().map(Some);
        }
        let waits = |offer: &&Offer| offer.id == id && offer.device() == Some(device);
        match self.offer.as_ref().filter(waits) {
            Some(_) => Ok(None),
            None => Err(words::unknown()),
        }
    }

    /// The pairing offered last, and a number that is another after each change.
    pub fn pending(&mut self, now: u64) -> (u32, Option<PairingInfo>) {
        self.turn(now);
        (self.revision, self.offer.as_ref().map(|offer| offer.info(now)))
    }

    /// Milliseconds until the offer ends by itself; `None` if nothing runs.
    pub fn due_in(&self, now: u64) -> Option<u64> {
        let info = self.offer.as_ref()?.info(now);
        (info.left_ms > 0).then(|| u64::from(info.left_ms) + 1)
    }

    /// Lets time pass.
    fn turn(&mut self, now: u64) {
        if self.offer.as_mut().is_some_and(|offer| offer.expire(now)) {
            self.settle();
        }
    }

    /// The offer has come to its end, or a step nearer to it.
    fn settle(&mut self) {
        self.changed();
        let Some(offer) = &self.offer else { return };
        let (id, stage) = (offer.id, offer.stage());
        if let (Some(device), Stage::Refused | Stage::Expired | Stage::Spent) = (offer.device(), stage) {
            self.remember(id, device, Err(words::over(stage)));
        }
    }

    fn try_of(&mut self, way: Way, id: Option<PairingId>) -> Result<(PairingId, Secret), Refusal> {
        let is_meant = |offer: &&mut Offer| offer.way() == way && (way == Way::Code || id == Some(offer.id));
        let offer = self.offer.as_mut().filter(is_meant).ok_or_else(words::unknown)?;
        let (found, stage) = ((offer.id, offer.secret), offer.stage());
        let is_taken = offer.take_try();
        // Whoever decides should know that somebody else has the code.
        self.changed();
        if is_taken { Ok(found) } else { Err(words::over(stage)) }
    }

    /// The machine's shared secret, unless it is switched off or was tried too often.
    fn shared_secret(&mut self, now: u64) -> Result<Secret, Refusal> {
        let shared = self.shared.ok_or_else(words::no_secret)?;
        self.shared_misses.retain(|at| now.checked_sub(*at).is_some_and(|age| age < HOUR_MS));
        if self.shared_misses.len() >= SHARED_MISSES_AN_HOUR {
            return Err(words::secret_too_often());
        }
        Ok(Secret::Shared(shared.secret))
    }

    /// Counts a try of a code that is alive; without one there is nothing to guess.
    fn count_code(&mut self, now: u64) -> Result<(), Refusal> {
        let is_alive = |offer: &&Offer| offer.way() == Way::Code && offer.stage() == Stage::Open;
        if !self.offer.as_ref().is_some_and(|offer| is_alive(&offer)) {
            return Ok(());
        }
        self.code_tries.retain(|at| now.checked_sub(*at).is_some_and(|age| age < HOUR_MS));
        if self.code_tries.len() >= CODE_TRIES_AN_HOUR {
            return Err(words::too_often());
        }
        self.code_tries.push_back(now);
        Ok(())
    }

    /// An offer has at most three exchanges, one a try; those of the shared secret are bounded here.
    fn keep(&mut self, exchange: Exchange) {
        let is_shared = |exchange: &Exchange| matches!(exchange.secret, Secret::Shared(_));
        let shared = self.exchanges.iter().filter(|exchange| is_shared(exchange)).count();
        if is_shared(&exchange) && shared >= SHARED_EXCHANGES {
            let oldest = self.exchanges.iter().position(is_shared);
            oldest.and_then(|place| self.exchanges.remove(place));
        }
        self.exchanges.push_back(exchange);
    }

    fn remember(&mut self, id: PairingId, device: DeviceId, outcome: Result<Paired, Refusal>) {
        if self.past.len() >= REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(Past { id, device, outcome });
    }

    fn changed(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }
}

impl Begun {
    /// What the gateway signs.
    pub fn opening<'a>(&'a self, key: &'a MachineKey, said: &'a BeginParams, host: &'a str) -> Opening<'a> {
        Opening {
            version: said.version,
            id: &self.id,
            commitment: &said.commitment,
            gateway: key,
            nonce: &self.nonce,
            host,
        }
    }
}
