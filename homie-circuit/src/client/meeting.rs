//! What follows the greeting where this client carries a roster of the machine's mesh: each learns what the other knows
//! more, before anything else is asked. The client does the asking, and later on as well, when there is more to read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{Carry, Role};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::{ENTRIES, ENTRIES_READ, ENTRIES_TOLD, ROSTER_MS};
use homie_protocol::method::Method;
use homie_protocol::methods::mesh::{NamesOutput, ReadParams, RosterNames, RosterRead, RosterTell, TellParams};
use homie_protocol::roster::{EntryHash, RosterOffer};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Client, Config, Up};
use crate::reader::FrameReader;
use crate::writer::FrameWriter;

/// What has become of the greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// It holds.
    AsGreeted,
    /// The machine knows better now what this client may do: it is to be greeted anew.
    Anew,
}

/// Brings both to the same. What is wrong with entries is logged and costs no circuit; an error means that there is none.
pub(super) async fn meet(
    config: &Config,
    reader: &mut FrameReader,
    writer: &FrameWriter,
    up: &Up,
) -> Result<Met, Refusal> {
    let (Some(carried), Some(theirs)) = (config.identity.carried(), up.roster) else { return Ok(Met::AsGreeted) };
    let Ok(ours) = carried.offer() else { return Ok(Met::AsGreeted) };
    if ours.root != theirs.root || ours.head == theirs.head {
        return Ok(Met::AsGreeted);
    }
    let mut talk = Talk { reader, writer, last_id: 0 };
    let met = timeout(Duration::from_millis(ROSTER_MS), exchange(&mut talk, carried, ours, up.ready.role)).await;
    match met.map_err(|_| Refusal::new(Code::Timeout, "the rosters did not come to the same in time"))? {
        Ok(role) if role != up.ready.role => Ok(Met::Anew),
        Ok(_) => Ok(Met::AsGreeted),
        Err(Stop::Refused(refusal)) => {
            tracing::warn!(%refusal, machine = up.name, "the rosters are not the same");
            Ok(Met::AsGreeted)
        }
        Err(Stop::Broken(refusal)) => Err(refusal),
    }
}

/// Takes what the machine knows more than is carried, on a circuit that is up. What is wrong with an entry is logged.
pub(super) async fn catch_up(mut client: &Client, carried: &Arc<dyn Carry>) -> Result<(), Refusal> {
    let taken = async {
        let NamesOutput { root, names } = names(&mut client).await?;
        if root != carried.offer()?.root {
            return Err(Refusal::new(Code::Forbidden, "root: it is of another mesh").into());
        }
        let known: BTreeSet<EntryHash> = carried.entries()?.into_iter().map(|(name, _)| name).collect();
        take(&mut client, carried, &lacking(&names, &known)).await
    };
    match taken.await {
        Ok(()) => Ok(()),
        Err(Stop::Refused(refusal)) => {
            tracing::warn!(%refusal, "the rosters are not the same");
            Ok(())
        }
        Err(Stop::Broken(refusal)) => Err(refusal),
    }
}

/// Takes what the machine knows more, if it tells; then tells what it lacks. Gives what this client may do then.
async fn exchange(
    talk: &mut Talk<'_>,
    carried: Arc<dyn Carry>,
    ours: RosterOffer,
    greeted: Role,
) -> Result<Role, Stop> {
    let known = carried.entries()?;
    let theirs = if greeted > Role::None { names(talk).await?.names } else { Vec::new() };
    let mine: BTreeSet<EntryHash> = known.iter().map(|(name, _)| *name).collect();
    let taken = take(talk, &carried, &lacking(&theirs, &mine)).await;
    let has: BTreeSet<EntryHash> = theirs.into_iter().collect();
    let news: Vec<_> = known.into_iter().filter(|(name, _)| !has.contains(name)).map(|(_, signed)| signed).collect();
    let mut role = greeted;
    for page in news.chunks(ENTRIES_TOLD) {
        let params = TellParams { root: ours.root, entries: page.to_vec() };
        role = talk.ask::<RosterTell>(&params).await?.role;
    }
    // Only now: a machine that tells nonsense is told what is true all the same.
    taken.map(|()| role)
}

/// What the machine has, as many as a roster may have.
async fn names(talk: &mut impl Ask) -> Result<NamesOutput, Stop> {
    let told = talk.ask::<RosterNames>(&Empty {}).await?;
    if told.names.len() > ENTRIES {
        return Err(Refusal::new(Code::TooMany, "names: a roster has at most 1,000 entries").into());
    }
    Ok(told)
}

fn lacking(theirs: &[EntryHash], mine: &BTreeSet<EntryHash>) -> Vec<EntryHash> {
    theirs.iter().copied().filter(|name| !mine.contains(name)).collect()
}

async fn take(talk: &mut impl Ask, carried: &Arc<dyn Carry>, lacking: &[EntryHash]) -> Result<(), Stop> {
    let mut first = None;
    for page in lacking.chunks(ENTRIES_READ) {
        let entries = talk.ask::<RosterRead>(&ReadParams { names: page.to_vec() }).await?.entries;
        let carried = Arc::clone(carried);
        let taken = spawn_blocking(move || carried.take(entries)).await;
        let lost = |_| Refusal::new(Code::Internal, "entries of the roster could not be kept");
        first = first.or(taken.map_err(lost)?.err());
    }
    first.map_or(Ok(()), |refusal| Err(Stop::Refused(refusal)))
}

/// Why an exchange ends early.
enum Stop {
    /// One of the two said no; the circuit goes on.
    Refused(Refusal),
    /// The circuit is over.
    Broken(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Whom requests are put to, one after the other.
trait Ask {
    async fn ask<M: Method>(&mut self, params: &M::Params) -> Result<M::Output, Stop>
    where
        M::Output: 'static;
}

impl Ask for &Client {
    async fn ask<M: Method>(&mut self, params: &M::Params) -> Result<M::Output, Stop>
    where
        M::Output: 'static,
    {
        self.request::<M>(params).await.map_err(Stop::Broken)
    }
}

/// One request after the other, on a circuit on which nothing else is asked yet.
struct Talk<'a> {
    reader: &'a mut FrameReader,
    writer: &'a FrameWriter,
    last_id: u32,
}

impl Ask for Talk<'_> {
    async fn ask<M: Method>(&mut self, params: &M::Params) -> Result<M::Output, Stop>
    where
        M::Output: 'static,
    {
        self.last_id += 1;
        let asked = Outgoing::Request { id: self.last_id, method: M::ROW.name, params, key: None };
        let payload = asked.encode().map_err(Refusal::from)?;
        self.writer.control(Channel::CIRCUIT, Offset::ZERO, &payload).map_err(|closed| Stop::Broken(closed.into()))?;
        let answer = self.answer().await.map_err(Stop::Broken)?;
        let response = match control::decode(&answer, Reading::Answers).map_err(|error| Stop::Broken(error.into()))? {
            Control::Response(response) if response.id == self.last_id => response,
            Control::Bye(refusal) => return Err(Stop::Broken(refusal)),
            _ => return Err(Stop::Broken(out_of_turn())),
        };
        codec::decode_scanned(response.outcome?).map_err(|error| Stop::Broken(error.into()))
    }
}

impl Talk<'_> {
    /// The next control frame.
    async fn answer(&mut self) -> Result<bytes::Bytes, Refusal> {
        loop {
            let lost = || Refusal::new(Code::Unreachable, "the link was lost");
            let frame = self.reader.next().await?.ok_or_else(lost)?;
            match frame.header.kind() {
                Kind::Control if frame.header.channel().is_circuit() => return Ok(frame.payload),
                Kind::Ping => self.writer.send(Header::PONG, &frame.payload)?,
                Kind::Pong => {}
                _ => return Err(out_of_turn()),
            }
        }
    }
}

fn out_of_turn() -> Refusal {
    Refusal::new(Code::UnexpectedFrame, "this was not asked for")
}
