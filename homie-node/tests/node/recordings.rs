//! Recordings: what a session prints, as a file that any player of asciicasts plays.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use homie_node::RecordingLimits;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::{RecordingId, SessionId};
use homie_protocol::methods::session::recording::{
    RecordParams, RecordingInfo, RecordingReadParams, RecordingRemoveParams, RecordingsParams,
};
use homie_protocol::methods::session::{
    Capture, CaptureParams, Get, GetParams, List, ListParams, RecordingList, RecordingRead, RecordingRemove,
    RecordingStart, RecordingStop, Size,
};
use homie_screen::{Effects, Limits, Screen};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::caller::{Caller, size};
use crate::machine::{Machine, PATIENCE};

const SUBSCRIBE: ListParams = ListParams { subscribe: Some(true), after: None };

/// A recording, parsed line by line.
struct Cast {
    head: Value,
    events: Vec<(f64, String, String)>,
}

impl Cast {
    fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.ends_with('\n'), "the last line is not whole: {text:?}");
        let mut lines = text.lines();
        let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        let events: Vec<(f64, String, String)> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(events.windows(2).all(|pair| pair[0].0 <= pair[1].0), "time goes forward");
        assert!(events.iter().all(|(_, kind, _)| ["o", "r", "m"].contains(&kind.as_str())), "nothing of input");
        Self { head, events }
    }

    fn of(&self, kind: &str) -> Vec<&str> {
        self.events.iter().filter(|(_, of, _)| of == kind).map(|(_, _, data)| data.as_str()).collect()
    }

    /// What a terminal shows that plays it.
    fn replayed(&self) -> String {
        let number = |name: &str| u16::try_from(self.head[name].as_u64().unwrap()).unwrap();
        let size = Size::new(number("width"), number("height")).unwrap();
        let mut screen = Screen::new(size, Limits::default());
        for (_, kind, data) in &self.events {
            match kind.as_str() {
                "o" => screen.feed(data.as_bytes(), &mut Effects::default()),
                "r" => {
                    let (cols, rows) = data.split_once('x').unwrap();
                    screen.resize(Size::new(cols.parse().unwrap(), rows.parse().unwrap()).unwrap());
                }
                _ => {}
            }
        }
        screen.text()
    }
}

async fn read(caller: &mut Caller, recording: RecordingId) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let params = RecordingReadParams { recording, from: bytes.len() as u64 };
        let part = caller.call::<RecordingRead>(&params).await.unwrap().bytes;
        if part.is_empty() {
            return bytes;
        }
        bytes.extend_from_slice(&part);
    }
}

/// All that a recording says so far. Its last line may just be being written.
fn said(bytes: &[u8]) -> String {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Cast::parse(&bytes[..whole]).events.into_iter().map(|(_, _, data)| data).collect()
}

/// Reads until the recording holds this text.
async fn until_recorded(caller: &mut Caller, recording: RecordingId, text: &str) {
    let wait = async {
        while !said(&read(caller, recording).await).contains(text) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let is_recorded = timeout(PATIENCE, wait).await.is_ok();
    assert!(is_recorded, "{text:?} is missing: {:?}", said(&read(caller, recording).await));
}

async fn begin(caller: &mut Caller, session: SessionId) -> RecordingInfo {
    caller.call::<RecordingStart>(&RecordParams { session }).await.unwrap().recording
}

async fn stop(caller: &mut Caller, session: SessionId) -> Result<RecordingInfo, Refusal> {
    caller.call::<RecordingStop>(&RecordParams { session }).await.map(|output| output.recording)
}

async fn list(caller: &mut Caller) -> Vec<RecordingInfo> {
    caller.call::<RecordingList>(&RecordingsParams::default()).await.unwrap().recordings
}

async fn text_of(caller: &mut Caller, session: SessionId) -> String {
    let params = CaptureParams { session, scrollback: None, ansi: None, from: None };
    let text = caller.call::<Capture>(&params).await.unwrap().text;
    text.trim_end().to_owned()
}

#[tokio::test]
async fn it_shows_what_the_screen_showed_and_everyone_knows_of_it() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    caller.call::<List>(&SUBSCRIBE).await.unwrap();
    let session =
        caller.start("stty -echo; printf 'before \\342\\202\\254 '; while read word; do echo \"<$word>\"; done").await;
    caller.type_on(1, session.id).await;
    caller.until_shown(1, "before").await;
    assert!(!session.recording);

    let recording = begin(&mut caller, session.id).await;
    assert_eq!((recording.session, &recording.name, recording.ended_at), (session.id, &session.name, None));
    let is_recorded = |change: &homie_protocol::event::SessionChanged, is: bool| {
        change.session.as_ref().is_some_and(|info| info.recording == is && info.viewers == 1)
    };
    caller.until(|history| history.changes().any(|(_, change)| is_recorded(change, true))).await;
    until_recorded(&mut caller, recording.id, "before").await;
    caller.input(1, 0, b"one\r");
    until_recorded(&mut caller, recording.id, "<one>").await;
    caller.resize(session.id, size(60, 12)).await.unwrap();
    until_recorded(&mut caller, recording.id, "60x12").await;
    caller.input(1, 4, "zwei€\r".as_bytes());
    until_recorded(&mut caller, recording.id, "<zwei€>").await;
    assert_eq!(list(&mut caller).await[0].ended_at, None);

    let ended = stop(&mut caller, session.id).await.unwrap();
    assert!(ended.ended_at >= Some(recording.started_at) && !ended.is_full);
    caller.until(|history| history.changes().last().is_some_and(|(_, change)| is_recorded(change, false))).await;
    let bytes = read(&mut caller, recording.id).await;
    assert_eq!((ended.bytes, list(&mut caller).await), (bytes.len() as u64, vec![ended]));
    let cast = Cast::parse(&bytes);
    assert_eq!((&cast.head["version"], &cast.head["title"]), (&2.into(), &session.name.as_str().into()));
    assert_eq!(cast.head["timestamp"], recording.started_at / 1000);
    assert_eq!(cast.replayed(), text_of(&mut caller, session.id).await);
    assert_eq!(cast.replayed(), "before € <one>\n<zwei€>");
    assert_eq!(cast.of("m"), Vec::<&str>::new());
    // What was typed stands there only because the program has said it.
    assert_eq!(bytes.windows(3).filter(|bytes| bytes == b"one").count(), 1);
}

#[tokio::test]
async fn a_flood_is_recorded_whole() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("read go; seq -f 'line é %.0f' 1 60000; echo over; exec cat").await.id;
    let recording = begin(&mut caller, session).await.id;
    caller.type_on(1, session).await;
    caller.input(1, 0, b"go\r");
    until_recorded(&mut caller, recording, "over\r\n").await;
    stop(&mut caller, session).await.unwrap();
    let cast = Cast::parse(&read(&mut caller, recording).await);
    assert_eq!(cast.of("m"), Vec::<&str>::new());
    let all = cast.of("o").concat();
    let numbers: Vec<u32> =
        all.lines().filter_map(|line| line.split_once("line é ")?.1.trim_end().parse().ok()).collect();
    assert_eq!(numbers, (1..=60_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn it_goes_on_after_the_node_was_killed_and_says_what_is_missing() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let folder = tempfile::tempdir().unwrap();
    let (go, done) = (folder.path().join("go"), folder.path().join("done"));
    let script = format!(
        "echo before; until [ -e {} ]; do sleep 0.02; done; seq 1 30; : > {}; exec cat",
        go.display(),
        done.display()
    );
    let session = caller.start(&script).await.id;
    let recording = begin(&mut caller, session).await.id;
    until_recorded(&mut caller, recording, "before").await;
    drop(node);
    caller.until_ended().await;
    // As if it had been killed in the middle of a line.
    let path = machine.state.path().join("recordings").join(format!("{recording}.cast"));
    fs::write(&path, [fs::read(&path).unwrap(), b"[9.5, \"o\", \"half a li".to_vec()].concat()).unwrap();
    fs::write(go, "").unwrap();
    machine.until_exists(&done).await;

    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    assert!(caller.list().await[0].recording);
    assert_eq!(list(&mut caller).await[0].ended_at, None);
    caller.type_on(1, session).await;
    caller.input(1, 0, b"after\r");
    until_recorded(&mut caller, recording, "after\r\nafter").await;
    stop(&mut caller, session).await.unwrap();
    let cast = Cast::parse(&read(&mut caller, recording).await);
    assert_eq!(cast.of("m").len(), 1);
    assert!(!cast.of("o").concat().contains("half a li"));
    assert_eq!(cast.replayed(), text_of(&mut caller, session).await);
    assert!(!caller.call::<Get>(&GetParams { session }).await.unwrap().session.recording);
}

#[tokio::test]
async fn it_ends_with_the_program_and_with_the_holder() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let exits = caller.start("read go; echo goodbye; exit 3").await.id;
    let dies = caller.start("exec cat").await.id;
    let dies_unseen = caller.start("exec cat").await.id;
    for session in [exits, dies, dies_unseen] {
        begin(&mut caller, session).await;
    }
    caller.type_on(1, exits).await;
    caller.input(1, 0, b"go\r");
    machine.kill_holder(dies);
    let ended = |all: &[RecordingInfo], session| {
        all.iter().any(|recording| recording.session == session && recording.ended_at.is_some())
    };
    for session in [exits, dies] {
        let wait = async {
            while !ended(&list(&mut caller).await, session) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, wait).await.expect("it goes on");
    }
    let recording = list(&mut caller).await.into_iter().find(|recording| recording.session == exits).unwrap();
    assert!(Cast::parse(&read(&mut caller, recording.id).await).replayed().ends_with("goodbye"));
    assert_eq!(stop(&mut caller, exits).await.unwrap_err().code, Code::WrongState);
    node.stop().await;
    machine.kill_holder(dies_unseen);

    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    assert!(ended(&list(&mut caller).await, dies_unseen));
    assert!(caller.list().await.iter().all(|info| !info.recording));
}

/// Waits until the list is so.
async fn until_listed(caller: &mut Caller, is_so: impl Fn(&[RecordingInfo]) -> bool) -> Vec<RecordingInfo> {
    let wait = async {
        loop {
            let all = list(caller).await;
            if is_so(&all) {
                return all;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("the list stays as it is")
}

#[tokio::test]
async fn one_that_is_full_ends_and_the_session_goes_on() {
    let machine = Machine::new();
    let limits = RecordingLimits { bytes: 20_000, ..RecordingLimits::default() };
    let _node = machine.node_that_records(limits).await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("stty -echo; read go; seq 1 10000; while read word; do echo \"<$word>\"; done").await.id;
    let recording = begin(&mut caller, session).await.id;
    caller.type_on(1, session).await;
    caller.input(1, 0, b"go\r");
    let all = until_listed(&mut caller, |all| all[0].ended_at.is_some()).await;
    assert!(all[0].is_full && (1..=limits.bytes).contains(&all[0].bytes), "{all:?}");
    let bytes = read(&mut caller, recording).await;
    assert_eq!(bytes.len() as u64, all[0].bytes);
    // What is there is whole: lines from the first on, none missing.
    let cast = Cast::parse(&bytes);
    assert_eq!(cast.of("m"), Vec::<&str>::new());
    caller.input(1, 3, b"alive\r");
    caller.until_shown(1, "<alive>").await;
    assert!(!caller.call::<Get>(&GetParams { session }).await.unwrap().session.recording);
    assert_eq!(stop(&mut caller, session).await.unwrap_err().code, Code::WrongState);
    // Its successor has the same limit, and what was full stays as it is.
    begin(&mut caller, session).await;
    stop(&mut caller, session).await.unwrap();
    assert_eq!(list(&mut caller).await.iter().filter(|recording| recording.is_full).count(), 1);
}

#[tokio::test]
async fn one_that_is_too_old_is_removed_and_one_that_goes_on_is_not() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let (ended, goes_on) = (caller.start("exec cat").await.id, caller.start("exec cat").await.id);
    let old = begin(&mut caller, ended).await.id;
    let going = begin(&mut caller, goes_on).await.id;
    stop(&mut caller, ended).await.unwrap();
    assert_eq!(list(&mut caller).await.len(), 2);
    node.stop().await;
    let limits = RecordingLimits { kept: Duration::ZERO, ..RecordingLimits::default() };
    let _node = machine.node_that_records(limits).await;
    let mut caller = Caller::local(&machine).await;
    let left = until_listed(&mut caller, |all| all.len() == 1).await;
    assert_eq!((left[0].id, left[0].ended_at), (going, None));
    let folder = machine.state.path().join("recordings");
    let names = |id: RecordingId| fs::exists(folder.join(format!("{id}.cast"))).unwrap();
    assert_eq!((names(old), names(going)), (false, true));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    let record = RecordParams { session };
    let words = |refused: Refusal| (refused.code, refused.message);
    let (code, message) = words(stop(&mut caller, session).await.unwrap_err());
    assert!(code == Code::WrongState && message.contains("not being recorded"), "{message}");
    let recording = begin(&mut caller, session).await.id;
    let (code, message) = words(caller.call::<RecordingStart>(&record).await.unwrap_err());
    assert!(code == Code::WrongState && message.contains("already"), "{message}");
    let remove = RecordingRemoveParams { recording };
    let (code, message) = words(caller.call::<RecordingRemove>(&remove).await.unwrap_err());
    assert!(code == Code::WrongState && message.contains("goes on"), "{message}");

    let nobody = SessionId::from_bytes([7; 16]);
    let unknown = RecordParams { session: nobody };
    assert_eq!(caller.call::<RecordingStart>(&unknown).await.unwrap_err().code, Code::NotFound);
    assert_eq!(caller.call::<RecordingStop>(&unknown).await.unwrap_err().code, Code::NotFound);
    let nothing = RecordingId::from_bytes([7; 16]);
    let read = RecordingReadParams { recording: nothing, from: 0 };
    assert_eq!(caller.call::<RecordingRead>(&read).await.unwrap_err().code, Code::NotFound);
    let none = RecordingRemoveParams { recording: nothing };
    assert_eq!(caller.call::<RecordingRemove>(&none).await.unwrap_err().code, Code::NotFound);

    stop(&mut caller, session).await.unwrap();
    let folder = machine.state.path().join("recordings");
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    caller.call::<RecordingRemove>(&remove).await.unwrap();
    assert_eq!((list(&mut caller).await, fs::read_dir(&folder).unwrap().count()), (vec![], 0));
    // A session can be recorded again.
    begin(&mut caller, session).await;
}

#[tokio::test]
async fn a_session_that_is_over_cannot_be_recorded() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exit 0").await.id;
    caller.watch_on(1, session).await;
    caller.until(|history| history.exited(1).is_some()).await;
    let refused = caller.call::<RecordingStart>(&RecordParams { session }).await.unwrap_err();
    assert_eq!(refused.code, Code::Ended);
    assert_eq!(list(&mut caller).await, []);
}
