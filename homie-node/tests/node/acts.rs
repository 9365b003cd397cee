//! What is done to a session without a channel: asked for, signalled, typed into, ended, renamed; and who may not.

use homie_protocol::code::Code;
use homie_protocol::event::SessionChanged;
use homie_protocol::hello::Role;
use homie_protocol::id::{RequestKey, SessionId};
use homie_protocol::method::Method;
use homie_protocol::methods::session::{
    ExitStatus, Get, GetParams, Input, InputBytes, InputParams, Kill, KillParams, List, ListParams, Rename,
    RenameParams, SessionInfo, SessionSignal, SessionState, Signal, SignalParams, Start, StartParams,
};

use crate::caller::{Caller, shell};
use crate::machine::Machine;

fn input(session: SessionId, bytes: &[u8]) -> InputParams {
    InputParams { session, bytes: InputBytes::new(bytes.to_vec()).unwrap() }
}

fn rename(session: SessionId, name: &str) -> RenameParams {
    RenameParams { session, name: name.to_owned() }
}

fn named(name: &str) -> StartParams {
    StartParams { name: Some(name.to_owned()), ..shell("exec cat") }
}

async fn get(caller: &mut Caller, session: SessionId) -> SessionInfo {
    caller.call::<Get>(&GetParams { session }).await.unwrap().session
}

#[tokio::test]
async fn a_line_is_typed_and_a_signal_sent_without_a_channel() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let script = "trap 'echo caught' INT; read line; echo got:$line; while :; do sleep 0.05; done";
    let session = caller.start(script).await.id;
    caller.call::<Input>(&input(session, b"hello\r")).await.unwrap();
    caller.watch_on(1, session).await;
    caller.until_shown(1, "got:hello").await;
    caller.call::<Signal>(&SignalParams { session, signal: SessionSignal::Int }).await.unwrap();
    caller.until_shown(1, "caught").await;
}

#[tokio::test]
async fn one_wish_types_once() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("stty raw -echo; printf ready; exec cat").await.id;
    caller.watch_on(1, session).await;
    caller.until_shown(1, "ready").await;
    let key = Some(RequestKey::from_bytes([3; 16]));
    for _ in 0..2 {
        let request = caller.ask_with_key::<Input>(&input(session, b"x"), key);
        caller.answer::<Input>(request).await.unwrap();
    }
    caller.call::<Input>(&input(session, b"end")).await.unwrap();
    caller.until_shown(1, "end").await;
    assert_eq!(caller.history.text(1), "readyxend");
}

#[tokio::test]
async fn a_session_is_told_with_its_processes() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let started = caller.start("exec cat").await;
    let info = get(&mut caller, started.id).await;
    let record = machine.record(started.id);
    assert_eq!((info.pid, info.holder_pid), (Some(record.pid), Some(record.holder)));
    assert!(info.last_activity_at >= info.created_at);
    assert_eq!(info, started);
}

#[tokio::test]
async fn a_killed_session_is_exited_with_all_that_ran_in_it() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("setsid sleep 1001 & echo child:$!:; exec sleep 1000").await.id;
    caller.watch_on(1, session).await;
    caller.until_shown(1, "child:").await;
    caller.until(|history| history.text(1).matches(':').count() >= 2).await;
    let child = caller.history.text(1).split(':').nth(1).unwrap().to_owned();
    caller.call::<Kill>(&KillParams { session }).await.unwrap();
    let info = get(&mut caller, session).await;
    assert_eq!((info.state, info.exit), (SessionState::Exited, Some(ExitStatus { code: None, signal: Some(1) })));
    assert_eq!(info.pid, None);
    assert!(!runs(&child));

    // Nothing is left of it, and that is what was asked for.
    caller.call::<Kill>(&KillParams { session }).await.unwrap();
    let refused = caller.call::<Input>(&input(session, b"x")).await.unwrap_err();
    assert_eq!(refused.code, Code::Ended);
    let signal = SignalParams { session, signal: SessionSignal::Term };
    assert_eq!(caller.call::<Signal>(&signal).await.unwrap_err().code, Code::Ended);
}

/// Whether a process runs. One that has ended and waits to be reaped does not.
fn runs(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_new_name_is_told_and_outlives_the_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let (mut caller, mut other) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = caller.start("exec cat").await.id;
    other.call::<List>(&ListParams { subscribe: Some(true), after: None }).await.unwrap();
    let renamed = caller.call::<Rename>(&rename(session, " desk ")).await.unwrap().session;
    assert_eq!(renamed.name, "desk");
    other.until(|history| history.changes().any(|(_, change)| is(change, |session| session.name == "desk"))).await;
    node.stop().await;

    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    assert_eq!(get(&mut caller, session).await.name, "desk");
}

#[tokio::test]
async fn names_are_unique_among_those_that_run() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let first = caller.start("exec cat").await;
    let second = caller.start("exec cat").await;
    assert_eq!((first.name.as_str(), second.name.as_str()), ("sh", "sh-2"));
    let refused = caller.call::<Start>(&named("sh")).await.unwrap_err();
    assert_eq!(refused.code, Code::NameTaken);
    assert!(refused.message.contains("choose another"), "{refused}");
    assert_eq!(caller.call::<Rename>(&rename(second.id, "sh")).await.unwrap_err().code, Code::NameTaken);
    assert_eq!(caller.call::<Rename>(&rename(second.id, "sh-2")).await.unwrap().session.name, "sh-2");
    for bad in ["", "a\nb", &"x".repeat(65)] {
        assert_eq!(caller.call::<Rename>(&rename(second.id, bad)).await.unwrap_err().code, Code::OutOfRange);
    }
    caller.call::<Kill>(&KillParams { session: first.id }).await.unwrap();
    assert_eq!(caller.call::<Start>(&named("sh")).await.unwrap().session.name, "sh");
}

#[tokio::test]
async fn who_only_looks_does_nothing_of_it() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let session = Caller::local(&machine).await.start("exec cat").await.id;
    let key = machine.enrol(Role::Viewer);
    let mut viewer = Caller::device(&machine, &key).await;
    assert_eq!(get(&mut viewer, session).await.id, session);
    refused::<Input>(&mut viewer, &input(session, b"x"), Code::Forbidden).await;
    refused::<Kill>(&mut viewer, &KillParams { session }, Code::Forbidden).await;
    refused::<Rename>(&mut viewer, &rename(session, "mine"), Code::Forbidden).await;
    refused::<Signal>(&mut viewer, &SignalParams { session, signal: SessionSignal::Kill }, Code::Forbidden).await;
    let info = get(&mut viewer, session).await;
    assert_eq!((info.state, info.name.as_str()), (SessionState::Running, "sh"));
}

#[tokio::test]
async fn an_unknown_session_is_not_found_and_an_act_needs_a_key() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = SessionId::from_bytes([9; 16]);
    refused::<Get>(&mut caller, &GetParams { session }, Code::NotFound).await;
    refused::<Input>(&mut caller, &input(session, b"x"), Code::NotFound).await;
    refused::<Kill>(&mut caller, &KillParams { session }, Code::NotFound).await;
    refused::<Rename>(&mut caller, &rename(session, "x"), Code::NotFound).await;
    let signal = SignalParams { session, signal: SessionSignal::Int };
    refused::<Signal>(&mut caller, &signal, Code::NotFound).await;
    let request = caller.ask_with_key::<Kill>(&KillParams { session }, None);
    assert_eq!(caller.answer::<Kill>(request).await.unwrap_err().code, Code::MissingField);
}

#[tokio::test]
async fn a_lost_session_takes_nothing() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&ListParams { subscribe: Some(true), after: None }).await.unwrap();
    let session = caller.start("exec cat").await.id;
    machine.kill_holder(session);
    let is_lost = |session: &SessionInfo| session.state == SessionState::Lost;
    caller.until(|history| history.changes().any(|(_, change)| is(change, is_lost))).await;
    let info = get(&mut caller, session).await;
    assert_eq!((info.pid, info.holder_pid), (None, None));
    refused::<Input>(&mut caller, &input(session, b"x"), Code::Ended).await;
    refused::<Kill>(&mut caller, &KillParams { session }, Code::Ended).await;
    refused::<Rename>(&mut caller, &rename(session, "x"), Code::Ended).await;
}

fn is(change: &SessionChanged, so: impl Fn(&SessionInfo) -> bool) -> bool {
    change.session.as_ref().is_some_and(so)
}

async fn refused<M: Method>(caller: &mut Caller, params: &M::Params, code: Code)
where
    M::Output: std::fmt::Debug,
{
    assert_eq!(caller.call::<M>(params).await.unwrap_err().code, code, "{}", M::ROW.name);
}
