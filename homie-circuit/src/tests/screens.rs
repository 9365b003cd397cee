//! An attachment that is given screens: snapshots, skips, its size, over many circuits.

use std::sync::Arc;

use homie_protocol::event::{Clipboard, Driver};
use homie_protocol::id::{Incarnation, Offset};
use homie_protocol::methods::session::{Delivery, List, ListParams, Rgb, Size, Theme};
use tokio::time::timeout;

use super::PATIENCE;
use super::fake::{Options, SESSION, Server, config, place, terminal, until};
use crate::client::{AttachOptions, Attachment, Client, State, Viewed};

fn screen() -> AttachOptions {
    AttachOptions { delivery: Delivery::Screen, ..AttachOptions::interactive(SESSION) }
}

async fn next(attachment: &Attachment) -> Viewed {
    timeout(PATIENCE, attachment.next()).await.expect("something to see in time").expect("not the end")
}

/// The next item, which is a new attach; whether a snapshot follows.
async fn attached(attachment: &Attachment) -> bool {
    let Viewed::Attached(output) = next(attachment).await else { panic!("attached") };
    output.snapshot
}

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn shows(offset: u64, text: &'static str) -> Viewed {
    Viewed::Snapshot { offset: at(offset), is_skip: false, bytes: text.into() }
}

fn prints(offset: u64, text: &'static str) -> Viewed {
    Viewed::Output { offset: at(offset), bytes: text.into() }
}

async fn settled(client: &Client) {
    // An answer means that everything sent before it has been read.
    client.request::<List>(&ListParams::default()).await.unwrap();
}

async fn cut(server: &Server, client: &Client) {
    let mut state = client.state();
    server.cut();
    timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
    client.wake();
}

#[tokio::test]
async fn a_snapshot_comes_first_and_output_goes_on_at_it() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    server.terminal.lock().unwrap().print(b"0123456789");
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    assert!(attached(&attachment).await);
    assert_eq!(next(&attachment).await, shows(10, "screen"));
    server.terminal.lock().unwrap().print(b"more");
    assert_eq!(next(&attachment).await, prints(10, "more"));
    let _later = timeout(PATIENCE, async {
        tokio::join!(attachment.next(), async {
            until(&server.terminal, |terminal| terminal.acks == [(10, true), (14, false)]).await;
            server.terminal.lock().unwrap().print(b"x");
        })
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_snapshot_sets_the_place_back_as_well() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    assert_eq!(next(&attachment).await, shows(0, "screen"));
    server.terminal.lock().unwrap().print(b"0123456789");
    assert_eq!(next(&attachment).await, prints(0, "0123456789"));
    {
        let mut terminal = server.terminal.lock().unwrap();
        // A screen thread that is behind paints what was before.
        let whole = terminal.output.split_off(4);
        terminal.paint("earlier", false);
        terminal.print(&whole);
    }
    assert_eq!(next(&attachment).await, shows(4, "earlier"));
    assert_eq!(next(&attachment).await, prints(4, "456789"));
}

#[tokio::test]
async fn what_was_skipped_is_a_picture_and_no_gap() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    assert_eq!(next(&attachment).await, shows(0, "screen"));
    {
        let mut terminal = server.terminal.lock().unwrap();
        terminal.output = vec![b'x'; 100_000];
        terminal.paint("what changed", true);
        terminal.print(b"after");
    }
    let skip = Viewed::Snapshot { offset: at(100_000), is_skip: true, bytes: "what changed".into() };
    assert_eq!(next(&attachment).await, skip);
    assert_eq!(next(&attachment).await, prints(100_000, "after"));
}

#[tokio::test]
async fn who_comes_back_near_goes_on_and_who_comes_back_late_gets_a_screen() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    assert_eq!(next(&attachment).await, shows(0, "screen"));
    cut(&server, &client).await;
    server.terminal.lock().unwrap().print(b"near");
    assert!(!attached(&attachment).await);
    assert_eq!(next(&attachment).await, prints(0, "near"));
    cut(&server, &client).await;
    {
        let mut terminal = server.terminal.lock().unwrap();
        terminal.print(b" and far");
        terminal.start = 9;
    }
    // It may have come back before that was printed, and again after.
    let mut seen = Vec::new();
    while seen.last() != Some(&shows(12, "screen")) && seen.last() != Some(&prints(4, " and far")) {
        seen.push(next(&attachment).await);
    }
    assert!(!seen.iter().any(|item| matches!(item, Viewed::Gap(_))), "{seen:?}");
}

#[tokio::test]
async fn half_a_snapshot_is_forgotten_with_its_circuit() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    assert_eq!(next(&attachment).await, shows(0, "screen"));
    server.terminal.lock().unwrap().begin_to_paint();
    settled(&client).await;
    cut(&server, &client).await;
    assert!(!attached(&attachment).await);
    server.terminal.lock().unwrap().paint("whole", false);
    assert_eq!(next(&attachment).await, shows(0, "whole"));
}

#[tokio::test]
async fn what_comes_between_two_pieces_ends_the_circuit() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    next(&attachment).await;
    let mut state = client.state();
    {
        let mut terminal = server.terminal.lock().unwrap();
        terminal.begin_to_paint();
        terminal.print(b"between");
    }
    timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
    client.wake();
    assert!(!attached(&attachment).await);
    assert_eq!(next(&attachment).await, prints(0, "between"));
}

#[tokio::test]
async fn a_snapshot_of_an_earlier_circuit_is_not_acknowledged_on_the_next() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    settled(&client).await;
    cut(&server, &client).await;
    {
        let mut terminal = terminal.lock().unwrap();
        terminal.birth = Incarnation::from_bytes([7; 16]);
        terminal.output = b"another life".to_vec();
    }
    until(&terminal, |terminal| terminal.seats() == 1).await;
    settled(&client).await;
    assert!(attached(&attachment).await);
    assert_eq!(next(&attachment).await, shows(0, "screen"));
    attached(&attachment).await;
    while !matches!(next(&attachment).await, Viewed::Snapshot { .. }) {}
    let (_, ()) = tokio::join!(attachment.next(), async {
        until(&terminal, |terminal| terminal.acks.iter().all(|ack| ack.1) && !terminal.acks.is_empty()).await;
        terminal.lock().unwrap().print(b"x");
    });
    assert_eq!(terminal.lock().unwrap().acks.len(), 1);
}

#[tokio::test]
async fn its_size_is_told_on_every_circuit_and_taken_over() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let (small, large) = (Size::new(90, 20).unwrap(), Size::new(120, 40).unwrap());
    let theme = Theme { foreground: Rgb::new(1, 2, 3), background: Rgb::new(4, 5, 6), cursor: Rgb::new(7, 8, 9) };
    let attachment = client.attach(AttachOptions { size: Some(small), theme: Some(theme), ..screen() }).await.unwrap();
    let Viewed::Attached(output) = next(&attachment).await else { panic!("attached") };
    assert_eq!(output.size, small);
    next(&attachment).await;
    attachment.fit(large);
    assert_eq!(next(&attachment).await, Viewed::Resized { at: at(0), size: large });
    attachment.take_over(large);
    assert_eq!(next(&attachment).await, Viewed::Resized { at: at(0), size: large });
    assert_eq!(next(&attachment).await, Viewed::Driver { drives: true });
    server.terminal.lock().unwrap().say(&Driver { drives: false });
    assert_eq!(next(&attachment).await, Viewed::Driver { drives: false });
    {
        let terminal = server.terminal.lock().unwrap();
        let told: Vec<_> = terminal.resized.iter().map(|params| (params.channel.is_some(), params.take)).collect();
        assert_eq!(told, [(true, None), (true, Some(true))]);
        assert_eq!(terminal.resized[0].theme, Some(theme));
    }
    cut(&server, &client).await;
    let Viewed::Attached(output) = next(&attachment).await else { panic!("attached") };
    assert_eq!(output.size, large);
}

#[tokio::test]
async fn whether_it_is_seen_is_said_once_for_each_change() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    for visible in [true, false, false, true] {
        attachment.set_visible(visible);
    }
    settled(&client).await;
    assert_eq!(server.terminal.lock().unwrap().shown, [false, true]);
}

#[tokio::test]
async fn history_and_the_clipboard_come_when_they_are_asked_for() {
    let (_folder, path) = place();
    let server = Server::start(&path, terminal(), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let attachment = client.attach(screen()).await.unwrap();
    attached(&attachment).await;
    next(&attachment).await;
    attachment.ask_snapshot(500);
    assert_eq!(next(&attachment).await, shows(0, "500 lines of history"));
    server.terminal.lock().unwrap().say(&Clipboard { text: b"copied".to_vec().into() });
    assert_eq!(next(&attachment).await, Viewed::Clipboard("copied".into()));
}
