//! Somebody who has all machines and sessions told by one gateway: one circuit, one subscription, as the page has it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use homie_circuit::{FrameReader, FrameWriter};
use homie_protocol::codec;
use homie_protocol::control::{self, Control, Empty, Event, Outgoing, Reading};
use homie_protocol::event::{MachineChanged, MeshSessionChanged, Topic};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{ClientKind, Hello, Nonce, Prove, Ready, Side, Transcript, Welcome};
use homie_protocol::id::{Channel, NodeId, Offset};
use homie_protocol::method::Method;
use homie_protocol::methods::machine::{
    MachineInfo, MachineState, Machines, MachinesParams, MeshSessions, MeshSessionsParams, SessionPlace,
};
use homie_protocol::methods::session::SessionInfo;
use homie_protocol::version::SPOKEN;
use homie_trust::{Roster, StateDir, SystemRandom, random_bytes};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::machine::LIMIT;

/// How long it may take until a gateway has called many machines, where all of them share one processor with it.
const ALL_OF_THEM: Duration = LIMIT.saturating_mul(3);

/// What one circuit has been told.
pub struct Follower {
    reader: FrameReader,
    writer: FrameWriter,
    /// The machines.
    pub machines: BTreeMap<NodeId, MachineInfo>,
    /// Their sessions.
    pub sessions: BTreeMap<SessionPlace, SessionInfo>,
    /// What it has asked for so far.
    pub requests: u32,
    seq: u32,
}

impl Follower {
    /// Calls the gateway of this state directory as its own device, and lists everything with a subscription.
    pub async fn begin(state: &StateDir) -> anyhow::Result<Self> {
        let (reader, writer) = homie_circuit::unix(UnixStream::connect(state.gateway_sock()).await?);
        let (machines, sessions) = (BTreeMap::new(), BTreeMap::new());
        let mut follower = Self { reader, writer, machines, sessions, requests: 0, seq: 0 };
        follower.greet(state).await?;
        follower.list().await?;
        Ok(follower)
    }

    /// Looks on until what it was told is so.
    pub async fn until(&mut self, is_right: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let end = Instant::now() + ALL_OF_THEM;
        while !is_right(self) {
            match timeout_at(end, self.hear()).await {
                Ok(heard) => heard?,
                Err(_) => bail!("that is not what is told: {}", self.summary()),
            }
        }
        Ok(())
    }

    /// How many machines are in which state, and one of the reasons, for whoever reads that a test has failed.
    fn summary(&self) -> String {
        let [up, calling, away] =
            [MachineState::Up, MachineState::Calling, MachineState::Away].map(|state| self.in_state(state));
        let why = self.machines.values().find_map(|machine| machine.why.as_deref()).unwrap_or("no reason is given");
        format!("{up} up, {calling} called, {away} away ({why}), {} sessions", self.sessions.len())
    }

    /// The machines in this state.
    pub fn in_state(&self, state: MachineState) -> usize {
        self.machines.values().filter(|machine| machine.state == state).count()
    }

    /// The sessions of a machine.
    pub fn sessions_of(&self, machine: NodeId) -> impl Iterator<Item = &SessionInfo> {
        self.sessions.iter().filter(move |(place, _)| place.machine == machine).map(|(_, session)| session)
    }

    async fn greet(&mut self, state: &StateDir) -> anyhow::Result<()> {
        let key = Roster::own_key(state)?;
        let hello = Hello {
            versions: SPOKEN,
            device: Some(key.device_key()),
            kind: ClientKind::Cli,
            agent: "follower".to_owned(),
            nonce: Nonce(random_bytes(&SystemRandom)?),
            host: "local".to_owned(),
            origin: None,
        };
        self.say(&Outgoing::<Empty>::Hello(&hello))?;
        let welcome = self.welcome().await?;
        let bytes = Transcript::of(&hello, &welcome).bytes(Side::ClientOfGateway);
        self.say(&Outgoing::<Empty>::Prove(&Prove { sig: key.sign(&bytes)?, roster: None }))?;
        self.ready().await.map(drop)
    }

    async fn welcome(&mut self) -> anyhow::Result<Welcome> {
        match control::decode(&self.control().await?, Reading::Greeting)? {
            Control::Welcome(welcome) => Ok(welcome),
            other => bail!("not a welcome: {other:?}"),
        }
    }

    async fn ready(&mut self) -> anyhow::Result<Ready> {
        match control::decode(&self.control().await?, Reading::Greeting)? {
            Control::Ready(ready) => Ok(ready),
            other => bail!("not ready: {other:?}"),
        }
    }

    async fn list(&mut self) -> anyhow::Result<()> {
        let mut params = MachinesParams { subscribe: Some(true), after: None };
        loop {
            let page = self.ask::<Machines>(&params).await?;
            self.machines.extend(page.machines.into_iter().map(|machine| (machine.id, machine)));
            let Some(next) = page.next else { break };
            params = MachinesParams { subscribe: None, after: Some(next) };
        }
        let mut params = MeshSessionsParams::default();
        loop {
            let page = self.ask::<MeshSessions>(&params).await?;
            for found in page.sessions {
                let place = SessionPlace { machine: found.machine, session: found.session.id };
                self.sessions.insert(place, found.session);
            }
            params.after = page.next;
            if params.after.is_none() {
                return Ok(());
            }
        }
    }

    /// Asks, and takes what is told before the answer comes.
    async fn ask<M: Method>(&mut self, params: &M::Params) -> anyhow::Result<M::Output> {
        self.requests += 1;
        self.say(&Outgoing::Request { id: self.requests, method: M::ROW.name, params, key: None })?;
        loop {
            let payload = timeout(LIMIT, self.control()).await.context("no answer")??;
            match control::decode(&payload, Reading::Answers)? {
                Control::Response(response) => return Ok(codec::decode_scanned(response.outcome?)?),
                Control::Event(event) => self.take(event)?,
                other => bail!("neither an answer nor an event: {other:?}"),
            }
        }
    }

    /// Takes what is told next.
    pub async fn hear(&mut self) -> anyhow::Result<()> {
        let payload = self.control().await?;
        match control::decode(&payload, Reading::Answers)? {
            Control::Event(event) => self.take(event),
            other => bail!("not an event: {other:?}"),
        }
    }

    /// Each event has the next number.
    fn take(&mut self, event: Event<'_>) -> anyhow::Result<()> {
        ensure!(event.seq == self.seq + 1, "event {} after {}", event.seq, self.seq);
        self.seq = event.seq;
        if event.topic == MachineChanged::NAME {
            let MachineChanged { machine, removed } = codec::decode_scanned(event.data)?;
            self.machines.extend(machine.map(|machine| (machine.id, machine)));
            removed.and_then(|id| self.machines.remove(&id));
            return Ok(());
        }
        ensure!(event.topic == MeshSessionChanged::NAME, "another topic: {}", event.topic);
        let MeshSessionChanged { machine, session, removed } = codec::decode_scanned(event.data)?;
        let place = |session| SessionPlace { machine, session };
        self.sessions.extend(session.map(|session| (place(session.id), session)));
        removed.and_then(|id| self.sessions.remove(&place(id)));
        Ok(())
    }

    /// The next control frame.
    async fn control(&mut self) -> anyhow::Result<bytes::Bytes> {
        loop {
            let frame = self.reader.next().await?.context("the gateway has hung up")?;
            match frame.header.kind() {
                Kind::Control => return Ok(frame.payload),
                Kind::Ping => self.writer.send(Header::PONG, &frame.payload)?,
                _ => {}
            }
        }
    }

    fn say(&self, message: &Outgoing<'_, impl serde::Serialize>) -> anyhow::Result<()> {
        Ok(self.writer.control(Channel::CIRCUIT, Offset::ZERO, &message.encode()?)?)
    }
}
