//! Everything the gateway has running, so that a stop ends all of it.

use std::convert::Infallible;

use tokio::sync::{mpsc, watch};

use crate::limits::STOP_TIME;

/// Starts tasks that end when the gateway stops.
#[derive(Clone)]
pub(crate) struct Tasks {
    stopping: watch::Receiver<bool>,
    alive: mpsc::Sender<Infallible>,
}

/// The other end: stops them.
pub(crate) struct Stopper {
    stop: watch::Sender<bool>,
    ended: mpsc::Receiver<Infallible>,
}

/// Tells a task that the gateway stops.
pub(crate) struct Stopping(watch::Receiver<bool>);

/// Both ends.
pub(crate) fn tasks() -> (Tasks, Stopper) {
    let (stop, stopping) = watch::channel(false);
    let (alive, ended) = mpsc::channel(1);
    (Tasks { stopping, alive }, Stopper { stop, ended })
}

impl Tasks {
    /// Starts a task that is dropped where it stands when the gateway stops.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.spawn_polite(|stopping| async {
            tokio::select! {
                () = stopping.wait() => {}
                () = work => {}
            }
        });
    }

    /// Starts a task that ends by itself once it is told.
    pub(crate) fn spawn_polite<W: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Stopping) -> W) {
        let alive = self.alive.clone();
        let work = work(Stopping(self.stopping.clone()));
        tokio::spawn(async move {
            work.await;
            drop(alive);
        });
    }
}

impl Stopping {
    /// Waits until the gateway stops.
    pub(crate) async fn wait(mut self) {
        // An error says that the gateway was dropped without a stop, which ends its tasks just as well.
        let _stopped = self.0.wait_for(|stopping| *stopping).await;
    }
}

impl Stopper {
    /// Tells every task, and waits for the last one; after a while it stops waiting.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_TIME, self.ended.recv()).await.is_err() {
            tracing::warn!("some connections did not end in time; they end with the process");
        }
    }
}
