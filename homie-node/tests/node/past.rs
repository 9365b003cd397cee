//! Sessions that are over: what is left of them when their holders are gone, also over a reboot of the machine.

use std::fs;

use homie_protocol::code::Code;
use homie_protocol::event::SessionChanged;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{
    Attach, AttachParams, Capture, CaptureParams, ExitStatus, Hit, Kill, KillParams, List, ListParams, Match, Search,
    SearchParams, SessionInfo, SessionState,
};

use crate::caller::{Caller, typing, watching};
use crate::machine::Machine;

const SUBSCRIBE: ListParams = ListParams { subscribe: Some(true), after: None };

/// Waits until a session's holder is gone and the list says so.
pub(crate) async fn until_gone(caller: &mut Caller, session: SessionId, state: SessionState) {
    let is_it = |change: &SessionChanged| {
        change
            .session
            .as_ref()
            .is_some_and(|info| info.id == session && info.state == state && info.holder_pid.is_none())
    };
    caller.until(|history| history.changes().any(|(_, change)| is_it(change))).await;
}

/// Attaches to a session that is over, and gives what it shows.
async fn shown(caller: &mut Caller, params: &AttachParams) -> String {
    let opened = caller.call::<Attach>(params).await.unwrap();
    assert!(opened.snapshot && opened.gap.is_none() && !opened.drives, "{opened:?}");
    assert_eq!(opened.input.is_some(), params.writer.is_some());
    let channel = params.channel.get();
    caller.until(|history| history.exited(channel).is_some() || history.detached(channel).is_some()).await;
    let (at, screen) = caller.history.painted(channel, opened.size);
    assert_eq!(at, opened.from.get());
    screen.text()
}

async fn text_of(caller: &mut Caller, session: SessionId) -> String {
    let params = CaptureParams { session, scrollback: None, ansi: None, from: None };
    caller.call::<Capture>(&params).await.unwrap().text
}

async fn look_at_what_is_left(caller: &mut Caller, started: &SessionInfo) {
    let status = ExitStatus { code: Some(7), signal: None };
    for params in [watching(1, started.id), typing(3, started.id)] {
        assert_eq!(shown(caller, &params).await, "last words");
        assert_eq!(caller.history.exited(params.channel.get()), Some(status));
    }
    let listed = caller.list().await.remove(0);
    assert_eq!((listed.id, listed.incarnation), (started.id, started.incarnation));
    assert_eq!((&listed.name, &listed.command, &listed.cwd), (&started.name, &started.command, &started.cwd));
    assert_eq!((listed.state, listed.exit), (SessionState::Exited, Some(status)));
    assert_eq!(listed.created_at, started.created_at);
    assert_eq!(listed.face.title.as_deref(), Some("farewell"));
    assert_eq!(listed.face.preview, ["last words"]);
    // The channels are open, and what is said on them is for nobody.
    caller.input(3, 0, b"anyone?\r");
    caller.detach(3).await.unwrap();
    assert_eq!(text_of(caller, started.id).await, "last words\n");
    for session in [None, Some(started.id)] {
        let sought = SearchParams { session, text: "WORDS".to_owned(), ignore_case: Some(true), limit: None };
        let found = caller.call::<Search>(&sought).await.unwrap();
        let at = Match { line: 0, column: 5, text: "last words".to_owned() };
        assert_eq!((found.hits, found.silent), (vec![Hit { session: started.id, at }], Vec::new()));
    }
    assert_eq!(caller.call::<Kill>(&KillParams { session: started.id }).await.unwrap_err().code, Code::Ended);
}

#[tokio::test]
async fn the_last_screen_outlives_the_holder_and_the_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let started = caller.start("printf '\\033]2;farewell\\007last words'; exit 7").await;
    machine.until_written(started.id, "screen").await;
    machine.kill_holder(started.id);
    until_gone(&mut caller, started.id, SessionState::Exited).await;
    machine.until_put_away(started.id).await;
    look_at_what_is_left(&mut Caller::local(&machine).await, &started).await;
    node.stop().await;

    let _node = machine.node().await;
    look_at_what_is_left(&mut Caller::local(&machine).await, &started).await;
}

#[tokio::test]
async fn a_machine_that_went_down_is_told_apart_from_a_holder_that_did() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let lost = caller.start("exec cat").await.id;
    let ended = caller.start("exec cat").await.id;
    let silent = caller.start("exec cat").await.id;
    caller.type_on(1, ended).await;
    caller.input(1, 0, b"before the power cut\r");
    caller.until_shown(1, "cut\r\nbefore the power cut\r\n").await;
    machine.write_last_screen(ended).await;
    node.stop().await;
    for session in [lost, ended, silent] {
        machine.kill_holder(session);
    }
    machine.reboot(ended);
    machine.reboot(silent);

    for _ in 0..2 {
        let node = machine.node().await;
        let mut again = Caller::local(&machine).await;
        let listed = again.list().await;
        let state = |session| listed.iter().find(|info| info.id == session).map(|info| (info.state, info.exit));
        assert_eq!(state(lost), Some((SessionState::Lost, None)));
        assert_eq!(state(ended), Some((SessionState::Ended, None)));
        assert_eq!(state(silent), Some((SessionState::Ended, None)));
        let screen = "before the power cut\nbefore the power cut";
        for params in [watching(1, ended), typing(3, ended)] {
            assert_eq!(shown(&mut again, &params).await, screen);
            let reason = again.history.detached(params.channel.get()).unwrap();
            assert_eq!(reason.code, Code::Ended);
            assert!(reason.message.contains("machine went down"), "{reason}");
        }
        assert_eq!(text_of(&mut again, ended).await, format!("{screen}\n"));
        // Nothing was written down of this one: it is over all the same.
        let opened = again.call::<Attach>(&watching(5, silent)).await.unwrap();
        assert_eq!((opened.snapshot, opened.from.get()), (false, 0));
        again.until(|history| history.detached(5).is_some()).await;
        let params = CaptureParams { session: silent, scrollback: None, ansi: None, from: None };
        assert_eq!(again.call::<Capture>(&params).await.unwrap_err().code, Code::NotFound);
        node.stop().await;
    }
}

#[tokio::test]
async fn the_history_of_a_newer_homie_is_refused_and_left_alone() {
    let machine = Machine::new();
    machine.node().await.stop().await;
    let path = machine.state.path().join("node.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("PRAGMA user_version = 99").unwrap();
    let Err(error) = machine.try_node().await else { panic!("a node has started") };
    assert!(error.to_string().contains("written by a newer Homie"), "{error}");
    assert!(error.to_string().contains("move node.db away"), "{error}");
    let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[tokio::test]
async fn a_history_that_is_damaged_is_put_aside() {
    let machine = Machine::new();
    let node = machine.node().await;
    let session = Caller::local(&machine).await.start("exec cat").await.id;
    node.stop().await;
    let path = machine.state.path().join("node.db");
    fs::write(&path, "this is no database".repeat(1000)).unwrap();

    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    caller.type_on(1, session).await;
    caller.input(1, 0, b"alive\r");
    caller.until_shown(1, "alive").await;
    assert!(machine.state.path().join("node.db.broken").exists());
    machine.kill_holder(session);
    until_gone(&mut caller, session, SessionState::Lost).await;
    machine.until_put_away(session).await;
}

/// As on a disk that is full: nothing can be kept, and everything runs.
#[tokio::test]
async fn without_a_history_sessions_run_and_what_is_over_stays_in_its_folder() {
    let machine = Machine::new();
    let path = machine.state.path().join("node.db");
    fs::create_dir(&path).unwrap();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let session = caller.start("printf ready; exec cat").await.id;
    caller.type_on(1, session).await;
    caller.until_shown(1, "ready").await;
    machine.write_last_screen(session).await;
    machine.kill_holder(session);
    until_gone(&mut caller, session, SessionState::Lost).await;
    caller.watch_on(3, session).await;
    caller.until(|history| history.detached(3).is_some()).await;
    node.stop().await;
    assert!(machine.state.holder(&session).join("screen").exists());

    fs::remove_dir(&path).unwrap();
    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    assert_eq!(again.list().await[0].state, SessionState::Lost);
    assert_eq!(shown(&mut again, &watching(1, session)).await, "ready");
    assert!(!machine.state.holder(&session).exists());
}
