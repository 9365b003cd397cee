//! The screen thread as the pump holds it: a channel there, a channel back, and a descriptor that is readable when the
//! thread has said something or is gone.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::Builder;

use rustix::event::{EventfdFlags, eventfd};

use super::worker::{Start, Worker};
use super::{JOBS, Job, Report};

/// Bytes of the thread's stack: the emulator calls nothing deep.
const STACK: usize = 256 * 1024;

pub(super) struct Thread {
    jobs: SyncSender<Job>,
    reports: Receiver<Report>,
    wake: Arc<OwnedFd>,
}

/// What the thread has said.
pub(super) enum Heard {
    Said(Report),
    Nothing,
    /// It is gone.
    Lost,
}

impl Thread {
    pub(super) fn start(start: Start) -> io::Result<Self> {
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        // One answer for each job: neither channel is ever full.
        let (jobs, to_do) = sync_channel(JOBS);
        let (answers, reports) = sync_channel(JOBS);
        let waker = Waker(Arc::clone(&wake));
        Builder::new()
            .name("screen".to_owned())
            .stack_size(STACK)
            .spawn(move || work(&start, &to_do, &answers, &waker))?;
        Ok(Self { jobs, reports, wake })
    }

    pub(super) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    pub(super) fn give(&self, job: Job) {
        // A thread that is gone is noticed when it is heard.
        self.jobs.try_send(job).unwrap_or_default();
    }

    pub(super) fn hear(&self) -> Heard {
        match self.reports.try_recv() {
            Ok(report) => Heard::Said(report),
            Err(TryRecvError::Disconnected) => Heard::Lost,
            Err(TryRecvError::Empty) => {
                // The number in it says nothing more; what is said after this look makes it readable again.
                rustix::io::read(&*self.wake, &mut [0; 8]).unwrap_or_default();
                match self.reports.try_recv() {
                    Ok(report) => Heard::Said(report),
                    Err(TryRecvError::Disconnected) => Heard::Lost,
                    Err(TryRecvError::Empty) => Heard::Nothing,
                }
            }
        }
    }
}

/// Wakes the pump, also when the thread ends.
struct Waker(Arc<OwnedFd>);

impl Waker {
    fn wake(&self) {
        // Full means that the pump has not looked since four billion answers; it is awake.
        rustix::io::write(&*self.0, &1u64.to_ne_bytes()).unwrap_or_default();
    }
}

fn work(start: &Start, to_do: &Receiver<Job>, answers: &SyncSender<Report>, waker: &Waker) {
    let mut worker = Worker::new(start);
    while let Ok(job) = to_do.recv() {
        let report = worker.answer(job);
        if answers.send(report).is_err() {
            return;
        }
        waker.wake();
    }
}
