//! N-10 at a node: two starts with one key hear of each other there, and of what others say in their name they hear nothing.

use std::sync::Arc;

use homie_protocol::code::Code;
use homie_protocol::hello::{Role, Signature};
use homie_protocol::id::StartId;
use homie_protocol::methods::start::{MeetOutput, MeetParams, StartMeet, StartSignature};
use homie_trust::{KeyPair, Roster, Start, SystemRandom};

use crate::caller::Caller;
use crate::machine::Machine;

fn start(key: &Arc<KeyPair>) -> Start {
    Start::new(Arc::clone(key), &SystemRandom).unwrap()
}

/// Tells a start, which has signed these.
async fn meet(caller: &mut Caller, start: &Start, others: &[StartId]) -> MeetOutput {
    let signed = others.iter().map(|other| start.sign(*other).unwrap()).collect();
    let said = MeetParams { machine: start.machine(), start: start.id(), signed };
    caller.call::<StartMeet>(&said).await.unwrap()
}

#[tokio::test]
async fn two_starts_with_one_key_learn_of_each_other_and_a_liar_changes_nothing() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let key = Arc::new(KeyPair::generate().unwrap());
    Roster::open(&machine.state, "desk").unwrap().tell_machine(key.machine_key(), "laptop", None).unwrap();
    let mut one = Caller::device(&machine, &machine.enrol(Role::Owner)).await;
    let mut other = Caller::device(&machine, &machine.enrol(Role::Viewer)).await;
    let (first, twin) = (start(&key), start(&key));

    let own = meet(&mut one, &first, &[]).await.own;
    assert_eq!(meet(&mut one, &first, &[own]).await.others, []);
    // Another key, in the machine's name: nobody hears of it.
    let liar = start(&Arc::new(KeyPair::generate().unwrap()));
    let signed = vec![liar.sign(own).unwrap(), liar.sign(first.id()).unwrap()];
    let lie = MeetParams { machine: key.node_id(), start: liar.id(), signed: signed.clone() };
    assert_eq!(other.call::<StartMeet>(&lie).await.unwrap().others, []);
    let signed = vec![StartSignature { start: own, sig: Signature([1; 64]) }];
    other.call::<StartMeet>(&MeetParams { start: twin.id(), signed: signed.clone(), ..lie.clone() }).await.unwrap();
    assert_eq!(meet(&mut one, &first, &[own]).await.others, []);
    // Of no machine of the mesh, and too much at once.
    let nobody = MeetParams { machine: liar.machine(), ..lie.clone() };
    assert_eq!(other.call::<StartMeet>(&nobody).await.unwrap_err().code, Code::NotFound);
    let much = MeetParams { signed: signed.repeat(9), ..lie };
    assert_eq!(other.call::<StartMeet>(&much).await.unwrap_err().code, Code::OutOfRange);

    // The twin hears of the first, signs it, and each is told what the other has signed.
    assert_eq!(meet(&mut other, &twin, &[own]).await.others, [first.id()]);
    assert_eq!(meet(&mut other, &twin, &[own, first.id()]).await.twins, []);
    let heard = meet(&mut one, &first, &[own]).await;
    assert!(heard.others == [twin.id()] && first.is_twin(&heard.signed[0]));
    assert_eq!(meet(&mut one, &first, &[own, twin.id()]).await.twins, [key.node_id()]);
    let heard = meet(&mut other, &twin, &[own]).await;
    assert!(twin.is_twin(&heard.signed[0]) && heard.twins == [key.node_id()]);
}
