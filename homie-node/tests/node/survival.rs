//! What a shell survives, and what its viewers are told when it does not.

use homie_protocol::code::Code;
use homie_protocol::event::SessionChanged;
use homie_protocol::id::Offset;
use homie_protocol::methods::session::{Attach, AttachParams, ExitStatus, List, ListParams, SessionState};
use rustix::process::{Signal, kill_process};
use tokio::net::UnixStream;

use crate::caller::{Caller, size, typing, watching};
use crate::machine::{Machine, pid};

const SUBSCRIBE: ListParams = ListParams { subscribe: Some(true), after: None };

#[tokio::test]
async fn a_shell_survives_its_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("word=kept; while read line; do echo $word:$line; done").await;
    let writer = typing(1, session.id);
    caller.call::<Attach>(&writer).await.unwrap();
    caller.resize(session.id, size(111, 11)).await.unwrap();
    caller.input(1, 0, b"one\r");
    caller.until_shown(1, "kept:one\r\n").await;
    let before = caller.list().await;
    let next = caller.history.text(1).len() as u64;

    node.stop().await;
    caller.until_ended().await;
    assert_eq!(caller.history.bye().unwrap().code, Code::GoingAway);

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let after = again.list().await.remove(0);
    assert_eq!((after.id, after.incarnation, after.size), (session.id, session.incarnation, size(111, 11)));
    assert_eq!((after.state, after.viewers, &after.command), (SessionState::Running, 0, &before[0].command));
    let claim = writer
        .writer
        .map(|claim| homie_protocol::methods::session::WriterClaim { sent: Offset::new(4).unwrap(), ..claim });
    let resumed = AttachParams {
        writer: claim,
        from: Offset::new(next),
        incarnation: Some(session.incarnation),
        ..typing(1, session.id)
    };
    let opened = again.call::<Attach>(&resumed).await.unwrap();
    assert_eq!((opened.from.get(), opened.gap), (next, None));
    assert_eq!(opened.input.map(|input| (input.applied.get(), input.contested)), Some((4, false)));
    again.input(1, 4, b"two\r");
    again.until_shown(1, "kept:two\r\n").await;
    assert_eq!(again.history.text(1), "two\r\nkept:two\r\n");
}

#[tokio::test]
async fn a_shell_survives_a_node_that_says_no_word() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    drop(node);
    caller.until_ended().await;
    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    again.type_on(1, session).await;
    again.input(1, 0, b"alive\r");
    again.until_shown(1, "alive").await;
}

#[tokio::test]
async fn one_state_directory_has_one_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let Err(error) = machine.try_node().await else { panic!("a second node has started") };
    assert!(error.to_string().contains("node"), "{error}");
    let mut caller = Caller::local(&machine).await;
    assert_eq!(caller.list().await, []);
    node.stop().await;
    machine.node().await.stop().await;
}

#[tokio::test]
async fn a_holder_that_is_killed_is_told_to_everyone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut viewer, mut other) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let doomed = viewer.start("printf ready; exec cat").await.id;
    let spared = viewer.start("exec cat").await.id;
    viewer.type_on(1, doomed).await;
    viewer.until_shown(1, "ready").await;
    viewer.type_on(3, spared).await;
    other.call::<List>(&SUBSCRIBE).await.unwrap();

    machine.kill_holder(doomed);
    viewer.until(|history| history.detached(1).is_some()).await;
    assert_eq!(viewer.history.detached(1).unwrap().code, Code::Ended);
    other
        .until(|history| {
            history.changes().any(|(_, change)| {
                change.session.as_ref().is_some_and(|info| info.id == doomed && info.state == SessionState::Lost)
            })
        })
        .await;
    viewer.input(1, 0, b"into the void");
    viewer.watch_on(5, doomed).await;
    viewer.until(|history| history.detached(5).is_some_and(|reason| reason.code == Code::Ended)).await;
    viewer.input(3, 0, b"unharmed\r");
    viewer.until_shown(3, "unharmed").await;
}

#[tokio::test]
async fn what_became_of_shells_without_a_node_is_found_out() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let exited = caller.start("exit 5").await.id;
    let kept = caller.start("exit 6").await.id;
    let lost = caller.start("exec cat").await.id;
    for ended in [exited, kept] {
        caller
            .until(|history| {
                history.changes().any(|(_, change)| {
                    change.session.as_ref().is_some_and(|info| info.id == ended && info.state == SessionState::Exited)
                })
            })
            .await;
    }
    node.stop().await;
    machine.kill_holder(exited);
    machine.kill_holder(lost);

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let sessions = again.list().await;
    let state = |id| sessions.iter().find(|info| info.id == id).map(|info| (info.state, info.exit));
    let code = |code| Some(ExitStatus { code: Some(code), signal: None });
    assert_eq!(state(exited), Some((SessionState::Exited, code(5))));
    assert_eq!(state(kept), Some((SessionState::Exited, code(6))));
    assert_eq!(state(lost), Some((SessionState::Lost, None)));
    again.watch_on(1, exited).await;
    again.until(|history| history.exited(1) == code(5)).await;
    again.watch_on(3, kept).await;
    again.until(|history| history.exited(3) == code(6)).await;
}

#[tokio::test]
async fn a_holder_that_stands_still_is_found_again() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    node.stop().await;
    let holder = pid(machine.record(session).holder);
    kill_process(holder, Signal::STOP).unwrap();

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let listed = again.call::<List>(&SUBSCRIBE).await.unwrap().sessions;
    assert_eq!(listed[0].state, SessionState::Lost);
    assert_eq!(again.call::<Attach>(&watching(1, session)).await.unwrap_err().code, Code::Unreachable);
    kill_process(holder, Signal::CONT).unwrap();
    again
        .until(|history| {
            history
                .changes()
                .any(|(_, change)| change.session.as_ref().is_some_and(|info| info.state == SessionState::Running))
        })
        .await;
    again.type_on(3, session).await;
    again.input(3, 0, b"awake\r");
    again.until_shown(3, "awake").await;
}

#[tokio::test]
async fn a_holder_that_is_busy_is_asked_again() {
    let machine = Machine::new();
    let node = machine.node().await;
    let session = Caller::local(&machine).await.start("exec cat").await.id;
    node.stop().await;
    // As many as may wait at its door, and say nothing: what a machine on its knees leaves behind.
    let mut crowd = Vec::new();
    for _ in 0..8 {
        crowd.push(UnixStream::connect(machine.state.holder(&session).join("sock")).await.unwrap());
    }
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let list = caller.call::<List>(&SUBSCRIBE).await.unwrap();
    assert_ne!(list.sessions[0].state, SessionState::Running);
    drop(crowd);
    let is_running = |change: &SessionChanged| change.session.as_ref().unwrap().state == SessionState::Running;
    caller.until(|history| history.changes().any(|(_, change)| is_running(change))).await;
    caller.type_on(1, session).await;
}
