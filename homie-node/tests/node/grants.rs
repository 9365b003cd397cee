//! What a circuit may do follows the roster while it is open: a revocation ends it, another role holds at once.

use homie_protocol::code::Code;
use homie_protocol::frame::Kind;
use homie_protocol::hello::Role;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Get, GetParams, Input, InputBytes, InputParams, Kill, KillParams};
use homie_trust::{Actor, KeyPair, Roster};

use crate::caller::{Caller, header};
use crate::machine::Machine;

/// Another process' roster of the same machine, as the command has it.
fn roster(machine: &Machine) -> Roster {
    Roster::open(&machine.state, "elsewhere").unwrap()
}

fn by() -> Actor {
    Actor::local("test")
}

async fn operator(machine: &Machine) -> (KeyPair, Caller) {
    let key = machine.enrol(Role::Operator);
    let caller = Caller::device(machine, &key).await;
    (key, caller)
}

async fn types(caller: &mut Caller, session: SessionId) -> Result<(), Code> {
    let bytes = InputBytes::new(b"x".to_vec()).unwrap();
    caller.call::<Input>(&InputParams { session, bytes }).await.map(drop).map_err(|refusal| refusal.code)
}

#[tokio::test]
async fn a_revocation_ends_every_circuit_of_the_device_and_nothing_more_is_typed() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut local = Caller::local(&machine).await;
    let session = local.start("stty raw -echo; printf ready; exec cat").await.id;
    let (key, mut first) = operator(&machine).await;
    let (_, mut untouched) = operator(&machine).await;
    let mut circuits = Vec::new();
    for _ in 0..7 {
        circuits.push(Caller::device(&machine, &key).await);
    }
    first.type_on(1, session).await;
    first.until_shown(1, "ready").await;
    roster(&machine).revoke(key.device_key().id, &by()).unwrap();

    // It goes on typing for as long as its circuit takes anything.
    for typed in 0..32 * 1024 {
        if first.writer.send(header(Kind::Input, 1, typed), b"x").is_err() {
            break;
        }
        if typed % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for circuit in circuits.iter_mut().chain([&mut first]) {
        circuit.until(|history| history.bye().is_some()).await;
        assert_eq!(circuit.history.bye().unwrap().code, Code::DeviceUnknown);
    }
    let again = Caller::over(&machine.state.local_sock(), "local", Some(&key)).await;
    assert_eq!(again.err().unwrap().code, Code::DeviceUnknown);

    // What was on its way when the circuit ended never comes: between two marks of somebody else there is nothing.
    untouched.type_on(1, session).await;
    untouched.input(1, 0, b"<from here>");
    untouched.until_shown(1, "<from here>").await;
    untouched.input(1, 11, b"<to here>");
    untouched.until_shown(1, "<to here>").await;
    assert!(untouched.history.text(1).ends_with("<from here><to here>"));
}

#[tokio::test]
async fn another_role_holds_on_the_open_circuit() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut local = Caller::local(&machine).await;
    let session = local.start("exec cat").await.id;
    let (key, mut caller) = operator(&machine).await;
    caller.type_on(1, session).await;
    caller.input(1, 0, b"allowed\r");
    caller.until_shown(1, "allowed").await;

    roster(&machine).set_role(key.device_key().id, Role::Viewer, &by()).unwrap();
    while types(&mut caller, session).await.is_ok() {}
    assert_eq!(types(&mut caller, session).await, Err(Code::Forbidden));
    assert_eq!(caller.call::<Kill>(&KillParams { session }).await.unwrap_err().code, Code::Forbidden);
    caller.call::<Get>(&GetParams { session }).await.unwrap();
    caller.input(1, 8, b"not any more\r");
    caller.until(|history| history.detached(1).is_some()).await;
    assert_eq!(caller.history.detached(1).unwrap().code, Code::ReadOnly);

    roster(&machine).set_role(key.device_key().id, Role::Operator, &by()).unwrap();
    while types(&mut caller, session).await.is_err() {}
    types(&mut local, session).await.unwrap();
}
