//! Lists and what follows them: in order, numbered, never with a hole.

use homie_protocol::code::Code;
use homie_protocol::methods::session::{List, ListParams, SessionInfo, SessionState, Start, StartParams};

use crate::caller::{Caller, size};
use crate::history::{History, Seen};
use crate::machine::Machine;

const SUBSCRIBE: ListParams = ListParams { subscribe: Some(true), after: None };

/// Whether a session was told in this state.
fn told(history: &History, is_it: impl Fn(&SessionInfo) -> bool) -> bool {
    history.changes().any(|(_, change)| change.session.as_ref().is_some_and(&is_it))
}

#[tokio::test]
async fn changes_follow_the_list_and_are_counted_from_one() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut watcher, mut actor) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let old = actor.start("exec cat").await;
    let listed = watcher.call::<List>(&SUBSCRIBE).await.unwrap().sessions;
    assert_eq!(listed, std::slice::from_ref(&old));

    let new = actor.start("read line; exit 4").await;
    actor.type_on(1, new.id).await;
    watcher.until(|history| told(history, |info| info.id == new.id && info.viewers == 1)).await;
    actor.resize(old.id, size(99, 33)).await.unwrap();
    watcher.until(|history| told(history, |info| info.id == old.id && info.size == size(99, 33))).await;
    actor.input(1, 0, b"\r");
    watcher.until(|history| told(history, |info| info.id == new.id && info.state == SessionState::Exited)).await;
    actor.detach(1).await.unwrap();
    watcher
        .until(|history| {
            told(history, |info| info.id == new.id && info.state == SessionState::Exited && info.viewers == 0)
        })
        .await;
    let numbers: Vec<u32> = watcher.history.changes().map(|(seq, _)| seq).collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert!(actor.history.changes().next().is_none());
}

/// Subscribes again and again while viewers come and go: each answer is followed by its own numbers, from 1, and the last
/// state told is the last state there is.
#[tokio::test(flavor = "multi_thread")]
async fn no_change_precedes_the_list_it_changes() {
    const ROUNDS: u32 = 100;
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut watcher, mut actor) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = actor.start("exec cat").await.id;
    let acting = tokio::spawn(async move {
        for channel in (1..ROUNDS * 2).step_by(2) {
            actor.watch_on(channel, session).await;
            actor.detach(channel).await.unwrap();
        }
        actor.resize(session, size(77, 7)).await.unwrap();
        actor
    });
    for _ in 0..ROUNDS {
        let id = watcher.ask::<List>(&SUBSCRIBE);
        watcher.answer::<List>(id).await.unwrap();
    }
    let _actor = acting.await.unwrap();
    let last = watcher.call::<List>(&SUBSCRIBE).await.unwrap().sessions.remove(0);
    if last.size != size(77, 7) {
        watcher.until(|history| told(history, |info| info.size == size(77, 7))).await;
    }
    let mut expected = 0;
    for seen in &watcher.history.0 {
        match seen {
            Seen::Response(..) => expected = 0,
            Seen::Changed(seq, _) => {
                expected += 1;
                assert_eq!(*seq, expected);
            }
            other => panic!("{other:?} was not asked for"),
        }
    }
}

#[tokio::test]
async fn who_does_not_read_is_closed_and_not_skipped() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut deaf, mut actor) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let mut command = vec!["sleep".to_owned(), "1000".to_owned()];
    // Only its length matters: each change of this session is an event of 200 kB.
    command.extend(["0".repeat(100_000), "0".repeat(100_000)]);
    let params = StartParams { command: Some(command), ..StartParams::default() };
    let session = actor.call::<Start>(&params).await.unwrap().session.id;
    deaf.call::<List>(&SUBSCRIBE).await.unwrap();
    for cols in 1..=100 {
        actor.resize(session, size(cols, 9)).await.unwrap();
        // The answer to a list comes after the change was told to everyone, once the holder has told the node.
        while actor.list().await[0].size != size(cols, 9) {}
    }
    deaf.until_ended().await;
    assert_eq!(deaf.history.bye().unwrap().code, Code::SlowReader);
    let numbers: Vec<u32> = deaf.history.changes().map(|(seq, _)| seq).collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(actor.list().await.len(), 1);
}
