//! One wish, one shell: also when the node is killed between the act and its answer.

use std::fs;
use std::pin::Pin;
use std::sync::Arc;

use homie_holder::HoldSpec;
use homie_node::SpawnHolder;
use homie_protocol::code::Refusal;
use homie_protocol::hello::Role;
use homie_protocol::id::RequestKey;
use homie_protocol::limits::KEY_KEPT_MS;
use homie_protocol::methods::session::Start;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::caller::{Caller, shell};
use crate::machine::{Machine, PATIENCE, holder};

const KEY: RequestKey = RequestKey::from_bytes([9; 16]);

/// Starts a holder and says so to the test alone: the node is killed before it hears of it.
#[derive(Default)]
struct Silent(Notify);

impl SpawnHolder for Silent {
    fn spawn<'a>(&'a self, spec: &'a HoldSpec) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        Box::pin(async move {
            holder().spawn(spec).await.unwrap();
            self.0.notify_one();
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_node_that_is_killed_before_its_answer_has_started_one_shell() {
    let machine = Machine::new();
    let spawn = Arc::new(Silent::default());
    let node = machine.node_that_spawns(Arc::clone(&spawn) as Arc<dyn SpawnHolder>).await.unwrap();
    let mut caller = Caller::local(&machine).await;
    caller.ask_with_key::<Start>(&shell("exec cat"), Some(KEY));
    timeout(PATIENCE, spawn.0.notified()).await.unwrap();
    drop((caller, node));

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let asked = again.ask_with_key::<Start>(&shell("exec cat"), Some(KEY));
    let session = again.answer::<Start>(asked).await.unwrap().session;
    assert_eq!(again.list().await, std::slice::from_ref(&session));
    // The key is its asker's alone: another key, or another asker's, is another wish.
    assert_ne!(again.start("exec cat").await.id, session.id);
    let key = machine.enrol(Role::Owner);
    let mut device = Caller::device(&machine, &key).await;
    let asked = device.ask_with_key::<Start>(&shell("exec cat"), Some(KEY));
    assert_ne!(device.answer::<Start>(asked).await.unwrap().session.id, session.id);
    assert_eq!(again.list().await.len(), 3);
}

#[tokio::test]
async fn a_wish_is_remembered_for_ten_minutes_from_its_act() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let asked = caller.ask_with_key::<Start>(&shell("exec cat"), Some(KEY));
    let session = caller.answer::<Start>(asked).await.unwrap().session;
    node.stop().await;
    let mut record = machine.record(session.id);
    record.created_at -= KEY_KEPT_MS;
    let path = machine.state.holder(&session.id).join("spec.json");
    fs::write(path, serde_json::to_vec(&record).unwrap()).unwrap();

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let asked = again.ask_with_key::<Start>(&shell("exec cat"), Some(KEY));
    assert_ne!(again.answer::<Start>(asked).await.unwrap().session.id, session.id);
}
