//! The desk in a model: machines come and go, report late and out of turn, are away and back, clocks jump, the gateway starts
//! anew, and clients list in pages, slowly, while all of that goes on. What each client has been told must be what is so.
//!
//! The same seed gives the same runs. `scripts/soak` sets `HOMIE_MODEL_RUNS` and `HOMIE_SEED` to others than usual.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use homie_circuit::{FrameReader, unix};
use homie_protocol::codec;
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::event::{MachineChanged, MeshSessionChanged, Topic};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::MachineKey;
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::machine::{MachineInfo, MachineState, SessionPlace};
use homie_protocol::methods::session::SessionInfo;
use homie_trust::Machine;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use tokio::net::UnixStream;

use super::*;

const MACHINES: u8 = 5;

/// How many sessions a bit stands for: enough that all machines together need several pages.
const OF_A_BIT: u8 = 16;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// The roster has these machines, one bit each, under names with this ending.
    Roster { members: u8, ending: u8 },
    /// A machine tells its sessions, one bit each, as they are for the so-manyth time. It may be no member any more.
    Reports { machine: u8, sessions: u8, time: u8 },
    /// A machine is there, or is not, by a clock that may have jumped.
    Is { machine: u8, is_up: bool, clock: u64 },
    /// A client comes and asks for the first page.
    Comes,
    /// The answer that has waited longest leaves, at a client.
    Leaves { client: usize },
    /// A client goes.
    Goes { client: usize },
    /// Changes are told.
    Tells,
    /// The gateway is killed and starts anew: it knows the roster alone.
    Dies,
}

fn step() -> impl Strategy<Value = Step> {
    let machine = 0..MACHINES;
    let clock = prop_oneof![Just(0), Just(u64::from(u32::MAX)), 1..100_u64];
    prop_oneof![
        2 => (any::<u8>(), 0..3_u8).prop_map(|(members, ending)| Step::Roster { members, ending }),
        8 => (machine.clone(), any::<u8>(), any::<u8>())
            .prop_map(|(machine, sessions, time)| Step::Reports { machine, sessions, time }),
        4 => (machine, any::<bool>(), clock).prop_map(|(machine, is_up, clock)| Step::Is { machine, is_up, clock }),
        2 => Just(Step::Comes),
        8 => (0..4_usize).prop_map(|client| Step::Leaves { client }),
        1 => (0..4_usize).prop_map(|client| Step::Goes { client }),
        4 => Just(Step::Tells),
        1 => Just(Step::Dies),
    ]
}

/// A page that is on its way to a client.
enum Page {
    Machines(MachinesOutput),
    Sessions(MeshSessionsOutput),
}

struct Client {
    asking: Asking,
    reader: FrameReader,
    turns: u64,
    on_the_way: VecDeque<(Turn, Page)>,
    seq: u32,
    machines: BTreeMap<NodeId, MachineInfo>,
    sessions: BTreeMap<SessionPlace, SessionInfo>,
}

impl Client {
    /// Comes, and asks for the first page with a subscription.
    async fn comes(desk: &Arc<Desk>, number: u64) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut circuit = [0; 16];
        circuit[..8].copy_from_slice(&number.to_be_bytes());
        let (_, writer) = unix(ours);
        let (reader, _) = unix(theirs);
        let circuit = CircuitId::from_bytes(circuit);
        let asking = Asking { circuit, writer, turn: Turn::from(0), is_member: true };
        let (machines, sessions) = (BTreeMap::new(), BTreeMap::new());
        let mut client = Self { asking, reader, turns: 0, on_the_way: VecDeque::new(), seq: 0, machines, sessions };
        client.ask_machines(desk, MachinesParams { subscribe: Some(true), after: None }).await;
        client
    }

    fn next_turn(&mut self) -> Turn {
        self.turns += 1;
        self.asking.turn = Turn::from(self.turns);
        self.asking.turn
    }

    async fn ask_machines(&mut self, desk: &Arc<Desk>, params: MachinesParams) {
        let turn = self.next_turn();
        let page = Asked(Arc::clone(desk)).machines(&self.asking, params).await.unwrap();
        self.on_the_way.push_back((turn, Page::Machines(page)));
    }

    async fn ask_sessions(&mut self, desk: &Arc<Desk>, params: MeshSessionsParams) {
        let turn = self.next_turn();
        let page = Asked(Arc::clone(desk)).sessions(&self.asking, params).await.unwrap();
        self.on_the_way.push_back((turn, Page::Sessions(page)));
    }

    /// The answer leaves; what was told before it was heard before it. Then the next page is asked for.
    async fn answered(&mut self, desk: &Arc<Desk>) {
        let Some((turn, page)) = self.on_the_way.pop_front() else { return };
        self.hear().await;
        match page {
            Page::Machines(page) => {
                self.machines.extend(page.machines.into_iter().map(|info| (info.id, info)));
                desk.answered(self.asking.circuit, turn);
                match page.next {
                    Some(next) => self.ask_machines(desk, MachinesParams { subscribe: None, after: Some(next) }).await,
                    None => self.ask_sessions(desk, MeshSessionsParams::default()).await,
                }
            }
            Page::Sessions(page) => {
                let place = |machine, session: &SessionInfo| SessionPlace { machine, session: session.id };
                let told = page.sessions.into_iter();
                self.sessions.extend(told.map(|found| (place(found.machine, &found.session), found.session)));
                desk.answered(self.asking.circuit, turn);
                if let Some(next) = page.next {
                    self.ask_sessions(desk, MeshSessionsParams { after: Some(next) }).await;
                }
            }
        }
    }

    /// Hears all that was said so far; a frame of our own stands behind it.
    async fn hear(&mut self) {
        self.asking.writer.send(Header::PONG, &[]).unwrap();
        loop {
            let frame = self.reader.next().await.unwrap().unwrap();
            if frame.header.kind() == Kind::Pong {
                return;
            }
            let Control::Event(event) = control::decode(&frame.payload, Reading::Answers).unwrap() else { panic!() };
            assert_eq!(event.seq, self.seq + 1, "no number is left out");
            self.seq = event.seq;
            if event.topic == MachineChanged::NAME {
                let MachineChanged { machine, removed } = codec::decode_scanned(event.data).unwrap();
                self.machines.extend(machine.map(|info| (info.id, info)));
                removed.map(|id| self.machines.remove(&id));
            } else {
                let MeshSessionChanged { machine, session, removed } = codec::decode_scanned(event.data).unwrap();
                let place = |session| SessionPlace { machine, session };
                self.sessions.extend(session.map(|session| (place(session.id), session)));
                removed.map(|id| self.sessions.remove(&place(id)));
            }
        }
    }
}

/// What is so: who belongs to the mesh under which name, and what each was last heard to have.
#[derive(Default)]
struct World {
    names: BTreeMap<NodeId, String>,
    up: BTreeMap<NodeId, bool>,
    sessions: BTreeMap<NodeId, BTreeMap<SessionId, SessionInfo>>,
}

struct Model {
    desk: Arc<Desk>,
    roster: Vec<Machine>,
    world: World,
    clients: Vec<Client>,
    came: u64,
}

fn key(machine: u8) -> MachineKey {
    MachineKey([machine + 1; 32])
}

fn member(machine: u8, ending: u8) -> Machine {
    let (name, own_name) = (format!("m{machine}-{ending}"), format!("m{machine}"));
    Machine { key: key(machine), name, own_name, tags: Vec::new(), origins: Vec::new(), is_retired: false }
}

fn id(machine: u8) -> NodeId {
    member(machine, 0).id()
}

/// Two machines may use one id.
fn session(number: u8, time: u8) -> SessionInfo {
    let id = SessionId::from_bytes([number; 16]);
    SessionInfo::begun(id, Incarnation::from_bytes([1; 16]), format!("s{number}-{time}"), 1)
}

impl Model {
    fn new() -> Self {
        let (roster, world, clients) = (Vec::new(), World::default(), Vec::new());
        let mut model = Self { desk: Arc::new(Desk::new(id(0), Found::new())), roster, world, clients, came: 0 };
        model.meet(u8::MAX, 0);
        model
    }

    /// The roster is this one.
    fn meet(&mut self, members: u8, ending: u8) {
        // The gateway's own machine is always there; who is left out was retired, and comes back in no roster but a new one.
        let belongs = |machine: &u8| *machine == 0 || members >> machine & 1 == 1;
        self.roster = (0..MACHINES).filter(belongs).map(|machine| member(machine, ending)).collect();
        self.know_roster();
    }

    fn know_roster(&mut self) {
        let (roster, own) = (&self.roster, id(0));
        self.desk.learn(|table| table.set(roster, own));
        self.world.names = roster.iter().map(|machine| (machine.id(), machine.name.clone())).collect();
        let names = &self.world.names;
        self.world.sessions.retain(|machine, _| names.contains_key(machine));
        self.world.up.retain(|machine, _| names.contains_key(machine));
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Roster { members, ending } => self.meet(members, ending),
            Step::Reports { machine, sessions, time } => {
                let bits = (0..8).filter(|bit| sessions >> bit & 1 == 1);
                let of_bit = |bit: u8| (bit * OF_A_BIT..(bit + 1) * OF_A_BIT).map(|number| session(number, time % 3));
                let told: Vec<_> = bits.flat_map(of_bit).collect();
                self.desk.learn(|table| table.sessions(id(machine), told.iter()));
                if self.world.names.contains_key(&id(machine)) {
                    let known = told.into_iter().map(|session| (session.id, session)).collect();
                    self.world.sessions.insert(id(machine), known);
                }
            }
            Step::Is { machine, is_up, clock } => {
                let state = if is_up { MachineState::Up } else { MachineState::Away };
                let why = (!is_up).then_some("the link was lost");
                self.desk.learn(|table| table.state(id(machine), state, why, clock));
                if self.world.names.contains_key(&id(machine)) {
                    self.world.up.insert(id(machine), is_up);
                }
            }
            Step::Comes => {
                self.came += 1;
                let client = Client::comes(&self.desk, self.came).await;
                self.clients.push(client);
            }
            Step::Leaves { client } => {
                if let Some(client) = self.clients.get_mut(client) {
                    client.answered(&self.desk).await;
                }
            }
            Step::Goes { client } if client < self.clients.len() => {
                self.desk.closed(self.clients.remove(client).asking.circuit);
            }
            Step::Goes { .. } => {}
            Step::Tells => self.desk.state().tell(self.desk.own),
            Step::Dies => {
                self.desk = Arc::new(Desk::new(id(0), Found::new()));
                self.clients.clear();
                (self.world.sessions, self.world.up) = (BTreeMap::new(), BTreeMap::new());
                self.know_roster();
            }
        }
    }

    /// Everything that is on its way arrives, and each client has been told what is so.
    async fn settle(&mut self) {
        for client in &mut self.clients {
            while !client.on_the_way.is_empty() {
                client.answered(&self.desk).await;
            }
        }
        self.desk.state().tell(self.desk.own);
        for client in &mut self.clients {
            client.hear().await;
            self.world.check(client);
        }
    }
}

impl World {
    fn check(&self, client: &Client) {
        let names = |(id, info): (&NodeId, &MachineInfo)| (*id, info.name.clone());
        let told: BTreeMap<_, _> = client.machines.iter().map(names).collect();
        assert_eq!(told, self.names, "who is in the list is who is in the roster, away or not");
        for (machine, info) in &client.machines {
            let is_up = self.up.get(machine).copied();
            let state =
                is_up.map_or(MachineState::Calling, |is_up| if is_up { MachineState::Up } else { MachineState::Away });
            assert_eq!(info.state, state);
        }
        let mut expected = BTreeMap::new();
        for (machine, sessions) in &self.sessions {
            let place = |session| SessionPlace { machine: *machine, session };
            expected.extend(sessions.iter().map(|(session, info)| (place(*session), info.clone())));
        }
        assert_eq!(client.sessions, expected);
        let strangers: BTreeSet<_> = client.sessions.keys().map(|place| place.machine).collect();
        assert!(strangers.iter().all(|machine| self.names.contains_key(machine)));
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().unwrap())
}

#[test]
fn every_client_is_told_what_is_so_without_a_hole_whatever_happens_meanwhile() {
    let (runs, seed) = (setting("HOMIE_MODEL_RUNS", 200), setting("HOMIE_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config =
        ProptestConfig { cases: u32::try_from(runs).unwrap(), failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let played = runner.run(&prop::collection::vec(step(), 1..60), |steps| {
        runtime.block_on(async {
            let mut model = Model::new();
            for step in steps {
                model.step(step).await;
            }
            model.settle().await;
        });
        Ok(())
    });
    played.unwrap();
}
