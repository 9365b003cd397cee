//! Keeps the link to one holder for as long as the session is listed: connects, reads, and comes back if the link alone
//! has ended.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use homie_holder::record::SOCKET;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::Changed;
use homie_protocol::id::SessionId;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::connect::{Linked, NoLink, connect};
use super::pump::{Told, pump};
use super::{Link, LostDriver};
use crate::folder;
use crate::over::over;
use crate::registry;
use crate::shared::Shared;

/// The first pause before a link is tried again; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// The longest pause. A stopped holder is found again within it.
const PAUSE_MOST: Duration = Duration::from_secs(10);

/// Keeps the link to one holder.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    session: SessionId,
    folder: PathBuf,
    /// Told once the first attempt has come to something.
    settled: Option<oneshot::Sender<()>>,
    /// Who drove the size when the last link ended.
    lost: Option<LostDriver>,
}

impl Keeper {
    /// Starts to keep a session that is listed. The receiver is told once its state is known.
    pub(crate) fn start(shared: &Arc<Shared>, session: SessionId) -> oneshot::Receiver<()> {
        let (settled_tx, settled_rx) = oneshot::channel();
        let folder = shared.dir.holder(&session);
        let settled = Some(settled_tx);
        let mut keeper = Self { shared: Arc::clone(shared), session, folder, settled, lost: None };
        let task = Arc::clone(shared);
        shared.tasks.spawn(async move {
            tokio::select! {
                () = keeper.keep() => {}
                () = task.tasks.stopping() => {}
            }
        });
        settled_rx
    }

    async fn keep(&mut self) {
        let mut pause = PAUSE;
        loop {
            let begun = Instant::now();
            if self.attempt().await == Next::Nothing {
                return;
            }
            pause = if begun.elapsed() > PAUSE_MOST { PAUSE } else { PAUSE_MOST.min(pause * 2) };
            sleep(pause).await;
            if self.shared.sessions.info(self.session).is_none() {
                folder::put_away(&self.folder).await;
                return;
            }
        }
    }

    async fn attempt(&mut self) -> Next {
        match connect(&self.folder.join(SOCKET), self.shared.epoch).await {
            Ok(linked) if linked.welcome.session == self.session => {
                self.run(linked).await;
                Next::Again
            }
            Ok(linked) => {
                tracing::error!(session = %self.session, found = %linked.welcome.session, "another session's holder");
                self.gone(Next::Nothing).await
            }
            Err(NoLink::Gone) => {
                over(&self.shared, self.session).await;
                settle(&mut self.settled);
                Next::Nothing
            }
            Err(NoLink::Refused(refusal)) if matches!(refusal.code, Code::Displaced | Code::Version) => {
                tracing::warn!(session = %self.session, %refusal, "the holder belongs to a newer node");
                self.gone(Next::Nothing).await
            }
            // A holder that is busy, or was told too little in time, thinks otherwise later.
            Err(NoLink::Refused(refusal) | NoLink::NotNow(refusal)) => {
                tracing::warn!(session = %self.session, %refusal, "the holder does not answer");
                self.gone(Next::Again).await
            }
        }
    }

    async fn run(&mut self, linked: Linked) {
        let Linked { mut reader, writer, welcome } = linked;
        let link = Arc::new(Link::new(writer, welcome.memory, self.lost.take()));
        let told = registry::Told::from(&welcome);
        let up = Up { shared: &self.shared, session: self.session, link: &link };
        self.shared.sessions.linked(self.session, Arc::clone(&link), &told);
        self.shared.recordings.linked(&self.shared, self.session, &link);
        settle(&mut self.settled);
        let reason = pump(&mut reader, &link, &up).await;
        tracing::debug!(session = %self.session, %reason, "the link to a holder has ended");
        link.end(&self.parting(reason).await);
        self.lost = link.lost_driver();
    }

    /// What viewers are told at the end of a link: a holder that is gone is the end for them too, another link is not.
    async fn parting(&self, reason: Refusal) -> Refusal {
        // A process that dies closes its sockets one after the other.
        sleep(PAUSE).await;
        if folder::is_left(&self.folder).await {
            return Refusal::new(Code::Ended, "the session's holder has gone");
        }
        if reason.code.passes() { reason } else { Refusal::new(Code::Unreachable, reason.message) }
    }

    async fn gone(&mut self, next: Next) -> Next {
        let exit = folder::exit(&self.folder).await.map(|exit| exit.status);
        match next {
            Next::Again => self.shared.sessions.silent(self.session, exit),
            Next::Nothing => self.shared.sessions.gone(self.session, exit),
        }
        settle(&mut self.settled);
        next
    }
}

/// Whether the link is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Again,
    Nothing,
}

/// A link that is up. However its reading ends, stopped tasks included, the session is without a link then.
struct Up<'a> {
    shared: &'a Shared,
    session: SessionId,
    link: &'a Link,
}

impl Told for Up<'_> {
    fn changed(&self, changed: Changed) {
        self.shared.sessions.changed(self.session, changed);
    }

    fn viewed(&self, viewers: u32) {
        self.shared.sessions.viewed(self.session, viewers);
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.shared.sessions.unlinked(self.session);
        self.link.end(&Refusal::new(Code::GoingAway, "the link to the session's holder has ended"));
    }
}

fn settle(settled: &mut Option<oneshot::Sender<()>>) {
    if let Some(settled) = settled.take() {
        // Whoever waited may have stopped waiting.
        let _nobody = settled.send(());
    }
}
