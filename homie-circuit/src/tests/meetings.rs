//! The client that carries a roster, against machines that tell the truth about theirs, or do not.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{Empty, Outgoing, Request};
use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Ready, Role, Service};
use homie_protocol::id::DeviceId;
use homie_protocol::limits::ENTRIES;
use homie_protocol::machine::answers::Asker;
use homie_protocol::methods::mesh::{NamesOutput, ReadOutput, TellOutput, TellParams};
use homie_protocol::roster::{EntryHash, RosterHead, RosterOffer, SignedEntry};
use serde::Serialize;
use tokio::net::UnixListener;
use tokio::time::timeout;

use super::PATIENCE;
use super::fake::{Bag, Greeter, Me, OURS, READY, entry, place};
use crate::client::{Client, Config, State, Up};
use crate::{Admission, AnswerBook, Frame, Handler, Turn, greet, serve, unix};

const ROOT: MachineKey = MachineKey([2; 32]);
const OURS_HEAD: RosterOffer = RosterOffer { root: ROOT, head: RosterHead([3; 32]) };
const THEIRS: RosterOffer = RosterOffer { root: ROOT, head: RosterHead([4; 32]) };

/// What a machine answers to each request, in their order; and what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn then(self, answer: impl Serialize) -> Self {
        self.raw(|id| Outgoing::Answer { id, ok: &answer }.encode().unwrap())
    }

    fn refusing(self, code: Code) -> Self {
        let error = Refusal::new(code, "no");
        self.raw(|id| {
            let refused: Outgoing<'_, Empty> = Outgoing::Refused { id, error: &error };
            refused.encode().unwrap()
        })
    }

    /// Requests are numbered from 1 on each circuit, and every script is for one.
    fn raw(self, answer: impl FnOnce(u32) -> Vec<u8>) -> Self {
        let mut answers = self.answers.lock().unwrap();
        let id = u32::try_from(answers.len() + 1).unwrap();
        answers.push_back(answer(id));
        drop(answers);
        self
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Handler for Script {
    async fn request(&self, request: Request<'_>, _: Turn) -> Vec<u8> {
        self.asked.lock().unwrap().push(request.method.to_owned());
        self.answers.lock().unwrap().pop_front().unwrap_or_default()
    }

    fn frame(&self, _: Frame) -> Result<(), Refusal> {
        panic!("no frames here")
    }

    fn closed(&self) {}
}

/// Serves one circuit for each of these roles, one after the other.
fn machine(listener: UnixListener, offered: RosterOffer, roles: Vec<Role>, script: Script) {
    tokio::spawn(async move {
        for role in roles {
            let (mut reader, writer) = unix(listener.accept().await.unwrap().0);
            let mut greeter = Greeter { roster: Some(offered), role, ..Greeter::default() };
            let Ok(ready) = greet(&mut reader, &writer, &mut greeter).await else { continue };
            let admission = Admission {
                ready,
                role: tokio::sync::watch::channel(Role::Owner).1,
                service: Service::Node,
                asker: Asker::User(1000),
                answers: AnswerBook::default(),
            };
            tokio::spawn(serve(reader, writer, admission, Arc::new(script.clone())));
        }
    });
}

struct Met {
    outcome: Result<Up, Refusal>,
    asked: Vec<String>,
    taken: Vec<SignedEntry>,
}

async fn met(offered: RosterOffer, roles: &[Role], script: Script) -> Met {
    let (_folder, path) = place();
    machine(UnixListener::bind(&path).unwrap(), offered, roles.to_vec(), script.clone());
    let bag = Arc::new(Bag { offer: OURS_HEAD, taken: Mutex::default() });
    let device = Some(DeviceKey { id: DeviceId::from_bytes([4; 16]), alg: Algorithm::Ed25519, key: vec![4; 32] });
    let me = Me { device, carried: Some(Arc::clone(&bag)), ..Me::default() };
    let client = timeout(PATIENCE, Client::connect(Config::local(&path, Arc::new(me)))).await.unwrap();
    let outcome = client.map(|client| match &*client.state().borrow() {
        State::Up(up) => up.clone(),
        other => panic!("{other:?}"),
    });
    let taken = bag.taken.lock().unwrap().clone();
    Met { outcome, asked: script.asked(), taken }
}

fn names(names: Vec<EntryHash>) -> NamesOutput {
    NamesOutput { root: ROOT, names }
}

fn told(role: Role) -> TellOutput {
    TellOutput { role }
}

const NAMES: &str = "mesh.roster.names";
const READ: &str = "mesh.roster.read";
const TELL: &str = "mesh.roster.tell";

#[tokio::test]
async fn each_gets_what_it_lacks_and_no_more() {
    let news = EntryHash([9; 32]);
    let script = Script::default()
        .then(names(vec![news]))
        .then(ReadOutput { entries: vec![entry(b"news")] })
        .then(told(Role::Operator));
    let met = met(THEIRS, &[Role::Operator], script).await;
    assert_eq!(met.outcome.unwrap().ready.role, Role::Operator);
    assert_eq!((met.asked, met.taken), (vec![NAMES.into(), READ.into(), TELL.into()], vec![entry(b"news")]));
}

#[tokio::test]
async fn who_has_the_same_or_is_of_another_mesh_is_asked_nothing() {
    let other = RosterOffer { root: MachineKey([7; 32]), ..THEIRS };
    for offered in [OURS_HEAD, other] {
        let met = met(offered, &[Role::Viewer], Script::default()).await;
        assert_eq!((met.outcome.unwrap().ready.role, met.asked), (Role::Viewer, Vec::new()));
    }
}

/// The circuit goes on as it was greeted.
#[tokio::test]
async fn lies_are_left_out_and_the_circuit_goes_on() {
    let many = (0..=ENTRIES).map(|number| EntryHash([u8::try_from(number % 251).unwrap(); 32])).collect();
    let bad = || ReadOutput { entries: vec![entry(b"bad"), entry(b"unasked")] };
    let lies = [
        (Script::default().then(names(many)), vec![NAMES], 0),
        (Script::default().refusing(Code::Forbidden), vec![NAMES], 0),
        (Script::default().then(names(vec![OURS])), vec![NAMES], 0),
        (
            Script::default().then(names(vec![EntryHash([9; 32])])).then(bad()).then(told(Role::Viewer)),
            vec![NAMES, READ, TELL],
            1,
        ),
        (Script::default().then(names(Vec::new())).refusing(Code::Unauthenticated), vec![NAMES, TELL], 0),
    ];
    for (script, asked, taken) in lies {
        let met = met(THEIRS, &[Role::Viewer], script).await;
        assert_eq!(met.outcome.unwrap().ready, Ready { role: Role::Viewer, ..READY });
        assert_eq!((met.asked, met.taken.len()), (asked.into_iter().map(str::to_owned).collect(), taken));
    }
}

#[tokio::test]
async fn what_is_no_answer_ends_the_circuit() {
    let nonsense: [fn(u32) -> Vec<u8>; 3] = [
        |id| Outgoing::Answer { id, ok: &TellParams { root: ROOT, entries: Vec::new() } }.encode().unwrap(),
        |id| Outgoing::Answer { id: id + 7, ok: &names(Vec::new()) }.encode().unwrap(),
        |_| vec![0x93, 1, 2, 3],
    ];
    for answer in nonsense {
        let met = met(THEIRS, &[Role::Viewer], Script::default().raw(answer)).await;
        assert!(met.outcome.is_err());
        assert_eq!(met.asked, [NAMES]);
    }
}

#[tokio::test]
async fn a_machine_that_learns_who_calls_is_greeted_once_more() {
    let script = Script::default().then(told(Role::Operator));
    let met = met(THEIRS, &[Role::None, Role::Operator], script).await;
    assert_eq!(met.asked.first().map(String::as_str), Some(TELL), "a stranger may ask for no names");
    assert_eq!(met.outcome.unwrap().ready.role, Role::Operator);
}

#[tokio::test]
async fn a_machine_that_learns_nothing_sends_away() {
    let met = met(THEIRS, &[Role::None], Script::default().then(told(Role::None))).await;
    assert_eq!((met.outcome.unwrap_err().code, met.asked), (Code::DeviceUnknown, vec![TELL.to_owned()]));
}
