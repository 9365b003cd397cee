//! Sessions that are over, kept in a database of this machine. Holders are the truth about what runs, this is history.
//!
//! One thread alone speaks to the database: the runtime never waits for a disk. Whoever wants something puts a job into its
//! queue; a queue that is full (a disk that stands still) refuses, in words. Without a database (a full disk) sessions
//! start and run as ever, and the log says what is not kept.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::SessionId;
use homie_trust::StateDir;
use tokio::sync::oneshot;

mod error;
mod past;
mod preview;
mod rows;
mod schema;
mod store;

pub(crate) use error::StoreError;
pub(crate) use past::Past;
pub(crate) use preview::face_of;
use store::Store;

/// Jobs that wait. Each is an end of a session or a look at one; a disk that lets more pile up has stopped.
const JOBS: usize = 256;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The way to the database. Dropped, what waits is still done.
#[derive(Debug)]
pub(crate) struct History {
    jobs: SyncSender<Job>,
}

/// What a job will say.
pub(crate) type Kept<T> = oneshot::Receiver<Result<T, StoreError>>;

impl History {
    /// Opens the database, waiting for the disk. Only one of a newer version is an error: everything else is tried again
    /// with each job.
    pub(crate) fn open(dir: StateDir) -> Result<Self, StoreError> {
        let store = Store::open(dir)?;
        let (jobs_tx, jobs_rx) = mpsc::sync_channel(JOBS);
        let started = thread::Builder::new().name("history".to_owned()).spawn(move || work(store, &jobs_rx));
        if let Err(error) = started {
            tracing::error!(%error, "there is no thread for the history: nothing is kept");
        }
        Ok(Self { jobs: jobs_tx })
    }

    /// Keeps a session that is over. The row is written in the order of the calls.
    pub(crate) fn keep(&self, past: Past) -> Result<Kept<()>, Refusal> {
        self.ask(move |store| store.keep(&past))
    }

    /// The newest that ended after `since`, without their screens. Older ones are forgotten.
    pub(crate) async fn newest(&self, most: usize, since: u64) -> Result<Vec<Past>, Refusal> {
        answered(self.ask(move |store| store.newest(most, since))?).await
    }

    /// One of them, with its last screen.
    pub(crate) async fn one(&self, session: SessionId) -> Result<Option<Past>, Refusal> {
        answered(self.ask(move |store| store.one(session))?).await
    }

    /// Forgets sessions for good.
    pub(crate) fn forget(&self, sessions: Vec<SessionId>) -> Result<Kept<()>, Refusal> {
        self.ask(move |store| store.forget(&sessions))
    }

    /// Does what waits, and closes the database.
    pub(crate) async fn close(&self) {
        let closed = async { answered(self.ask(Store::close)?).await };
        if let Err(refusal) = closed.await {
            tracing::warn!(%refusal, "the history could not be closed; it is whole all the same");
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Kept<T>, Refusal> {
        let (answer_tx, answer_rx) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Whoever asked may have stopped waiting.
            let _nobody = answer_tx.send(act(store));
        });
        let full = |_| Refusal::new(Code::Busy, "session: the history's disk does not keep up; try again");
        self.jobs.try_send(job).map_err(full)?;
        Ok(answer_rx)
    }
}

/// Waits for what a job says.
pub(crate) async fn answered<T>(kept: Kept<T>) -> Result<T, Refusal> {
    match kept.await {
        Ok(outcome) => outcome.map_err(|error| Refusal::new(Code::Internal, error.to_string())),
        Err(_) => Err(Refusal::new(Code::GoingAway, "session: the node is stopping")),
    }
}

fn work(mut store: Store, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job(&mut store);
    }
}
