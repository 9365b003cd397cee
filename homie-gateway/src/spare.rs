//! Spares: connections that lie at this gateway, of machines that cannot be dialled. When one of them is needed, its spare
//! becomes that circuit's, and the machine is the server on it (docs/adr/0017).
//!
//! In reading order: `pool` (what lies here, and which ticket is good; pure), `word` (what is said on a spare; pure), `rest` (the
//! pump of one that nobody uses, at both ends), [`offer`] (a machine brings one), [`Spares::take`] (a circuit gets one), `way`
//! (so that it is dialled like any other way). The other end is in `dial_out`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use homie_circuit::client::Line;
use homie_protocol::id::NodeId;
use homie_trust::{SystemRandom, random_bytes};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout};

mod offer;
mod pool;
pub(crate) mod rest;
mod way;
mod word;

pub(crate) use offer::offer;
use pool::{Pool, SpareId, Ticket};
pub(crate) use way::way;
pub(crate) use word::{PATH, PROTOCOL};

/// How long a machine may take to say its ticket back, before the next of its spares is tried.
const SAID_BACK_WITHIN: Duration = Duration::from_secs(2);

/// How long a circuit waits for a spare in all: until three of them were silent.
const PATIENCE: Duration = Duration::from_secs(6);

/// Asks a spare's pump for the connection.
type Handle = oneshot::Sender<oneshot::Sender<Line>>;

/// The spares of a gateway. Clones share them.
#[derive(Clone)]
pub(crate) struct Spares(Arc<Inner>);

struct Inner {
    pool: Mutex<Pool<Handle>>,
    born: Instant,
    /// Counts the spares that have come.
    arrived: watch::Sender<u64>,
    /// Counts the machines that have come to keep some, and those that are gone.
    known: watch::Sender<u64>,
}

impl Spares {
    /// None yet.
    pub(crate) fn new() -> Self {
        let (arrived, known) = (watch::Sender::new(0), watch::Sender::new(0));
        Self(Arc::new(Inner { pool: Mutex::default(), born: Instant::now(), arrived, known }))
    }

    /// Takes a connection with this machine: it has said the ticket back, and waits for a request. One that does not answer is
    /// closed, and the next one tried.
    pub(crate) async fn take(&self, machine: NodeId) -> io::Result<Line> {
        let late = |_| Err(io::Error::other("its connection here does not answer"));
        timeout(PATIENCE, self.take_one(machine)).await.unwrap_or_else(late)
    }

    async fn take_one(&self, machine: NodeId) -> io::Result<Line> {
        let mut arrived = self.0.arrived.subscribe();
        loop {
            arrived.mark_unchanged();
            let ticket = random_bytes(&SystemRandom).map_err(io::Error::other)?;
            let taken = self.pool().take(machine, ticket, self.now()).map_err(io::Error::other)?;
            match taken {
                Some((spare, handle)) => match self.marry(spare, handle, &ticket).await {
                    Some(line) => return Ok(line),
                    None => self.pool().give_up(spare),
                },
                None if self.pool().expects(machine, self.now()) => {
                    // The sender lives as long as this.
                    let _ = arrived.changed().await;
                }
                None => return Err(io::Error::other("it keeps no connection here")),
            }
        }
    }

    /// The connection, if its ticket comes back on it.
    async fn marry(&self, spare: SpareId, handle: Handle, ticket: &Ticket) -> Option<Line> {
        let (give, given) = oneshot::channel();
        handle.send(give).ok()?;
        let asking = async {
            // It has died meanwhile.
            let mut line = given.await.map_err(|_| io::ErrorKind::NotConnected)?;
            let back = rest::exchange(&mut line, ticket).await?;
            Ok::<_, io::Error>((line, back))
        };
        let (line, back) = match timeout(SAID_BACK_WITHIN, asking).await.unwrap_or_else(|late| Err(late.into())) {
            Ok(said) => said,
            Err(error) => {
                tracing::info!("a spare has not said its ticket back: {error}");
                return None;
            }
        };
        let is_good = self.pool().redeem(&back, spare, self.now());
        if !is_good {
            tracing::warn!("a spare has said another ticket than its own");
        }
        is_good.then_some(line)
    }

    /// A spare of this machine has come; what asks for it is told to whoever keeps it.
    fn add(&self, machine: NodeId) -> Result<(SpareId, oneshot::Receiver<oneshot::Sender<Line>>), pool::Full> {
        let (handle, asked) = oneshot::channel();
        let mut pool = self.pool();
        let is_new = !pool.knows(machine);
        // One that had to go for it ends with its handle.
        let (spare, _gone) = pool.add(machine, handle)?;
        drop(pool);
        self.0.arrived.send_modify(|count| *count = count.wrapping_add(1));
        if is_new {
            self.0.known.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok((spare, asked))
    }

    /// Those of machines that are none of the mesh any more are closed.
    pub(crate) fn retain(&self, is_member: impl Fn(NodeId) -> bool) {
        self.pool().retain(is_member);
    }

    /// Whether this machine has kept one here since this gateway began.
    pub(crate) fn knows(&self, machine: NodeId) -> bool {
        self.pool().knows(machine)
    }

    /// Whether one lies here now.
    pub(crate) fn has(&self, machine: NodeId) -> bool {
        self.pool().of(machine) > 0
    }

    /// Tells that one has come.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.0.arrived.subscribe()
    }

    /// Tells that another machine keeps some here.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.0.known.subscribe()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    // Every change is whole before anything that could panic.
    fn pool(&self) -> MutexGuard<'_, Pool<Handle>> {
        self.0.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Spares {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spares").finish_non_exhaustive()
    }
}
