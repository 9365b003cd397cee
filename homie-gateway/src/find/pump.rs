//! The pump: asks the places that are due, at most eight at once, and hears who comes and goes.

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use homie_circuit::client::Web;
use homie_protocol::methods::machine::FoundBy;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::about::About;
use super::ask::ask;
use super::registry::Key;
use super::{Found, candidates, lot};
use crate::reach::{Atlas, Place};

/// A question that is over.
type Answer = (Key, Option<(About, u16)>);

/// What it asks with, and whom it tells.
pub(super) struct Pump {
    found: Arc<Found>,
    atlas: Atlas,
    /// Told of places that were heard of, where nobody answers.
    silent: mpsc::Sender<Key>,
}

impl Pump {
    pub(super) fn new(found: Arc<Found>, atlas: Atlas, silent: mpsc::Sender<Key>) -> Self {
        Self { found, atlas, silent }
    }

    /// For ever.
    pub(super) async fn run(mut self) {
        let mut questions: JoinSet<Answer> = JoinSet::new();
        loop {
            self.hear();
            self.ask(&mut questions).await;
            let next = self.found.learn(|registry| registry.next());
            tokio::select! {
                () = self.atlas.tailnet_changed() => {}
                () = self.found.more.notified() => {}
                Some(answer) = questions.join_next() => self.note(answer.ok()),
                () = until(next) => {}
            }
        }
    }

    /// What the tailnet says now; where it says nothing, what was known stays.
    fn hear(&mut self) {
        let Some(status) = self.atlas.status() else { return };
        let candidates = candidates::of_tailnet(&status);
        self.found.learn(|registry| registry.set_tailnet(candidates, Instant::now(), &mut lot));
    }

    async fn ask(&self, questions: &mut JoinSet<Answer>) {
        for (key, place) in self.found.learn(|registry| registry.due(Instant::now())) {
            // Where nobody's certificate can be believed, nobody is asked, and every place is silent.
            let way = self.atlas.way(&place).await;
            let way = way.inspect_err(|why| tracing::warn!("no machine is looked for: {why}")).ok();
            questions.spawn(question(way, key, place));
        }
    }

    fn note(&self, answer: Option<Answer>) {
        let Some((key, said)) = answer else { return };
        if key.0 == FoundBy::Lan && said.is_none() {
            // Where there is no room, it is told the next time.
            let _told = self.silent.try_send(key.clone());
        }
        self.found.learn(|registry| registry.answered(&key, said, Instant::now(), lot()));
    }
}

async fn question(way: Option<Web>, key: Key, place: Place) -> Answer {
    let said = match way {
        Some(way) => ask(&place, &way).await,
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
