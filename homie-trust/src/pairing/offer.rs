//! One pairing: how it was offered, which tries it has left, and how far it is.

use homie_protocol::id::{DeviceId, PairingId};
use homie_protocol::limits::{CODE_TRIES, DIGIT_MISSES, PAIRING_CODE_MS, PAIRING_MS};
use homie_protocol::methods::pairing::{PairingInfo, Stage, Way};
use homie_protocol::pairing::SixDigits;

use super::admission::Proved;
use super::secret::{Secret, same};

/// A pairing that was offered.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) id: PairingId,
    pub(super) secret: Secret,
    way: Way,
    tries: u8,
    /// Since when this goes on: being offered, or waiting for the digits.
    since: u64,
    progress: Progress,
    failed: u32,
    begun: u8,
}

/// How far.
#[derive(Debug)]
enum Progress {
    Open,
    Waiting {
        proved: Proved,
        misses: u8,
    },
    /// The digits were right, and the list is being written.
    Entering(Proved),
    Over(Stage, Option<Proved>),
}

/// Whether the digits are those of the device.
#[derive(Debug)]
pub(super) enum Typed {
    Right(Box<Proved>),
    Wrong { is_last: bool },
    NobodyWaits,
}

impl Offer {
    /// With the tries that its kind of secret can bear.
    pub(super) fn new(id: PairingId, secret: Secret, now: u64) -> Self {
        let (way, tries) = match secret {
            Secret::Code(_) => (Way::Code, CODE_TRIES),
            Secret::Nothing => (Way::Machine, 1),
            Secret::Qr(_) | Secret::Shared(_) => (Way::Qr, 1),
        };
        Self { id, secret, way, tries, since: now, progress: Progress::Open, failed: 0, begun: 0 }
    }

    pub(super) fn stage(&self) -> Stage {
        match &self.progress {
            Progress::Open => Stage::Open,
            Progress::Waiting { .. } | Progress::Entering(_) => Stage::Waiting,
            Progress::Over(stage, _) => *stage,
        }
    }

    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// The device that has proved the secret.
    pub(super) fn device(&self) -> Option<DeviceId> {
        self.proved().map(|proved| proved.device.id)
    }

    /// Ends what has taken too long; `true` if it ends now. A clock that goes back belongs to another life of the machine.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        let is_running = matches!(self.progress, Progress::Open | Progress::Waiting { .. });
        let is_late = now.checked_sub(self.since).is_none_or(|age| age > self.lasts());
        if is_running && is_late {
            self.end(Stage::Expired);
        }
        is_running && is_late
    }

    /// Takes a try, if there is one left.
    pub(super) fn take_try(&mut self) -> bool {
        let is_left = self.stage() == Stage::Open && self.tries > 0;
        if is_left {
            self.tries -= 1;
            self.begun += 1;
        } else {
            self.failed = self.failed.saturating_add(1);
        }
        is_left
    }

    /// A device has proved everything: from here on the digits decide, and they have the time that an offer has.
    pub(super) fn proved_by(&mut self, proved: Proved, now: u64) {
        self.since = now;
        self.progress = Progress::Waiting { proved, misses: 0 };
    }

    /// A try was worth nothing. After the last one it is over.
    pub(super) fn missed(&mut self) {
        self.failed = self.failed.saturating_add(1);
        self.begun = self.begun.saturating_sub(1);
        if self.stage() == Stage::Open && self.tries == 0 && self.begun == 0 {
            self.end(Stage::Spent);
        }
    }

    /// Compares the digits that somebody has typed.
    pub(super) fn type_digits(&mut self, digits: SixDigits) -> Typed {
        let Progress::Waiting { proved, misses } = &mut self.progress else { return Typed::NobodyWaits };
        if same(digits.as_bytes(), proved.digits().as_bytes()) {
            let proved = proved.clone();
            self.progress = Progress::Entering(proved.clone());
            return Typed::Right(Box::new(proved));
        }
        *misses += 1;
        let is_last = *misses >= DIGIT_MISSES;
        if is_last {
            self.end(Stage::Spent);
        }
        Typed::Wrong { is_last }
    }

    /// The list is written, or could not be: then the device waits on.
    pub(super) fn entered(&mut self, is_enrolled: bool) {
        let progress = std::mem::replace(&mut self.progress, Progress::Open);
        self.progress = match progress {
            Progress::Entering(proved) if is_enrolled => Progress::Over(Stage::Approved, Some(proved)),
            Progress::Entering(proved) => Progress::Waiting { proved, misses: 0 },
            other => other,
        };
    }

    /// Whether the list is being written: then it is too late for anything else.
    pub(super) fn is_entering(&self) -> bool {
        matches!(self.progress, Progress::Entering(_))
    }

    pub(super) fn end(&mut self, stage: Stage) {
        let progress = std::mem::replace(&mut self.progress, Progress::Open);
        self.progress = match progress {
            Progress::Waiting { proved, .. } | Progress::Entering(proved) => Progress::Over(stage, Some(proved)),
            Progress::Open => Progress::Over(stage, None),
            over @ Progress::Over(..) => over,
        };
    }

    pub(super) fn info(&self, now: u64) -> PairingInfo {
        let is_running = matches!(self.stage(), Stage::Open | Stage::Waiting);
        let left = self.lasts().saturating_sub(now.saturating_sub(self.since));
        PairingInfo {
            id: self.id,
            way: self.way,
            stage: self.stage(),
            left_ms: if is_running { u32::try_from(left).unwrap_or(u32::MAX) } else { 0 },
            failed: self.failed,
            applicant: self.proved().map(Proved::applicant),
        }
    }

    fn proved(&self) -> Option<&Proved> {
        match &self.progress {
            Progress::Waiting { proved, .. } | Progress::Entering(proved) => Some(proved),
            Progress::Over(_, proved) => proved.as_ref(),
            Progress::Open => None,
        }
    }

    fn lasts(&self) -> u64 {
        match (self.way, self.stage()) {
            (Way::Code, Stage::Open) => PAIRING_CODE_MS,
            _ => PAIRING_MS,
        }
    }
}
