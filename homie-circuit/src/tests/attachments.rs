//! One attachment over many circuits.

use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{Detached, Exited};
use homie_protocol::id::{Incarnation, Offset, WriterId};
use homie_protocol::machine::outbox::OUTBOX_MAX;
use homie_protocol::methods::session::{AttachMode, ExitStatus, List, ListParams, Size};
use tokio::time::timeout;

use super::PATIENCE;
use super::fake::{BIRTH, Options, SESSION, Server, WINDOW, config, place, terminal, until};
use crate::client::{AttachOptions, Attachment, Client, State, Viewed};

async fn next(attachment: &Attachment) -> Viewed {
    timeout(PATIENCE, attachment.next()).await.expect("something to see in time").expect("not the end")
}

/// Takes output until there are so many bytes; every byte must follow the one before, and nothing else may come but a
/// new attach.
async fn output(attachment: &Attachment, from: u64, len: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < len {
        match next(attachment).await {
            Viewed::Output { offset, bytes } => {
                assert_eq!(offset.get(), from + all.len() as u64);
                all.extend_from_slice(&bytes);
            }
            Viewed::Attached(_) => {}
            other => panic!("{other:?}"),
        }
    }
    all
}

async fn attached(attachment: &Attachment) {
    assert!(matches!(next(attachment).await, Viewed::Attached(_)));
}

fn numbered(range: std::ops::Range<u32>) -> Vec<u8> {
    range.flat_map(|number| format!("{number:07}\n").into_bytes()).collect()
}

#[tokio::test]
async fn what_is_typed_comes_back() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    attached(&attachment).await;
    attachment.write(b"echo hi\n").await.unwrap();
    assert_eq!(output(&attachment, 0, 8).await, b"echo hi\n");
    timeout(PATIENCE, attachment.applied()).await.unwrap();
    assert_eq!((attachment.unapplied(), attachment.unapplied_for()), (0, None));
    drop(attachment);
    until(&server.terminal, |terminal| terminal.seats() == 0).await;
}

#[tokio::test]
async fn whether_lines_are_edited_is_known_with_what_is_taken() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    assert_eq!(attachment.edits_lines(), None);
    for edits_lines in [false, true] {
        server.terminal.lock().unwrap().edits_lines = edits_lines;
        attachment.write(b"x").await.unwrap();
        timeout(PATIENCE, attachment.applied()).await.unwrap();
        assert_eq!(attachment.edits_lines(), Some(edits_lines));
    }
}

#[tokio::test]
async fn a_large_paste_passes_the_window_piece_by_piece() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    let paste = numbered(0..400_000);
    let (_, echoed) = tokio::join!(attachment.write(&paste), output(&attachment, 0, paste.len()));
    assert!(echoed == paste);
    assert!(server.terminal.lock().unwrap().typed == paste);
}

#[tokio::test]
async fn whoever_takes_slowly_has_a_window_in_flight_and_no_more() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    let flood = numbered(0..200_000);
    server.terminal.lock().unwrap().print(&flood);
    assert_eq!(server.terminal.lock().unwrap().in_flight(), WINDOW);
    // An answer means that everything sent before it has been read.
    client.request::<List>(&ListParams::default()).await.unwrap();
    assert_eq!(server.terminal.lock().unwrap().in_flight(), WINDOW);
    assert!(output(&attachment, 0, flood.len()).await == flood);
}

#[tokio::test]
async fn cut_again_and_again_no_byte_is_lost_or_doubled() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    let typed = numbered(0..20_000);
    let typing = async {
        for piece in typed.chunks(1_000) {
            attachment.write(piece).await.unwrap();
        }
    };
    let mut state = client.state();
    let cutting = async {
        for _ in 0..10 {
            timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Up(_)))).await.unwrap().unwrap();
            server.cut();
            timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
            client.wake();
        }
    };
    let (echoed, (), ()) = tokio::join!(output(&attachment, 0, typed.len()), typing, cutting);
    assert!(echoed == typed, "the echo is not what was typed");
    assert!(server.terminal.lock().unwrap().typed == typed);
}

#[tokio::test]
async fn whoever_takes_nothing_while_circuits_come_and_go_keeps_two_windows_at_most() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    let flood = numbered(0..100_000);
    server.terminal.lock().unwrap().print(&flood);
    let mut state = client.state();
    for _ in 0..4 {
        // An answer means that everything sent before it has been read.
        client.request::<List>(&ListParams::default()).await.unwrap();
        server.cut();
        timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
        client.wake();
    }
    client.request::<List>(&ListParams::default()).await.unwrap();
    assert_eq!(server.terminal.lock().unwrap().seats(), 0, "it attaches again before there is room");
    assert!(output(&attachment, 0, flood.len()).await == flood);
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again_is_resumed() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    attachment.write(b"before ").await.unwrap();
    assert_eq!(output(&attachment, 0, 7).await, b"before ");
    drop(server);
    let mut state = client.state();
    timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
    attachment.write(b"between ").await.unwrap();
    terminal.lock().unwrap().print(b"[printed meanwhile] ");
    let _server = Server::start(&path, Arc::clone(&terminal), Options::default());
    client.wake();
    let rest = b"[printed meanwhile] between ";
    assert_eq!(output(&attachment, 7, rest.len()).await, rest);
}

#[tokio::test]
async fn what_the_ring_has_lost_is_declared() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    terminal.lock().unwrap().print(b"0123456789");
    output(&attachment, 0, 10).await;
    server.cut();
    {
        let mut terminal = terminal.lock().unwrap();
        terminal.print(b"abcdefghij");
        terminal.start = 15;
    }
    client.wake();
    attached(&attachment).await;
    let Viewed::Gap(gap) = next(&attachment).await else { panic!("the gap comes first") };
    assert_eq!((gap.from.get(), gap.to.get()), (10, 15));
    assert_eq!(output(&attachment, 15, 5).await, b"fghij");
}

#[tokio::test]
async fn another_birth_begins_at_its_own_beginning() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    terminal.lock().unwrap().print(b"old");
    output(&attachment, 0, 3).await;
    server.cut();
    {
        let mut terminal = terminal.lock().unwrap();
        terminal.birth = Incarnation::from_bytes([7; 16]);
        terminal.output = b"new life".to_vec();
    }
    client.wake();
    let Viewed::Attached(output_of) = next(&attachment).await else { panic!("attached again") };
    assert_ne!(output_of.incarnation, BIRTH);
    assert_eq!(output(&attachment, 0, 8).await, b"new life");
}

#[tokio::test]
async fn what_is_left_of_an_earlier_birth_is_not_acknowledged_to_the_next() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    let life = numbered(0..4_000);
    terminal.lock().unwrap().print(&life);
    client.request::<List>(&ListParams::default()).await.unwrap();
    server.cut();
    {
        let mut terminal = terminal.lock().unwrap();
        terminal.birth = Incarnation::from_bytes([7; 16]);
        terminal.output = b"new".to_vec();
    }
    client.wake();
    until(&terminal, |terminal| terminal.seats() == 1).await;
    client.request::<List>(&ListParams::default()).await.unwrap();
    assert_eq!(output(&attachment, 0, life.len()).await, life);
    assert_eq!(output(&attachment, 0, 3).await, b"new");
    client.request::<List>(&ListParams::default()).await.unwrap();
    assert_eq!(server.writers.lock().unwrap().len(), 1, "one circuit since the cut");
}

#[tokio::test]
async fn contested_input_is_handed_back_and_may_be_written_again() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let (mine, other) = (WriterId::from_bytes([1; 8]), WriterId::from_bytes([2; 8]));
    let options = |writer| AttachOptions { writer: Some(writer), ..AttachOptions::interactive(SESSION) };
    let attachment = client.attach(options(mine)).await.unwrap();
    attachment.write(b"applied ").await.unwrap();
    output(&attachment, 0, 8).await;
    timeout(PATIENCE, attachment.applied()).await.unwrap();
    terminal.lock().unwrap().holds_input = true;
    attachment.write(b"not applied").await.unwrap();
    client.request::<List>(&ListParams::default()).await.unwrap();

    let second = Client::connect(config(&path)).await.unwrap();
    let rival = second.attach(options(other)).await.unwrap();
    terminal.lock().unwrap().holds_input = false;
    rival.write(b"rival ").await.unwrap();
    timeout(PATIENCE, rival.applied()).await.unwrap();
    output(&attachment, 8, 6).await;
    server.cut();
    client.wake();

    attached(&attachment).await;
    let Viewed::Unsent(bytes) = next(&attachment).await else { panic!("the bytes come back") };
    assert_eq!(&bytes[..], b"not applied");
    attachment.write(&bytes).await.unwrap();
    output(&attachment, 14, 11).await;
    assert_eq!(terminal.lock().unwrap().typed, b"applied rival not applied");
}

#[tokio::test]
async fn a_forgotten_writer_becomes_another_and_replays_nothing() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    terminal.lock().unwrap().holds_input = true;
    attachment.write(b"who knows").await.unwrap();
    client.request::<List>(&ListParams::default()).await.unwrap();
    {
        let mut terminal = terminal.lock().unwrap();
        terminal.ledger = homie_protocol::machine::ledger::Ledger::default();
        terminal.holds_input = false;
    }
    server.cut();
    client.wake();
    attached(&attachment).await;
    let Viewed::Unsent(bytes) = next(&attachment).await else { panic!("the bytes come back") };
    assert_eq!(&bytes[..], b"who knows");
    attached(&attachment).await;
    attachment.write(b"again").await.unwrap();
    assert_eq!(output(&attachment, 0, 5).await, b"again");
}

#[tokio::test]
async fn resizes_and_the_exit_come_in_their_place() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    attached(&attachment).await;
    server.terminal.lock().unwrap().print(b"out");
    let size = Size::new(100, 30).unwrap();
    attachment.resize(size).await.unwrap();
    let status = ExitStatus { code: Some(0), signal: None };
    server.terminal.lock().unwrap().say(&Exited { status });
    assert_eq!(output(&attachment, 0, 3).await, b"out");
    let at = Offset::new(3).unwrap();
    assert_eq!(next(&attachment).await, Viewed::Resized { at, size });
    assert_eq!(next(&attachment).await, Viewed::Exited { at, status });
}

#[tokio::test]
async fn the_exit_is_the_end_of_input_on_this_circuit_and_the_next() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::interactive(SESSION)).await.unwrap();
    attached(&attachment).await;
    server.terminal.lock().unwrap().holds_input = true;
    attachment.write(b"never read").await.unwrap();
    assert_eq!(attachment.unapplied(), 10);
    let status = ExitStatus { code: Some(0), signal: None };
    let full = vec![b'x'; OUTBOX_MAX];
    // One write waits for room that will never be.
    let (refused, ()) = tokio::join!(timeout(PATIENCE, attachment.write(&full)), async {
        server.terminal.lock().unwrap().say(&Exited { status });
        timeout(PATIENCE, attachment.applied()).await.unwrap();
    });
    assert_eq!(refused.unwrap().unwrap_err().code, Code::Ended);
    assert_eq!((attachment.unapplied(), attachment.unapplied_for()), (0, None));
    assert_eq!(next(&attachment).await, Viewed::Exited { at: Offset::ZERO, status });

    server.cut();
    client.wake();
    attached(&attachment).await;
    server.terminal.lock().unwrap().say(&Exited { status });
    assert_eq!(next(&attachment).await, Viewed::Exited { at: Offset::ZERO, status }, "nothing is handed back");
    assert_eq!(attachment.write(b"x").await.unwrap_err().code, Code::Ended);
    assert_eq!(attachment.unapplied(), 0);
}

#[tokio::test]
async fn a_detach_that_passes_is_tried_again_and_another_is_the_end() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    attached(&attachment).await;
    server.terminal.lock().unwrap().say(&Detached { reason: Refusal::new(Code::InputGap, "bytes are missing") });
    attached(&attachment).await;
    let reason = Refusal::new(Code::Forbidden, "no more");
    server.terminal.lock().unwrap().say(&Detached { reason: reason.clone() });
    // The first channel was closed by the client alone, so its seat is told too; what comes on it is dropped.
    assert_eq!(next(&attachment).await, Viewed::Detached(reason));
    assert_eq!(timeout(PATIENCE, attachment.next()).await.unwrap(), None);
    assert!(attachment.write(b"x").await.is_err());
}

#[tokio::test]
async fn an_attach_that_is_refused_is_an_error_and_leaves_nothing() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let options =
        AttachOptions { session: homie_protocol::id::SessionId::from_bytes([0; 16]), ..AttachOptions::watch(SESSION) };
    assert_eq!(client.attach(options).await.unwrap_err().code, Code::NotFound);
    assert_eq!(server.terminal.lock().unwrap().seats(), 0);
    let attachment =
        client.attach(AttachOptions { mode: AttachMode::Watch, ..AttachOptions::watch(SESSION) }).await.unwrap();
    assert_eq!(attachment.write(b"x").await.unwrap_err().code, Code::ReadOnly);
}

#[tokio::test]
async fn closing_tells_everyone() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(AttachOptions::watch(SESSION)).await.unwrap();
    attached(&attachment).await;
    client.close();
    assert!(matches!(next(&attachment).await, Viewed::Detached(_)));
    assert!(client.request::<List>(&ListParams::default()).await.is_err());
    let writer = server.writers.lock().unwrap()[0].clone();
    timeout(PATIENCE, writer.closed()).await.unwrap();
}
