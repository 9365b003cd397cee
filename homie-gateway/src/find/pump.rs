//! The pump: asks the places that are due, at most eight at once, and hears who comes and goes.

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use homie_circuit::client::Dial;
use homie_tailnet::LocalApi;
use homie_trust::{SystemRandom, random_bytes};
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep_until;

use super::about::About;
use super::ask::Asking;
use super::registry::Key;
use super::{Found, candidates};
use crate::mesh::Peers;
use crate::reach::{Place, through, tls_client};

/// A question that is over.
type Answer = (Key, Option<(About, u16)>);

/// What it asks with, and whom it tells.
pub(super) struct Pump {
    found: Arc<Found>,
    api: Option<LocalApi>,
    peers: watch::Receiver<Peers>,
    through: Option<Arc<dyn Dial>>,
    /// Whose certificates are believed; found out once somebody is to be asked.
    tls: Option<Arc<ClientConfig>>,
}

impl Pump {
    pub(super) fn new(found: Arc<Found>, api: Option<LocalApi>, peers: watch::Receiver<Peers>) -> Self {
        Self { found, api, peers, through: None, tls: None }
    }

    /// For ever.
    pub(super) async fn run(mut self) {
        let mut questions: JoinSet<Answer> = JoinSet::new();
        loop {
            self.hear();
            self.ask(&mut questions).await;
            let next = self.found.learn(|registry| registry.next());
            tokio::select! {
                Ok(()) = self.peers.changed() => {}
                Some(answer) = questions.join_next() => self.note(answer.ok()),
                () = until(next) => {}
            }
        }
    }

    /// What the tailnet says now; where it says nothing, what was known stays.
    fn hear(&mut self) {
        let Ok(status) = self.peers.borrow_and_update().clone() else { return };
        self.through = self.api.as_ref().and_then(|api| through(api, &status));
        let candidates = candidates::of_tailnet(&status);
        self.found.learn(|registry| registry.set_tailnet(candidates, Instant::now(), &mut lot));
    }

    async fn ask(&mut self, questions: &mut JoinSet<Answer>) {
        let due = self.found.learn(|registry| registry.due(Instant::now()));
        if due.is_empty() {
            return;
        }
        let tls = self.tls().await;
        for (key, place) in due {
            let asking = tls.clone().map(|tls| Asking { tls, through: self.through.clone() });
            questions.spawn(question(asking, key, place));
        }
    }

    /// It reads a long file. Where nobody's certificate can be believed, nobody is asked, and every place is silent.
    async fn tls(&mut self) -> Option<Arc<ClientConfig>> {
        if self.tls.is_none() {
            let read = spawn_blocking(tls_client).await.ok()?;
            self.tls = read.inspect_err(|error| tracing::warn!("no machine is looked for: {error}")).ok();
        }
        self.tls.clone()
    }

    fn note(&self, answer: Option<Answer>) {
        let Some((key, said)) = answer else { return };
        self.found.learn(|registry| registry.answered(&key, said, Instant::now(), lot()));
    }
}

async fn question(asking: Option<Asking>, key: Key, place: Place) -> Answer {
    let said = match asking {
        Some(asking) => asking.ask(place).await,
        None => None,
    };
    (key, said)
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next.into()).await,
        None => pending().await,
    }
}

/// Without chance nothing is spread, and nothing else is lost.
fn lot() -> u8 {
    random_bytes::<1>(&SystemRandom).map_or(0, |[lot]| lot)
}
