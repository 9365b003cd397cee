//! The pump of the local network: puts what the ear hears before those who ask, and tells it what to announce.

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use homie_protocol::id::NodeId;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;

use super::keeper::Keeper;
use super::lines::{Announced, Door, Heard as Line, Told};
use super::tag;
use crate::find::heard::{Heard, Whom};
use crate::find::hint::Hint;
use crate::find::registry::Key;
use crate::find::{Found, Listener};
use crate::front::Report;
use crate::key_door::interfaces;
use crate::reach::{Address, Atlas};
use crate::tasks::Stopping;

/// What is told of this machine.
pub(crate) struct Own {
    pub(crate) node: NodeId,
    pub(crate) name: String,
    /// Which door to the tailnet is open.
    pub(crate) report: Option<watch::Receiver<Option<Report>>>,
    /// The port of its key door, if others can come to it from here.
    pub(crate) key_door: Option<u16>,
}

/// What it works with.
pub(crate) struct Listening {
    found: Arc<Found>,
    atlas: Atlas,
    own: Own,
    keeper: Keeper,
    heard: Heard,
    /// What its tailnet knows this machine by.
    tag: Option<String>,
    /// What the ear was told to announce.
    announced: Vec<Announced>,
    /// Places where nobody answers as the machine that was heard of.
    silent: mpsc::Receiver<Key>,
    /// Counts the changes of the roster.
    mesh: watch::Receiver<u64>,
}

impl Listening {
    pub(crate) fn new(listener: Listener, own: Own) -> Self {
        let Listener { lan, found, atlas, silent, mesh } = listener;
        let (keeper, heard) = (Keeper::new(lan), Heard::default());
        Self { found, atlas, own, keeper, heard, tag: None, announced: Vec::new(), silent, mesh }
    }

    /// Until the gateway stops.
    pub(crate) async fn run(mut self, stopping: Stopping) {
        let mut stopped = Box::pin(stopping.wait());
        self.look();
        loop {
            self.settle().await;
            let next = [self.heard.next(), self.keeper.next()].into_iter().flatten().min();
            tokio::select! {
                () = &mut stopped => break,
                line = self.keeper.hear() => self.note(line),
                () = self.atlas.tailnet_changed() => self.look(),
                Ok(()) = self.mesh.changed() => self.look(),
                () = changed(&mut self.own.report) => {}
                Some(key) = self.silent.recv() => self.silent(&key).await,
                () = until(next) => self.sweep(),
            }
        }
        self.keeper.stop().await;
    }

    /// There is an ear, if it is time for one, and it announces what is so now.
    async fn settle(&mut self) {
        if self.keeper.start() {
            self.announced.clear();
            self.heard.begin_again(Instant::now());
        }
        let now = self.announcement();
        if now != self.announced {
            self.keeper.tell(&Told::Announce(now.clone())).await;
            self.announced = now;
        }
    }

    /// Each door that is open.
    fn announcement(&self) -> Vec<Announced> {
        let tailnet = self.own.report.as_ref().and_then(|report| port(report.borrow().as_ref()?));
        let tailnet = tailnet.map(|port| (port, Door::Tailnet, self.tag.clone()));
        let doors = tailnet.into_iter().chain(self.own.key_door.map(|port| (port, Door::Key, None)));
        let announced =
            |(port, door, tag)| Announced { name: self.own.name.clone(), node: self.own.node, port, door, tag };
        doors.map(announced).collect()
    }

    /// What tailnet and roster say now.
    fn look(&mut self) {
        let status = self.atlas.status();
        self.tag = status.as_ref().and_then(|status| tag(status, &status.own));
        self.heard.set_whom(Whom::of(self.own.node, status.as_deref(), self.atlas.others()));
        self.tell();
    }

    fn note(&mut self, line: Line) {
        match line {
            Line::There(record) => {
                let hints = Hint::read(&record);
                if hints.iter().any(|hint| hint.node == self.own.node) {
                    self.heard.set_here(interfaces());
                }
                self.heard.moved(&hints, Instant::now());
                let again: Vec<_> = hints.into_iter().filter_map(|hint| self.heard.there(hint)).collect();
                self.tell();
                self.again(again);
            }
            Line::Gone(name) => self.heard.gone(&name, Instant::now()),
            Line::Deaf(why) => self.keeper.end(&why),
        }
    }

    fn sweep(&mut self) {
        let found = Arc::clone(&self.found);
        let asked = self.heard.sweep(Instant::now(), |key| found.answers(key));
        self.tell();
        self.again(asked);
    }

    async fn silent(&mut self, key: &Key) {
        for name in self.heard.silent(key) {
            self.keeper.tell(&Told::Verify(name)).await;
        }
        if self.heard.is_worth_a_new_ear() {
            self.keeper.end("there is room again for who was not heard");
        }
        self.tell();
    }

    fn tell(&mut self) {
        if let Some(candidates) = self.heard.news() {
            self.found.set_heard(candidates);
        }
    }

    fn again(&self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            self.found.ask_again(&key);
        }
    }
}

/// The port of the door, if others can tell whose it is.
fn port(report: &Report) -> Option<u16> {
    let Report::Open(door) = report else { return None };
    door.origin.parse::<Address>().ok()?.port
}

async fn changed(report: &mut Option<watch::Receiver<Option<Report>>>) {
    let is_new = match report {
        Some(report) => report.changed().await.is_ok(),
        None => false,
    };
    if !is_new {
        pending::<()>().await;
    }
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next.into()).await,
        None => pending().await,
    }
}
