//! The memory of all histories together, with real holders and a limit of 1 MiB.

use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Capture, CaptureParams};

use crate::caller::Caller;
use crate::machine::Machine;

const MEBIBYTE: u64 = 1 << 20;

/// Prints some 600 KB that do not compress into nothing, and nothing more.
const MUCH: &str = "i=0; while [ $i -lt 6000 ]; do \
    echo $i the quick brown fox jumps over the lazy dog and comes back again to see what it has done; i=$((i+1)); done; \
    printf THE-END; exec cat";

/// Lines that are left of a session's history and screen.
async fn kept(caller: &mut Caller, session: SessionId) -> usize {
    let (mut lines, mut from) = (0, None);
    loop {
        let params = CaptureParams { session, scrollback: Some(true), ansi: None, from };
        let part = caller.call::<Capture>(&params).await.unwrap();
        lines += part.text.lines().count();
        from = part.next;
        if from.is_none() {
            return lines;
        }
    }
}

/// Sessions that have each printed much and were viewed in this order, the first one last of all.
async fn viewed(caller: &mut Caller) -> Vec<SessionId> {
    let mut sessions = Vec::new();
    for channel in [1, 3, 5] {
        let session = caller.start(MUCH).await.id;
        caller.watch_on(channel, session).await;
        caller.until_shown(channel, "THE-END").await;
        caller.detach(channel).await.unwrap();
        sessions.push(session);
    }
    // Each holder says how long ago it was, in milliseconds and on its own way to the node: not too close together.
    let later = caller.start("sleep 1; printf LATER").await.id;
    caller.watch_on(7, later).await;
    caller.until_shown(7, "LATER").await;
    caller.detach(7).await.unwrap();
    caller.watch_on(9, sessions[0]).await;
    caller.detach(9).await.unwrap();
    sessions
}

#[tokio::test]
async fn who_was_viewed_last_is_known_to_the_next_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let sessions = viewed(&mut Caller::local(&machine).await).await;
    node.stop().await;
    let _node = machine.node_with_memory(MEBIBYTE).await;
    let mut caller = Caller::local(&machine).await;
    while kept(&mut caller, sessions[1]).await > 1000 {}
    assert!(kept(&mut caller, sessions[0]).await > 5000);
}

#[tokio::test]
async fn under_pressure_the_least_recently_viewed_gives_and_the_last_viewed_keeps() {
    let machine = Machine::new();
    let _node = machine.node_with_memory(MEBIBYTE).await;
    let mut caller = Caller::local(&machine).await;
    let mut sessions = Vec::new();
    for channel in [1, 3, 5, 7] {
        let session = caller.start(MUCH).await.id;
        caller.watch_on(channel, session).await;
        caller.until_shown(channel, "THE-END").await;
        caller.detach(channel).await.unwrap();
        sessions.push(session);
    }
    // What each takes is told twice a second, and the bound comes behind it.
    while kept(&mut caller, sessions[0]).await > 1000 {}
    assert!(kept(&mut caller, sessions[3]).await > 5000);
    let left: usize = kept(&mut caller, sessions[1]).await;
    assert!(left <= kept(&mut caller, sessions[2]).await);
}
