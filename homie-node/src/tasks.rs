//! The tasks of a node: told to stop, waited for, and then no longer waited for.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::lock::locked;

/// The tasks of a node.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: Mutex<JoinSet<()>>,
    stopping: watch::Sender<bool>,
}

impl Tasks {
    /// Runs a task that ends by itself, and soon when the node is stopping. A node that is stopping starts nothing.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = locked(&self.running);
        while running.try_join_next().is_some() {}
        if !*self.stopping.borrow() {
            running.spawn(task);
        }
    }

    /// The same of a task that knows of no stop: it is dropped where it stands.
    pub(crate) fn spawn_endless(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut stopping = self.stopping.subscribe();
        self.spawn(async move {
            tokio::select! {
                () = task => {}
                // Without a sender there is no node any more.
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
        });
    }

    /// Returns once the node is stopping.
    pub(crate) async fn stopping(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as we are borrowed.
        let _stopping = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Tells every task to stop, and aborts what has not ended in time.
    pub(crate) async fn stop(&self, bound: Duration) {
        let mut running = self.take();
        let all = async { while running.join_next().await.is_some() {} };
        if timeout(bound, all).await.is_err() {
            tracing::warn!(left = running.len(), "tasks did not stop in time");
        }
        running.shutdown().await;
    }

    /// Stops without waiting.
    pub(crate) fn abort(&self) {
        self.take().abort_all();
    }

    fn take(&self) -> JoinSet<()> {
        let mut running = locked(&self.running);
        self.stopping.send_replace(true);
        std::mem::take(&mut *running)
    }
}
