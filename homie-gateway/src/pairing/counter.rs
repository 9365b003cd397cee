//! The pump of pairings: the desk behind its lock, the clock beside it, and who waits for news.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use homie_protocol::code::Refusal;
use homie_protocol::hello::{MachineKey, Nonce};
use homie_protocol::id::{DeviceId, PairingId};
use homie_protocol::limits::PAIRING_WAIT_MS;
use homie_protocol::methods::pairing::{ApproveParams, BeginParams, Paired, PairingInfo, RevealParams};
use homie_trust::pairing::{Admission, Begun, Desk, Newcomer, Revealed, Secret, SharedSecret};
use homie_trust::{BootClock, Random, SystemBootClock, random_bytes};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Where pairings are handled.
pub(super) struct Counter {
    desk: Mutex<Desk>,
    key: MachineKey,
    news: watch::Sender<()>,
}

impl Counter {
    pub(super) fn new(key: MachineKey, shared: Option<SharedSecret>) -> Self {
        Self { desk: Mutex::new(Desk::new(key, shared)), key, news: watch::channel(()).0 }
    }

    pub(super) fn offer(&self, id: PairingId, secret: Secret) -> Result<(), Refusal> {
        self.act(|desk, now| desk.offer(now, id, secret))
    }

    pub(super) fn approve(&self, said: &ApproveParams) -> Result<Admission, Refusal> {
        self.act(|desk, now| desk.approve(now, said))
    }

    pub(super) fn refuse(&self, id: PairingId) -> Result<(), Refusal> {
        self.act(|desk, now| desk.refuse(now, id))
    }

    /// Begins, and gives what the gateway must sign.
    pub(super) fn begin(
        &self,
        who: Newcomer<'_>,
        said: &BeginParams,
        random: &dyn Random,
    ) -> Result<(Begun, Vec<u8>), Refusal> {
        let fresh = Begun { id: PairingId::from_bytes(random_bytes(random)?), nonce: Nonce(random_bytes(random)?) };
        let begun = self.act(|desk, now| desk.begin(now, who, said, fresh))?;
        Ok((begun, begun.opening(&self.key, said, who.host).bytes()))
    }

    pub(super) fn reveal(&self, who: Newcomer<'_>, said: &RevealParams) -> Result<Revealed, Refusal> {
        self.act(|desk, now| desk.reveal(now, who, said))
    }

    pub(super) fn entered(&self, id: PairingId, paired: Option<Paired>) {
        self.desk().entered(id, paired);
        self.news.send_replace(());
    }

    /// What has become of a device, as soon as there is something to say, but not later than in 20 s.
    pub(super) async fn outcome(&self, id: PairingId, device: DeviceId) -> Result<Option<Paired>, Refusal> {
        self.wait(|desk, now| desk.outcome(now, id, device), Option::is_some).await
    }

    /// The pairing offered last, as soon as it is another than `seen`, but not later than in 20 s.
    pub(super) async fn pending(&self, seen: Option<u32>) -> Result<(u32, Option<PairingInfo>), Refusal> {
        self.wait(|desk, now| Ok(desk.pending(now)), |(revision, _)| Some(*revision) != seen).await
    }

    async fn wait<T>(
        &self,
        look: impl Fn(&mut Desk, u64) -> Result<T, Refusal>,
        is_news: impl Fn(&T) -> bool,
    ) -> Result<T, Refusal> {
        let limit = Instant::now() + Duration::from_millis(PAIRING_WAIT_MS);
        // Before the first look, so that nothing falls between a look and its wait.
        let mut news = self.news.subscribe();
        loop {
            let now = now()?;
            let (seen, due) = {
                let mut desk = self.desk();
                (look(&mut desk, now)?, desk.due_in(now))
            };
            if is_news(&seen) || Instant::now() >= limit {
                return Ok(seen);
            }
            let turn = due.map_or(limit, |due| limit.min(Instant::now() + Duration::from_millis(due)));
            tokio::select! {
                // The sender lives as long as this.
                _ = news.changed() => {}
                () = sleep_until(turn) => {}
            }
        }
    }

    /// One step, and then whoever waits looks again: also where it was refused, which counts too.
    fn act<T>(&self, step: impl FnOnce(&mut Desk, u64) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let outcome = step(&mut self.desk(), now()?);
        self.news.send_replace(());
        outcome
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Result<u64, Refusal> {
    Ok(SystemBootClock.now()?.ms)
}
