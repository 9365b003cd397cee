//! Who may do what, and that a liar harms nobody else.

use homie_protocol::code::Code;
use homie_protocol::frame::Kind;
use homie_protocol::hello::Role;
use homie_protocol::limits::WINDOW_START;
use homie_protocol::methods::session::{Attach, AttachParams, List, ListParams, Start};

use crate::caller::{Caller, header, shell, size, typing, watching};
use crate::machine::Machine;

#[tokio::test]
async fn a_viewer_looks_and_does_nothing_else() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut operator = Caller::local(&machine).await;
    assert_eq!(operator.ready.role, Role::Operator);
    let session = operator.start("exec cat").await;
    operator.type_on(1, session.id).await;

    let mut viewer = Caller::device(&machine, &machine.enrol(Role::Viewer)).await;
    assert_eq!(viewer.ready.role, Role::Viewer);
    assert_eq!(viewer.call::<Start>(&shell("exec cat")).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(viewer.resize(session.id, size(9, 9)).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(viewer.call::<Attach>(&typing(1, session.id)).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(viewer.list().await.len(), 1);

    let looking = AttachParams { size: Some(size(9, 9)), ..watching(3, session.id) };
    assert_eq!(viewer.call::<Attach>(&looking).await.unwrap().size, session.size);
    viewer.input(3, 0, b"forged\r");
    viewer.until(|history| history.detached(3).is_some()).await;
    assert_eq!(viewer.history.detached(3).unwrap().code, Code::ReadOnly);

    viewer.watch_on(5, session.id).await;
    operator.input(1, 0, b"typed\r");
    viewer.until_shown(5, "typed").await;
    operator.until_shown(1, "typed").await;
    assert!(!operator.history.text(1).contains("forged"));
}

#[tokio::test]
async fn modes_and_writers_belong_together() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    let silent = AttachParams { writer: None, ..typing(1, session) };
    assert_eq!(caller.call::<Attach>(&silent).await.unwrap_err().code, Code::MissingField);
    let loud = AttachParams { writer: typing(3, session).writer, ..watching(3, session) };
    assert_eq!(caller.call::<Attach>(&loud).await.unwrap_err().code, Code::ReadOnly);
    caller.watch_on(5, session).await;
}

/// A frame that no client may send ends its circuit, and no other.
async fn ends_its_circuit(code: Code, lie: impl Fn(&Caller)) {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut honest, mut liar) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = honest.start("exec cat").await.id;
    honest.type_on(1, session).await;
    liar.watch_on(1, session).await;
    lie(&liar);
    liar.until_ended().await;
    assert_eq!(liar.history.bye().unwrap().code, code);
    honest.input(1, 0, b"unharmed\r");
    honest.until_shown(1, "unharmed").await;
    assert_eq!(honest.list().await[0].id, session);
}

#[tokio::test]
async fn a_frame_for_a_channel_that_was_never_opened() {
    ends_its_circuit(Code::Channel, |liar| liar.input(3, 0, b"forged")).await;
    ends_its_circuit(Code::Channel, |liar| liar.input(2, 0, b"forged")).await;
}

#[tokio::test]
async fn a_frame_that_only_nodes_send() {
    ends_its_circuit(Code::UnexpectedFrame, |liar| {
        liar.writer.send(header(Kind::Output, 1, 0), b"forged").unwrap();
    })
    .await;
    ends_its_circuit(Code::FramePayload, |liar| {
        liar.writer.send(header(Kind::Ack, 1, 0), &[0; 8]).unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_acknowledgement_of_what_was_never_sent_loses_its_channel_alone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut honest, mut liar) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = honest.start("exec cat").await.id;
    honest.type_on(1, session).await;
    liar.watch_on(1, session).await;
    liar.writer.send(header(Kind::Ack, 1, 1 << 40), &[]).unwrap();
    liar.until(|history| history.detached(1).is_some()).await;
    assert_eq!(liar.history.detached(1).unwrap().code, Code::Offset);
    honest.input(1, 0, b"unharmed\r");
    honest.until_shown(1, "unharmed").await;
}

#[tokio::test]
async fn who_leaves_without_a_word_is_no_longer_counted() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut watcher, mut leaver) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = watcher.start("exec cat").await.id;
    leaver.watch_on(1, session).await;
    leaver.type_on(3, session).await;
    watcher.call::<List>(&ListParams { subscribe: Some(true), after: None }).await.unwrap();
    let counts = |viewers| {
        move |history: &crate::history::History| {
            history.changes().any(|(_, change)| change.session.as_ref().is_some_and(|info| info.viewers == viewers))
        }
    };
    watcher.watch_on(1, session).await;
    watcher.until(counts(3)).await;
    drop(leaver);
    watcher.until(counts(1)).await;
}

#[tokio::test]
async fn who_does_not_acknowledge_stops_nobody_else() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut deaf, mut eager) = (Caller::local(&machine).await, Caller::local(&machine).await);
    deaf.acknowledges = false;
    let session = eager.start("read go; seq 1 60000; printf END; exec cat").await.id;
    deaf.watch_on(1, session).await;
    eager.type_on(1, session).await;
    eager.input(1, 0, b"\r");
    eager.until_shown(1, "END").await;
    assert!(eager.history.text(1).ends_with("59999\r\n60000\r\nEND"));
    // It has had its first window, and no more.
    deaf.until(|history| !history.text(1).is_empty()).await;
    deaf.list().await;
    assert!(deaf.history.text(1).len() as u64 <= WINDOW_START);
}
