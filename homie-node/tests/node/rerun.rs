//! Running again what is over: the same session, born anew.

use std::collections::BTreeMap;
use std::fs;

use homie_protocol::code::Code;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{
    Attach, AttachParams, Kill, KillParams, List, ListParams, Rerun, RerunParams, SessionState, Size, Start,
    StartParams,
};

use crate::caller::{Caller, shell, size, watching};
use crate::machine::Machine;
use crate::past::until_gone;

const SUBSCRIBE: ListParams = ListParams { subscribe: Some(true), after: None };

fn again(session: SessionId) -> RerunParams {
    RerunParams { session, size: Size::default() }
}

#[tokio::test]
async fn after_a_reboot_it_runs_again_where_and_as_it_ran() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    let wish = StartParams {
        name: Some("desk".to_owned()),
        cwd: Some(here.to_str().unwrap().to_owned()),
        env: Some(BTreeMap::from([("WORD".to_owned(), "kept".to_owned())])),
        ..shell("echo $WORD in $PWD; exec cat")
    };
    let before = caller.call::<Start>(&wish).await.unwrap().session;
    caller.watch_on(1, before.id).await;
    caller.until_shown(1, "kept in").await;
    machine.write_last_screen(before.id).await;
    node.stop().await;
    machine.kill_holder(before.id);
    machine.reboot(before.id);

    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    assert_eq!(caller.list().await[0].state, SessionState::Ended);
    let params = RerunParams { session: before.id, size: size(100, 30) };
    let after = caller.call::<Rerun>(&params).await.unwrap().session;
    assert_eq!((after.id, &after.name, after.state), (before.id, &before.name, SessionState::Running));
    assert_eq!((&after.command, &after.cwd, after.size), (&before.command, &before.cwd, size(100, 30)));
    assert_ne!(after.incarnation, before.incarnation);
    assert_eq!(caller.list().await, std::slice::from_ref(&after));
    // Whoever saw the old birth is told of the new one, and of all that it has printed.
    let old = AttachParams {
        incarnation: Some(before.incarnation),
        from: homie_protocol::id::Offset::new(5_000),
        ..watching(1, before.id)
    };
    let opened = caller.call::<Attach>(&old).await.unwrap();
    assert_eq!((opened.incarnation, opened.from.get()), (after.incarnation, 0));
    caller.until_shown(1, &format!("kept in {}\r\n", here.display())).await;
    // It is a session like any other: the next node finds it.
    node.stop().await;
    let _node = machine.node().await;
    let listed = Caller::local(&machine).await.list().await;
    assert_eq!((listed.len(), listed[0].incarnation, listed[0].state), (1, after.incarnation, SessionState::Running));
}

#[tokio::test]
async fn a_program_that_has_ended_runs_again_though_its_holder_is_still_there() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let counter = folder.path().join("births");
    let script = format!("echo born >> {0}; wc -l < {0}; exec cat", counter.display());
    let session = caller.start(&script).await.id;
    for births in 1..=3 {
        let (channel, text) = (births * 2 - 1, format!("{births}\r\n"));
        caller.watch_on(channel, session).await;
        caller.until_shown(channel, &text).await;
        let refused = caller.call::<Rerun>(&again(session)).await.unwrap_err();
        assert_eq!(refused.code, Code::WrongState);
        assert!(refused.message.contains("kill it first"), "{refused}");
        caller.call::<Kill>(&KillParams { session }).await.unwrap();
        caller.until(|history| history.exited(channel).is_some()).await;
        let old = machine.holder_process(session);
        let info = caller.call::<Rerun>(&again(session)).await.unwrap().session;
        assert_eq!((info.state, info.exit), (SessionState::Running, None));
        old.ended().await;
    }
    assert_eq!(fs::read_to_string(counter).unwrap().lines().count(), 4);
}

#[tokio::test]
async fn the_login_shell_is_a_login_shell_again() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    // Not with what a person has put into the files that a login reads: that may take as long as it likes.
    let home = machine.state.path().to_str().unwrap().to_owned();
    let env = BTreeMap::from([("SHELL".to_owned(), "/bin/sh".to_owned()), ("HOME".to_owned(), home)]);
    let wish = StartParams { command: None, env: Some(env), ..shell("") };
    let session = caller.call::<Start>(&wish).await.unwrap().session.id;
    let mut shells = Vec::new();
    for birth in 0..2 {
        let channel = birth * 2 + 1;
        caller.type_on(channel, session).await;
        caller.input(channel, 0, b"echo name:$0: ; exit\r");
        caller.until(|history| history.exited(channel).is_some()).await;
        shells.push(caller.history.text(channel).contains("name:-sh:"));
        if birth == 0 {
            caller.call::<Rerun>(&again(session)).await.unwrap();
        }
    }
    assert_eq!(shells, [true, true]);
}

#[tokio::test]
async fn what_cannot_run_again_says_why_and_stays_as_it_is() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let nobody = SessionId::from_bytes([7; 16]);
    assert_eq!(caller.call::<Rerun>(&again(nobody)).await.unwrap_err().code, Code::NotFound);

    let folder = tempfile::tempdir().unwrap();
    let wish = StartParams { cwd: Some(folder.path().to_str().unwrap().to_owned()), ..shell("printf seen; exec cat") };
    let session = caller.call::<Start>(&wish).await.unwrap().session.id;
    caller.watch_on(1, session).await;
    caller.until_shown(1, "seen").await;
    caller.call::<Kill>(&KillParams { session }).await.unwrap();
    drop(folder);
    let refused = caller.call::<Rerun>(&again(session)).await.unwrap_err();
    assert_eq!(refused.code, Code::StartFailed);
    assert!(refused.message.starts_with("cwd"), "{refused}");
    // Its holder was left alone: the last output can still be read.
    caller.watch_on(3, session).await;
    caller.until_shown(3, "seen").await;
    caller.until(|history| history.exited(3).is_some()).await;
}

#[tokio::test]
async fn a_name_that_another_session_has_by_now_gets_a_number() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let named = StartParams { name: Some("desk".to_owned()), ..shell("exec cat") };
    let first = caller.call::<Start>(&named).await.unwrap().session.id;
    machine.kill_holder(first);
    until_gone(&mut caller, first, SessionState::Lost).await;
    caller.call::<Start>(&named).await.unwrap();
    assert_eq!(caller.call::<Rerun>(&again(first)).await.unwrap().session.name, "desk-2");
}
