//! The command on one machine: from the call to the program's end, whatever comes first.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use homie_circuit::client::{AttachOptions, Attachment, Client, State, Viewed};
use homie_protocol::methods::session::{Delivery, ExitStatus, Kill, KillParams, SessionInfo, Start, StartParams};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};

use super::Piece;
use crate::each::{Target, late};
use crate::here::Here;
use crate::outcome::{Failure, Outcome};

/// How long a link may be away before the machine counts as one that does not answer.
const AWAY_FOR: Duration = Duration::from_secs(30);

/// What a machine says.
#[derive(Debug)]
pub(super) enum Said {
    /// More of its output.
    Output(Bytes),
    /// The last there is to say.
    Ended(Ended),
}

/// How it came to its end on one machine.
#[derive(Debug)]
pub(super) enum Ended {
    /// The program has ended by itself.
    Exited(ExitStatus),
    /// It took too long, and was ended.
    TimedOut(Duration),
    /// A person has ended it.
    Stopped,
    /// It could not be started, or the machine was lost.
    Failed(Failure),
}

/// What is to be done on one machine.
pub(super) struct Task {
    pub(super) place: usize,
    pub(super) machine: Target,
    pub(super) params: StartParams,
    pub(super) limit: Option<Duration>,
    pub(super) say: mpsc::Sender<Piece>,
}

/// Why a program is not waited for any longer.
enum Cut {
    Late(Duration),
    Stopped,
}

impl From<Cut> for Ended {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Late(limit) => Self::TimedOut(limit),
            Cut::Stopped => Self::Stopped,
        }
    }
}

impl Task {
    /// Does it when it is this machine's turn.
    pub(super) async fn run(self, turns: Arc<Semaphore>, stopped: watch::Receiver<bool>) {
        let turn = tokio::select! {
            turn = turns.acquire() => turn.ok(),
            () = stop(stopped.clone()) => None,
        };
        let ended = match turn {
            Some(_) => self.begin(stopped).await.unwrap_or_else(Ended::Failed),
            None => Ended::Stopped,
        };
        let _heard = self.say.send((self.place, Said::Ended(ended))).await;
    }

    async fn begin(&self, stopped: watch::Receiver<bool>) -> Outcome<Ended> {
        let cut = cut(self.limit, stopped);
        tokio::pin!(cut);
        let here = tokio::select! {
            here = self.machine.call() => here?,
            cut = &mut cut => return match cut {
                Cut::Late(limit) => Err(late(limit)),
                Cut::Stopped => Ok(Ended::Stopped),
            },
        };
        // From here on it may run there, and whoever is cut short has to end it.
        let (session, attachment) = begun(&here, &self.params).await?;
        tokio::select! {
            ended = self.listen(&attachment) => ended,
            () = lost(&here.client) => Err(Failure::Unreachable(anyhow!(
                "it does not answer any more; the command may go on there, as session {}", session.name
            ))),
            cut = &mut cut => {
                here.ask::<Kill>(&KillParams { session: session.id }).await?;
                Ok(cut.into())
            }
        }
    }

    async fn listen(&self, attachment: &Attachment) -> Outcome<Ended> {
        while let Some(seen) = attachment.next().await {
            match seen {
                Viewed::Output { bytes, .. } => {
                    // Whoever listens no more has ended all of it.
                    let _heard = self.say.send((self.place, Said::Output(bytes))).await;
                }
                Viewed::Gap(_) => return Err(anyhow!("a part of its output was lost").into()),
                Viewed::Exited { status, .. } => return Ok(Ended::Exited(status)),
                Viewed::Detached(refusal) => return Err(refusal.into()),
                _ => {}
            }
        }
        Err(anyhow!("nothing more is heard of it").into())
    }
}

/// Starts the program, and is there for all that it says.
async fn begun(here: &Here, params: &StartParams) -> Outcome<(SessionInfo, Attachment)> {
    let session = here.ask::<Start>(params).await?.session;
    let watching = AttachOptions::watch(session.id);
    let options = AttachOptions { visible: false, delivery: Delivery::Lossless, ..watching };
    let attachment = here.attach(options).await?;
    Ok((session, attachment))
}

/// Waits until it has taken too long, or somebody ends it.
async fn cut(limit: Option<Duration>, stopped: watch::Receiver<bool>) -> Cut {
    let Some(limit) = limit else {
        stop(stopped).await;
        return Cut::Stopped;
    };
    tokio::select! {
        () = sleep(limit) => Cut::Late(limit),
        () = stop(stopped) => Cut::Stopped,
    }
}

/// Waits until somebody ends all of it, if need be for ever.
async fn stop(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|is_stopped| *is_stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until the link has been away for too long.
async fn lost(client: &Client) {
    let mut state = client.state();
    let is_up = |state: &State| matches!(state, State::Up(_));
    loop {
        if state.wait_for(|state| !is_up(state)).await.is_err() {
            return;
        }
        match timeout(AWAY_FOR, state.wait_for(is_up)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
