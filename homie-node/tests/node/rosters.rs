//! Two machines of one mesh that never speak to each other: whoever calls both carries the roster from one to the other.

use std::sync::Arc;

use homie_circuit::client::{Client, Config, State};
use homie_protocol::code::Code;
use homie_protocol::codec;
use homie_protocol::control::Empty;
use homie_protocol::hello::{ClientKind, Role, Signature};
use homie_protocol::limits::ENTRIES_TOLD;
use homie_protocol::methods::mesh::{ReadParams, RosterNames, RosterRead, RosterTell, TellParams};
use homie_protocol::roster::{DeviceEntry, Entry, EntryHash, RosterOffer, SignedEntry, Stem, signed_bytes};
use homie_trust::{Actor, DeviceIdentity, KeyPair, Members, Roster};
use tokio::time::timeout;

use crate::caller::Caller;
use crate::machine::{Machine, PATIENCE};

fn roster(machine: &Machine) -> Roster {
    Roster::open(&machine.state, "elsewhere").unwrap()
}

fn members(machine: &Machine) -> Arc<Members> {
    roster(machine).members().unwrap()
}

pub(crate) fn offer(machine: &Machine) -> RosterOffer {
    members(machine).offer()
}

fn by() -> Actor {
    Actor::local("test")
}

/// Another machine that knows what this one knows now, and nothing that comes later.
fn another_of_the_mesh(first: &Machine) -> Machine {
    roster(first);
    let second = Machine::new();
    std::fs::copy(first.state.path().join("roster"), second.state.path().join("roster")).unwrap();
    second
}

fn signed(machine: &Machine) -> Vec<SignedEntry> {
    members(machine).by_owners().map(|(_, signed)| signed.clone()).collect()
}

/// The circuit of a program that carries the roster of `home` to `machine`.
async fn call(machine: &Machine, key: KeyPair, home: &Machine) -> Client {
    let server = KeyPair::machine(&machine.state).unwrap().machine_key();
    let identity = DeviceIdentity::with_key(key, server).unwrap().carrying(roster(home));
    let client = Client::start(Config::local(machine.state.local_sock(), Arc::new(identity)));
    let mut state = client.state();
    let settled = state.wait_for(|state| !matches!(state, State::Connecting | State::Waiting(_)));
    timeout(PATIENCE, settled).await.unwrap().unwrap();
    client
}

fn role(client: &Client) -> Result<Role, Code> {
    match &*client.state().borrow() {
        State::Up(up) => Ok(up.ready.role),
        State::Closed(refusal) | State::Waiting(refusal) => Err(refusal.code),
        State::Connecting => panic!("it has settled"),
    }
}

async fn told(caller: &mut Caller, machine: &Machine, entries: Vec<SignedEntry>) -> Result<Role, (Code, String)> {
    let params = TellParams { root: offer(machine).root, entries };
    let answer = caller.call::<RosterTell>(&params).await;
    answer.map(|told| told.role).map_err(|refusal| (refusal.code, refusal.message))
}

#[tokio::test]
async fn a_caller_with_the_newer_head_brings_the_revocation() {
    let first = Machine::new();
    let (stolen, laptop) = (first.enrol(Role::Operator), first.enrol(Role::Viewer));
    let second = another_of_the_mesh(&first);
    let _node = second.node().await;
    let mut live = Vec::new();
    for _ in 0..8 {
        live.push(Caller::device(&second, &stolen).await);
    }
    roster(&first).revoke(stolen.device_key().id, &by()).unwrap();
    let mut late = Caller::device(&second, &stolen).await;
    late.call::<RosterNames>(&Empty {}).await.expect("nobody has told the second machine yet");

    let client = call(&second, laptop, &first).await;
    assert_eq!(role(&client), Ok(Role::Viewer));
    assert_eq!(offer(&second), offer(&first));
    for circuit in live.iter_mut().chain([&mut late]) {
        circuit.until(|history| history.bye().is_some()).await;
        assert_eq!(circuit.history.bye().unwrap().code, Code::DeviceUnknown);
    }
    let again = Caller::over(&second.state.local_sock(), "local", Some(&stolen)).await;
    assert_eq!(again.err().unwrap().code, Code::DeviceUnknown);
    // It carries the list in which it was not revoked yet, to no avail.
    let older = RosterOffer { head: Members::none(offer(&first).root).head(), ..offer(&first) };
    assert_eq!(Caller::carrying(&second, &stolen, older).await.err().unwrap().code, Code::DeviceUnknown);
}

#[tokio::test]
async fn what_the_machine_knows_more_is_taken_home() {
    let first = Machine::new();
    let laptop = first.enrol(Role::Operator);
    let second = another_of_the_mesh(&first);
    let late = first.enrol(Role::Viewer);
    let _node = first.node().await;
    let client = call(&first, laptop, &second).await;
    assert_eq!(role(&client), Ok(Role::Operator));
    assert_eq!(offer(&second), offer(&first));
    assert_eq!(members(&second).device(&late.device_key()).unwrap().may(), Role::Viewer);
}

#[tokio::test]
async fn a_device_that_was_enrolled_elsewhere_brings_the_proof_and_is_in() {
    let first = Machine::new();
    let second = another_of_the_mesh(&first);
    let phone = first.enrol(Role::Operator);
    let _node = second.node().await;
    assert_eq!(
        Caller::over(&second.state.local_sock(), "local", Some(&phone)).await.err().unwrap().code,
        Code::DeviceUnknown
    );
    let client = call(&second, phone, &first).await;
    assert_eq!(role(&client), Ok(Role::Operator));
    assert_eq!(offer(&second), offer(&first));
}

#[tokio::test]
async fn many_entries_go_in_pages_both_ways() {
    let first = Machine::new();
    let laptop = first.enrol(Role::Operator);
    let second = another_of_the_mesh(&first);
    for _ in 0..=2 * ENTRIES_TOLD {
        first.enrol(Role::Viewer);
    }
    let node = second.node().await;
    let client = call(&second, laptop, &first).await;
    assert_eq!((role(&client), offer(&second)), (Ok(Role::Operator), offer(&first)));
    drop((client, node));
    let third = Machine::new();
    let root_alone = another_of_the_mesh(&third);
    for _ in 0..205 {
        third.enrol(Role::Viewer);
    }
    let owner = third.enrol(Role::Owner);
    let _node = third.node().await;
    let client = call(&third, owner, &root_alone).await;
    assert_eq!((role(&client), offer(&root_alone)), (Ok(Role::Owner), offer(&third)));
}

#[tokio::test]
async fn a_stranger_with_another_head_is_heard_out_and_sent_away() {
    let machine = Machine::new();
    roster(&machine);
    let _node = machine.node().await;
    let stranger = KeyPair::generate().unwrap();
    let other_mesh = Machine::new();
    let refused = Caller::carrying(&machine, &stranger, offer(&other_mesh)).await;
    assert_eq!(refused.err().unwrap().code, Code::DeviceUnknown, "another mesh's is no news");
    let same = Caller::carrying(&machine, &stranger, offer(&machine)).await;
    assert_eq!(same.err().unwrap().code, Code::DeviceUnknown, "and the same head is none");

    let lie = RosterOffer { head: offer(&other_mesh).head, ..offer(&machine) };
    let mut caller = Caller::carrying(&machine, &stranger, lie).await.unwrap();
    assert_eq!(caller.ready.role, Role::None);
    assert_eq!(caller.call::<RosterNames>(&Empty {}).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(told(&mut caller, &machine, signed(&machine)).await, Ok(Role::None), "known entries make nobody");
    caller.until(|history| history.bye().is_some()).await;
    assert_eq!(caller.history.bye().unwrap().code, Code::DeviceUnknown);
    assert_eq!(role(&call(&machine, stranger, &machine).await), Err(Code::DeviceUnknown));
}

/// Each is refused by its name, and the circuit goes on.
#[tokio::test]
async fn lies_are_refused_one_by_one_and_change_nothing() {
    let machine = Machine::new();
    let key = machine.enrol(Role::Viewer);
    let _node = machine.node().await;
    let before = offer(&machine);
    let mut caller = Caller::device(&machine, &key).await;

    let elsewhere = Machine::new();
    elsewhere.enrol(Role::Owner);
    let strange = signed(&elsewhere);
    let params = TellParams { root: offer(&elsewhere).root, entries: strange.clone() };
    let refused = caller.call::<RosterTell>(&params).await.unwrap_err();
    assert_eq!(refused.code, Code::OutOfRange);
    assert!(refused.message.starts_with("root: another mesh"), "{refused}");

    let mut forged = signed(&machine).pop().unwrap();
    forged.entry.truncate(forged.entry.len() - 1);
    let mut turned = strange.first().unwrap().clone();
    turned.sig = Signature([1; 64]);
    let huge = SignedEntry { entry: vec![0xc4; 5_000], sig: Signature([1; 64]) };
    let lies = [
        (strange.clone(), Code::Unauthenticated, "entries.0: "),
        (vec![turned], Code::Unauthenticated, "entries.0: "),
        ([signed(&machine), vec![forged]].concat(), Code::Malformed, "entries.4: "),
        (vec![by_a_stranger(&machine)], Code::Forbidden, "entries.0: no owner"),
        (vec![huge], Code::TooLarge, "entries.0: "),
        (vec![strange.first().unwrap().clone(); ENTRIES_TOLD + 1], Code::OutOfRange, "entries: at most 50"),
    ];
    for (lie, code, words) in lies {
        let (said, message) = told(&mut caller, &machine, lie).await.unwrap_err();
        assert_eq!(said, code, "{message}");
        assert!(message.starts_with(words), "{message}");
        assert_eq!(offer(&machine), before);
    }
    let names = vec![EntryHash([1; 32]); 201];
    assert_eq!(caller.call::<RosterRead>(&ReadParams { names }).await.unwrap_err().code, Code::OutOfRange);
    let unknown = ReadParams { names: vec![EntryHash([1; 32])] };
    assert_eq!(caller.call::<RosterRead>(&unknown).await.unwrap().entries, []);
    assert_eq!(told(&mut caller, &machine, signed(&machine)).await, Ok(Role::Viewer), "what is known is no lie");
}

/// An older head, and all the entries there were then: the union is what it was.
#[tokio::test]
async fn an_older_roster_brings_nobody_back() {
    let first = Machine::new();
    let (laptop, stolen) = (first.enrol(Role::Operator), first.enrol(Role::Owner));
    let old = another_of_the_mesh(&first);
    roster(&first).revoke(stolen.device_key().id, &by()).unwrap();
    let _node = first.node().await;
    let now = offer(&first);
    let mut caller = Caller::carrying(&first, &laptop, offer(&old)).await.unwrap();
    assert_eq!(told(&mut caller, &first, signed(&old)).await, Ok(Role::Operator));
    assert_eq!(offer(&first), now);
    assert_eq!(members(&first).device(&stolen.device_key()).unwrap().may(), Role::None);
}

/// A good entry between bad ones is taken.
#[tokio::test]
async fn the_good_among_bad_ones_is_taken() {
    let first = Machine::new();
    let laptop = first.enrol(Role::Viewer);
    let second = another_of_the_mesh(&first);
    let late = first.enrol(Role::Operator);
    let _node = second.node().await;
    let mut caller = Caller::device(&second, &laptop).await;
    let news = signed(&first).pop().unwrap();
    let entries = vec![by_a_stranger(&second), news, by_a_stranger(&second)];
    assert_eq!(told(&mut caller, &second, entries).await.unwrap_err().0, Code::Forbidden);
    assert_eq!(offer(&second), offer(&first));
    assert_eq!(members(&second).device(&late.device_key()).unwrap().may(), Role::Operator);
}

/// Somebody makes itself an owner, with a signature that is its own.
fn by_a_stranger(machine: &Machine) -> SignedEntry {
    let own = KeyPair::generate().unwrap();
    let after = members(machine).by_owners().last().map(|(name, _)| name);
    let stem = Stem { after: after.into_iter().collect(), by: own.device_key(), at: 0 };
    let entry = Entry::Device(DeviceEntry {
        stem,
        key: own.device_key(),
        name: "me".to_owned(),
        role: Role::Owner,
        ceiling: None,
        kind: ClientKind::Cli,
        platform: None,
    });
    let entry = codec::encode(&entry).unwrap();
    let sig = own.sign(&signed_bytes(&offer(machine).root, &entry)).unwrap();
    SignedEntry { entry, sig }
}

#[tokio::test]
async fn a_viewer_reads_all_that_owners_signed() {
    let machine = Machine::new();
    let key = machine.enrol(Role::Viewer);
    let _node = machine.node().await;
    let mut caller = Caller::device(&machine, &key).await;
    let names = caller.call::<RosterNames>(&Empty {}).await.unwrap();
    assert_eq!(names.root, offer(&machine).root);
    let read = caller.call::<RosterRead>(&ReadParams { names: names.names }).await.unwrap();
    assert_eq!(read.entries, signed(&machine));
}
