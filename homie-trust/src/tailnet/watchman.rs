//! What was decided about a caller is decided again while its circuit is open: Tailscale ends no connection for us.

use std::time::Duration;

use homie_protocol::code::Refusal;
use homie_protocol::hello::Role;
use homie_tailnet::{Change, Heard, LocalApi};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Tailnet;
use super::unwelcome::Unwelcome;
use super::verdict::{Claim, TailnetCaller};

/// How long nothing is heard before everybody is asked about anyway: the bus does not tell every change of the policy.
const AT_LEAST: Duration = Duration::from_secs(20);

/// How long a circuit may go on while tailscaled does not answer: it restarts in less.
const GRACE: Duration = Duration::from_secs(30);

/// Tells whenever who may come may have changed.
#[derive(Debug, Clone)]
pub struct Beats(watch::Receiver<u64>);

impl Beats {
    /// The beats, and the work that makes them: run it as a task for as long as they are needed.
    pub fn of(api: &LocalApi) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (beat, beats) = watch::channel(0);
        let mut bus = api.watch();
        let work = async move {
            loop {
                tokio::select! {
                    heard = bus.next() => if is_news(&heard) { beat.send_modify(count) },
                    () = sleep(AT_LEAST) => beat.send_modify(count),
                }
            }
        };
        (Self(beats), work)
    }

    /// Waits for the next. Several at once are one.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody makes them any more: the program stops.
            std::future::pending::<()>().await;
        }
    }
}

fn count(beats: &mut u64) {
    *beats = beats.wrapping_add(1);
}

/// Small changes, who is online for example, change nobody's rights.
const fn is_news(heard: &Heard) -> bool {
    !matches!(heard, Heard::Change(Change::Patched(_) | Change::Trouble(_)))
}

/// Watches over one circuit.
#[derive(Debug)]
pub struct Watchman {
    tailnet: Tailnet,
    beats: Beats,
    claim: Claim,
    /// Who it is, as was found last.
    caller: watch::Sender<TailnetCaller>,
    /// Since when tailscaled does not say who it is.
    unsure: Option<Instant>,
}

impl Watchman {
    /// Over the circuit of a caller that was let in.
    pub fn new(tailnet: Tailnet, mut beats: Beats, claim: Claim, caller: &TailnetCaller) -> Self {
        beats.0.mark_changed();
        Self { tailnet, beats, claim, caller: watch::Sender::new(caller.clone()), unsure: None }
    }

    /// Who the caller is, as is found last: for whoever works out its role for other reasons.
    pub fn caller(&self) -> watch::Receiver<TailnetCaller> {
        self.caller.subscribe()
    }

    /// Waits until the caller was asked about again: who it is now, or why it must go.
    pub async fn next(&mut self) -> Result<TailnetCaller, Unwelcome> {
        loop {
            self.beats.next().await;
            match self.tailnet.who(&self.claim).await {
                Ok(caller) if self.is_same(&caller) => {
                    self.unsure = None;
                    self.caller.send_replace(caller.clone());
                    return Ok(caller);
                }
                Ok(_) => return Err(Unwelcome::OtherLogin),
                Err(unwelcome) if unwelcome.passes() && self.has_grace() => {}
                Err(unwelcome) => return Err(unwelcome),
            }
        }
    }

    /// Keeps the role of a circuit as `role` works it out of who the caller is, until the caller must go.
    pub async fn keep(
        mut self,
        live: &watch::Sender<Role>,
        role: impl Fn(&TailnetCaller) -> Result<Role, Refusal>,
    ) -> Refusal {
        loop {
            let now = match self.next().await {
                Ok(caller) => role(&caller),
                Err(unwelcome) => return unwelcome.into(),
            };
            match now {
                Ok(now) => live.send_if_modified(|role| std::mem::replace(role, now) != now),
                Err(refusal) => return refusal,
            };
        }
    }

    fn is_same(&self, found: &TailnetCaller) -> bool {
        let known = self.caller.borrow();
        found.stable_id == known.stable_id && found.login == known.login
    }

    fn has_grace(&mut self) -> bool {
        let since = *self.unsure.get_or_insert_with(Instant::now);
        since.elapsed() < GRACE
    }
}
