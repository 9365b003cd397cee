//! The pump of one machine: calls its node as a device of the mesh, and puts what that tells into the table.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use homie_circuit::client::{Client, Config, State};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::MachineState;
use homie_protocol::methods::presence::PresenceGet;
use homie_trust::Roster;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::desk::Desk;
use super::hear::hear;
use super::share::Share;
use crate::spare::Spares;
use crate::twin::{MEET_EVERY, Meeting, Twin};

/// Until a machine that has refused us for good is asked whether it thinks otherwise now. Ten refusals in ten minutes shut
/// its door to whoever else calls from here.
const REFUSED_AGAIN: Duration = Duration::from_mins(5);

/// Until a machine that the tailnet calls off is called all the same.
const OFF_AGAIN: Duration = Duration::from_mins(1);

/// Until a machine that was at none of its places is called again.
const TURN_AGAIN: Duration = Duration::from_secs(10);

/// Until a machine that has said what no machine says is listened to again.
const NONSENSE_AGAIN: Duration = Duration::from_mins(1);

/// Until a machine is called again at whose door too many greetings of ours have failed: so long it counts them.
const TOO_OFTEN_AGAIN: Duration = Duration::from_mins(10);

/// How long a machine may take to say what it is, or to take what we know.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// How a machine is to be called, as things are.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// So.
    Call {
        /// Tells two ways apart.
        name: String,
        /// Whether the tailnet calls it off.
        is_off: bool,
        /// Whom, and as whom.
        config: Box<Config>,
        /// The same at other places, where it was found.
        others: Vec<Config>,
    },
    /// There is none, and why.
    None(String),
}

impl Way {
    /// Whether there is nothing new in it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Call { name, is_off, .. }, Self::Call { name: other, is_off: was_off, .. }) => {
                name == other && is_off == was_off
            }
            (Self::None(why), Self::None(other)) => why == other,
            _ => false,
        }
    }
}

/// What every machine is followed with.
#[derive(Debug, Clone)]
pub(super) struct Follower {
    pub(super) desk: Arc<Desk>,
    pub(super) roster: Roster,
    /// Tells that the roster is another.
    pub(super) news: watch::Receiver<u64>,
    /// Where machines come by themselves.
    pub(super) spares: Spares,
    /// What finds out whether another machine has this one's key.
    pub(super) twin: Arc<Twin>,
}

impl Follower {
    /// Follows a machine for ever, on the way that is told last.
    pub(super) async fn follow(self, id: NodeId, mut ways: watch::Receiver<Way>) {
        loop {
            let way = ways.borrow_and_update().clone();
            tokio::select! {
                () = self.go(id, way) => {}
                changed = ways.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn go(&self, id: NodeId, way: Way) {
        match way {
            Way::Call { config, others, .. } if !others.is_empty() => self.take_turns(id, *config, others).await,
            Way::Call { config, is_off, .. } => {
                // One that was there all the same is not off.
                let away = |was_up: bool| (is_off && !was_up).then_some(OFF_AGAIN);
                let again = self.call(id, *config, away).await;
                sleep(again).await;
            }
            Way::None(why) => {
                self.away(id, &why);
                std::future::pending::<()>().await;
            }
        }
    }

    /// At one place after another, for ever. One where somebody else answers is left out until there are other places.
    async fn take_turns(&self, id: NodeId, first: Config, mut others: Vec<Config>) {
        loop {
            let again = self.call(id, first.clone(), |_| Some(TURN_AGAIN)).await;
            let mut left = Vec::new();
            for other in others {
                if self.call(id, other.clone(), |_| Some(TURN_AGAIN)).await == TURN_AGAIN {
                    left.push(other);
                }
            }
            others = left;
            sleep(again).await;
        }
    }

    /// Until it is there no more; tells when it is worth a new attempt. If it is only away, the client goes on trying, unless
    /// `away`, which hears whether it was there before, says that it is better done later or elsewhere.
    async fn call(&self, id: NodeId, config: Config, away: impl Fn(bool) -> Option<Duration>) -> Duration {
        let carried = config.identity.carried();
        let client = Client::start(config);
        let (mut state, mut list, mut news) = (client.state(), client.subscribe(), self.news.clone());
        let mut share = Share::new(self.roster.clone());
        let (mut arrivals, mut was_up) = (self.spares.arrivals(), false);
        let (mut meeting, mut meets) = (Meeting::new(&self.twin), interval(MEET_EVERY));
        // Dropped, it hears no more.
        let mut hearing = JoinSet::new();
        meets.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_up = matches!(*state.borrow(), State::Up(_));
            tokio::select! {
                Ok(()) = state.changed() => {
                    let is = state.borrow_and_update().clone();
                    match self.note(id, &is) {
                        MachineState::Up => {
                            was_up = true;
                            self.up(id, &client, &mut share).await;
                            meets.reset_immediately();
                            hearing.shutdown().await;
                            if let Some(carried) = &carried {
                                hearing.spawn(hear(client.clone(), Arc::clone(carried)));
                            }
                        }
                        _ if matches!(is, State::Closed(_)) => return REFUSED_AGAIN,
                        MachineState::Away if is_nonsense(&is) => return NONSENSE_AGAIN,
                        MachineState::Away if is_too_often(&is) => return TOO_OFTEN_AGAIN,
                        MachineState::Away => if let Some(again) = away(was_up) { return again },
                        MachineState::Calling => {}
                    }
                }
                Ok(()) = list.changed() => {
                    let list = list.borrow_and_update();
                    if list.current {
                        self.desk.learn(|table| table.sessions(id, list.sessions.values()));
                    }
                }
                // Whoever brings a connection is there.
                Ok(()) = arrivals.changed(), if !is_up => if self.spares.has(id) { client.wake() },
                _ = meets.tick(), if is_up => within(self.meet(id, &client, &mut meeting)).await,
                Ok(()) = news.changed(), if is_up => within(share.tell(&client)).await,
            }
        }
    }

    /// Writes down how a circuit is.
    fn note(&self, id: NodeId, state: &State) -> MachineState {
        match state {
            State::Connecting => MachineState::Calling,
            State::Up(up) => {
                self.desk.learn(|table| {
                    table.state(id, MachineState::Up, None, now());
                    table.way(id, up.through.as_deref());
                });
                MachineState::Up
            }
            State::Waiting(refusal) | State::Closed(refusal) => {
                self.away(id, &refusal.message);
                MachineState::Away
            }
        }
    }

    fn away(&self, id: NodeId, why: &str) {
        self.desk.learn(|table| table.state(id, MachineState::Away, Some(why), now()));
    }

    /// It is there: it says what it is, and hears what has become known meanwhile.
    async fn up(&self, id: NodeId, client: &Client, share: &mut Share) {
        within(async {
            let said = client.request::<PresenceGet>(&Empty {}).await?;
            self.desk.learn(|table| table.presence(id, said));
            share.tell(client).await
        })
        .await;
    }
}

impl Follower {
    /// Tells the node there this gateway's start. Which machines are two, its own node tells alone.
    async fn meet(&self, id: NodeId, client: &Client, meeting: &mut Meeting) -> Result<(), Refusal> {
        let members = self.roster.members()?;
        let name = members.machine(id).map(|machine| machine.name.clone()).unwrap_or_default();
        let twins = meeting.meet(client, &format!("at {name}")).await?;
        if id == self.twin.machine() {
            self.desk.learn(|table| table.twins(&twins));
        }
        Ok(())
    }
}

/// Whether the circuit has ended over what was said on it, and not over the link or because somebody wanted it.
fn is_nonsense(state: &State) -> bool {
    matches!(state, State::Waiting(refusal) if refusal.code.is_fault())
}

/// Whether it has asked to be left alone.
fn is_too_often(state: &State) -> bool {
    matches!(state, State::Waiting(refusal) if refusal.code == Code::TooOften)
}

/// What fails here costs nothing but itself: the machine is asked again when it comes back.
async fn within(work: impl Future<Output = Result<(), Refusal>>) {
    match timeout(ANSWERED_WITHIN, work).await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => tracing::debug!(%refusal, "a machine of the mesh does not take it"),
        Err(_) => tracing::debug!("a machine of the mesh does not answer"),
    }
}

/// Milliseconds since 1970, for people.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
