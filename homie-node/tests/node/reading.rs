//! What is read of sessions without looking at them, what lists show of them, and the screens that viewers are sent.

use homie_protocol::code::Code;
use homie_protocol::frame::{Flags, Kind};
use homie_protocol::id::{Channel, SessionId};
use homie_protocol::methods::session::{
    Attach, AttachParams, AttentionKind, Capture, CaptureParams, Delivery, List, ListParams, Search, SearchOutput,
    SearchParams, SessionInfo, Snapshot, SnapshotParams,
};
use rustix::process::{Signal, kill_process};

use crate::caller::{Caller, header, size, typing, watching};
use crate::history::{History, Seen};
use crate::machine::{Machine, pid};

fn seek(text: &str, session: Option<SessionId>) -> SearchParams {
    SearchParams { session, text: text.to_owned(), ignore_case: None, limit: None }
}

fn lines(output: &SearchOutput, session: SessionId) -> Vec<&str> {
    output.hits.iter().filter(|hit| hit.session == session).map(|hit| hit.at.text.as_str()).collect()
}

/// Starts a session and waits until it has printed everything.
async fn printed(caller: &mut Caller, channel: u32, script: &str) -> SessionId {
    let session = caller.start(&format!("{script}; printf THE-END; exec cat")).await.id;
    caller.watch_on(channel, session).await;
    caller.until_shown(channel, "THE-END").await;
    session
}

#[tokio::test]
async fn a_text_is_found_in_one_session_and_in_all() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let one = printed(&mut caller, 1, "echo needle first; seq 1 500; echo Needle last").await;
    let two = printed(&mut caller, 3, "echo another needle").await;
    let three = printed(&mut caller, 5, "echo nothing here").await;

    let all = caller.call::<Search>(&seek("needle", None)).await.unwrap();
    assert_eq!((lines(&all, one), lines(&all, two)), (vec!["needle first"], vec!["another needle"]));
    assert_eq!((lines(&all, three).len(), all.silent.len()), (0, 0));
    let hit = all.hits.iter().find(|hit| hit.session == two).unwrap();
    assert_eq!((hit.at.line, hit.at.column), (0, 8));

    let loose = SearchParams { ignore_case: Some(true), ..seek("NEEDLE", Some(one)) };
    let both = caller.call::<Search>(&loose).await.unwrap();
    assert_eq!(lines(&both, one), ["Needle last", "needle first"]);
    assert_eq!(both.hits.len(), 2);
    let limited = caller.call::<Search>(&SearchParams { limit: Some(1), ..loose }).await.unwrap();
    assert_eq!(lines(&limited, one), ["Needle last"]);
    assert_eq!(caller.call::<Search>(&seek("1", Some(one))).await.unwrap().hits.len(), 50);
}

#[tokio::test]
async fn a_session_that_does_not_answer_is_named_and_keeps_nobody() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let awake = printed(&mut caller, 1, "echo needle").await;
    let asleep = printed(&mut caller, 3, "echo needle").await;
    let holder = pid(machine.record(asleep).holder);
    kill_process(holder, Signal::STOP).unwrap();
    let found = caller.call::<Search>(&seek("needle", None)).await.unwrap();
    assert_eq!((lines(&found, awake), found.silent.as_slice()), (vec!["needle"], [asleep].as_slice()));
    let alone = caller.call::<Search>(&seek("needle", Some(asleep))).await.unwrap();
    assert_eq!((alone.hits.len(), alone.silent), (0, vec![asleep]));
    kill_process(holder, Signal::CONT).unwrap();
    // The answers that came too late harm nobody.
    while !caller.call::<Search>(&seek("needle", None)).await.unwrap().silent.is_empty() {}
}

#[tokio::test]
async fn what_shows_is_given_as_text_and_what_scrolled_away_in_parts() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let script = "i=0; while [ $i -lt 4000 ]; do echo line $i of a text that is cut into parts; i=$((i+1)); done";
    let session = printed(&mut caller, 1, script).await;
    let screen = CaptureParams { session, scrollback: None, ansi: None, from: None };
    let shown = caller.call::<Capture>(&screen).await.unwrap();
    assert!(shown.text.lines().count() <= 24 && shown.text.contains("THE-END"), "{}", shown.text);

    let (mut text, mut from, mut parts) = (String::new(), None, 0);
    loop {
        let params = CaptureParams { scrollback: Some(true), from, ..screen };
        let part = caller.call::<Capture>(&params).await.unwrap();
        text.push_str(&part.text);
        parts += 1;
        from = part.next;
        if from.is_none() {
            break;
        }
    }
    assert!(parts > 1);
    let seen: Vec<&str> = text.lines().take(4000).collect();
    let printed: Vec<String> =
        (0..4000).map(|number| format!("line {number} of a text that is cut into parts")).collect();
    assert_eq!(seen, printed);
}

#[tokio::test]
async fn colours_are_given_if_they_are_wanted() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = printed(&mut caller, 1, "printf '\\033[31mred\\033[0m '").await;
    let plain = CaptureParams { session, scrollback: None, ansi: None, from: None };
    assert!(!caller.call::<Capture>(&plain).await.unwrap().text.contains('\u{1b}'));
    let coloured = caller.call::<Capture>(&CaptureParams { ansi: Some(true), ..plain }).await.unwrap();
    assert!(coloured.text.contains("\u{1b}[") && coloured.text.contains("red"), "{coloured:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_words() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let nobody = SessionId::from_bytes([9; 16]);
    for (params, code) in [
        (seek("", None), Code::OutOfRange),
        (seek(&"x".repeat(257), None), Code::OutOfRange),
        (SearchParams { limit: Some(201), ..seek("x", None) }, Code::OutOfRange),
        (seek("x", Some(nobody)), Code::NotFound),
    ] {
        assert_eq!(caller.call::<Search>(&params).await.unwrap_err().code, code);
    }
    let capture = CaptureParams { session: nobody, scrollback: None, ansi: None, from: None };
    assert_eq!(caller.call::<Capture>(&capture).await.unwrap_err().code, Code::NotFound);
    assert_eq!(caller.call::<Search>(&seek("x", None)).await.unwrap(), SearchOutput { hits: vec![], silent: vec![] });
}

#[tokio::test]
async fn a_list_shows_what_a_session_shows_and_its_changes() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut caller, mut watcher) = (Caller::local(&machine).await, Caller::local(&machine).await);
    watcher.call::<List>(&ListParams { subscribe: Some(true), after: None }).await.unwrap();
    let script =
        "printf '\\033]0;a title\\007\\033]7;file:///tmp\\007\\033]9;come here\\007'; echo last line; exec cat";
    let session = caller.start(script).await.id;
    let told = |history: &History, is_it: &dyn Fn(&SessionInfo) -> bool| {
        history
            .changes()
            .any(|(_, change)| change.session.as_ref().is_some_and(|info| info.id == session && is_it(info)))
    };
    watcher
        .until(|history| {
            told(history, &|info| {
                let Some(attention) = &info.face.attention else { return false };
                attention.kind == AttentionKind::Message
                    && attention.text.as_deref() == Some("come here")
                    && info.face.title.as_deref() == Some("a title")
                    && info.face.folder.as_deref() == Some("/tmp")
                    && info.face.preview == ["last line"]
            })
        })
        .await;
    let listed = caller.list().await.remove(0);
    assert_eq!(listed.face.preview, ["last line"]);
    // Somebody types: it wants nothing any more.
    caller.type_on(1, session).await;
    caller.input(1, 0, b"here I am\r");
    watcher.until(|history| told(history, &|info| info.face.attention.is_none() && info.viewers == 1)).await;
}

#[tokio::test]
async fn a_flood_is_few_changes() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut caller, mut watcher) = (Caller::local(&machine).await, Caller::local(&machine).await);
    watcher.call::<List>(&ListParams { subscribe: Some(true), after: None }).await.unwrap();
    let begun = std::time::Instant::now();
    let titles = "i=0; while [ $i -lt 5000 ]; do printf '\\033]0;title %s\\007%s\\r\\n' $i $i; i=$((i+1)); done";
    caller.start(&format!("{titles}; exec cat")).await;
    let is_last = |info: &SessionInfo| info.face.title.as_deref() == Some("title 4999");
    watcher.until(|history| history.changes().any(|(_, change)| change.session.as_ref().is_some_and(is_last))).await;
    // Two a second, and the few that a start and a viewer are.
    let most = begun.elapsed().as_secs() * 2 + 10;
    let changes = watcher.history.changes().count();
    assert!(u64::try_from(changes).unwrap() <= most, "{changes} changes");
}

/// The pieces of the first snapshot on a channel: their bytes, the offset, and the place of the last among all that came.
fn snapshot(history: &History, on: u32) -> Option<(String, u64, usize)> {
    let mut bytes = Vec::new();
    for (index, seen) in history.0.iter().enumerate() {
        let Seen::Snapshot(channel, offset, flags, piece) = seen else { continue };
        if *channel == on {
            bytes.extend_from_slice(piece);
            if flags.has(Flags::LAST) {
                return Some((String::from_utf8_lossy(&bytes).into_owned(), *offset, index));
            }
        }
    }
    None
}

fn screen(channel: u32, session: SessionId) -> AttachParams {
    AttachParams { delivery: Some(Delivery::Screen), size: Some(size(80, 24)), ..typing(channel, session) }
}

#[tokio::test]
async fn a_screen_comes_first_and_output_goes_on_behind_it() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = printed(&mut caller, 1, "seq 1 500").await;
    let opened = caller.call::<Attach>(&screen(3, session)).await.unwrap();
    assert!(opened.snapshot && opened.drives);
    caller.until(|history| snapshot(history, 3).is_some()).await;
    let (text, offset, _) = snapshot(&caller.history, 3).unwrap();
    assert!(text.contains("500") && text.contains("THE-END") && !text.contains("300"), "{text}");
    caller.input(3, 0, b"more\r");
    caller.until_shown(3, "more").await;
    let first = caller.history.0.iter().find_map(|seen| match seen {
        Seen::Output(3, offset, _) => Some(*offset),
        _ => None,
    });
    assert_eq!(first, Some(offset));

    // The history comes when it is asked for.
    let params = SnapshotParams { channel: Channel::new(3), history: 1000 };
    let before = caller.history.0.len();
    caller.call::<Snapshot>(&params).await.unwrap();
    let later = |history: &History| History(history.0[before..].to_vec());
    caller.until(|history| snapshot(&later(history), 3).is_some()).await;
    let (text, _, _) = snapshot(&later(&caller.history), 3).unwrap();
    assert!(text.contains("300"), "{text}");
}

#[tokio::test]
async fn who_drives_is_told_among_screens_and_output_in_numbers_without_a_hole() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = first.start("while :; do seq 1 50; done").await.id;
    first.call::<Attach>(&screen(1, session)).await.unwrap();
    second.call::<Attach>(&screen(1, session)).await.unwrap();
    for round in 0..5 {
        assert!(second.has_room(1, session, size(90 + round, 24), true).await);
        second.until(|history| history.drives(1) == Some(true)).await;
        assert!(first.has_room(1, session, size(60 + round, 24), true).await);
        second.until(|history| history.drives(1) == Some(false)).await;
    }
    first.until(|history| history.0.contains(&Seen::Resized(1, size(64, 24)))).await;
    for caller in [&first, &second] {
        let numbers: Vec<u32> = caller.numbers.iter().map(|(_, seq)| *seq).collect();
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        assert!(numbers.len() >= 5, "{numbers:?}");
    }
}

#[tokio::test]
async fn an_ack_of_a_snapshot_that_never_was_loses_its_channel_alone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = printed(&mut caller, 1, "echo hello").await;
    caller.call::<Attach>(&watching(3, session)).await.unwrap();
    caller.writer.send(header(Kind::Ack, 3, 1 << 40), &[]).unwrap();
    caller.until(|history| history.detached(3).is_some()).await;
    assert_eq!(caller.history.detached(3).unwrap().code, Code::Offset);
    assert_eq!(caller.list().await.len(), 1);
}
