//! The change bus, once and with patience.

use homie_tailnet::fake::Mishap;
use homie_tailnet::{BackendState, Change, Changes, Heard, TailnetError, Watch};
use serde_json::json;

use crate::harness::{Net, alice, gw, net};

/// An open bus whose first line was read.
async fn listening(net: &Net) -> Changes {
    let mut bus = net.api.changes().await.expect("a bus");
    let first = bus.next().await.expect("a change");
    assert!(matches!(&first, Change::Status(status) if status.is_running()), "{first:?}");
    assert_eq!(bus.next().await.expect("a change"), Change::State(BackendState::Running));
    bus
}

#[tokio::test]
async fn it_begins_with_the_state_and_tells_every_change() {
    let net = net();
    let mut bus = listening(&net).await;
    assert_eq!(net.fake.asked(), ["GET watch-ipn-bus?mask=53250"]);

    net.fake.set_peer(alice());
    let changed = bus.next().await.expect("a change");
    assert!(matches!(&changed, Change::Peers(peers) if peers[0].stable_id == alice().stable_id()), "{changed:?}");

    net.fake.push(json!({}));
    net.fake.push(json!({ "Later": { "much": [1, 2, 3] } }));
    net.fake.set_own(gw().with_capability("a.b/c", &[]));
    let own = bus.next().await.expect("a change");
    assert!(matches!(&own, Change::Own(node) if node.tags == ["tag:gw"]), "what says nothing is passed over: {own:?}");

    net.fake.remove_peer(alice().stable_id());
    assert_eq!(bus.next().await.expect("a change"), Change::Removed(vec![2]));
    net.fake.set_state(&BackendState::NeedsLogin);
    assert_eq!(bus.next().await.expect("a change"), Change::State(BackendState::NeedsLogin));
}

#[tokio::test]
async fn who_stops_waiting_misses_nothing() {
    let net = net();
    let mut bus = listening(&net).await;
    for id in 0..100 {
        net.fake.push(json!({ "PeersRemoved": [id] }));
        tokio::select! {
            biased;
            change = bus.next() => assert_eq!(change.expect("a change"), Change::Removed(vec![id])),
            // The other branch is ready at once: the wait above is given up somewhere.
            () = std::future::ready(()) => {
                assert_eq!(bus.next().await.expect("a change"), Change::Removed(vec![id]));
            }
        }
    }
}

#[tokio::test]
async fn its_end_is_told() {
    let mut net = net();
    let mut bus = listening(&net).await;
    net.fake.stop().await;
    assert!(matches!(bus.next().await, Err(TailnetError::Broken { .. })));
}

#[tokio::test]
async fn a_listener_that_is_gone_is_gone() {
    let net = net();
    let bus = listening(&net).await;
    assert_eq!(net.fake.watchers(), 1);
    drop(bus);
    while net.fake.watchers() > 0 {
        net.fake.push(json!({}));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nonsense_and_endless_lines_end_it() {
    let net = net();
    let mut bus = listening(&net).await;
    net.fake.push(json!("a text"));
    assert!(matches!(bus.next().await, Err(TailnetError::Garbled { .. })));

    net.fake.set_mishap("watch-ipn-bus", Some(Mishap::Endless));
    let mut endless = net.api.changes().await.expect("a bus");
    assert!(matches!(endless.next().await, Err(TailnetError::TooLong { .. })));
}

#[tokio::test]
async fn a_refusal_is_told_before_it_is_open() {
    let net = net();
    for (status, words) in [(403_u16, "watch ipn bus access denied"), (400, "bad mask"), (204, "")] {
        net.fake.set_mishap("watch-ipn-bus", Some(Mishap::Answer(status, words.into())));
        assert!(net.api.changes().await.is_err(), "{status}");
    }
}

async fn opened(watch: &mut Watch) {
    assert!(matches!(watch.next().await, Heard::Opened));
    assert!(matches!(watch.next().await, Heard::Change(Change::Status(_))));
    assert!(matches!(watch.next().await, Heard::Change(Change::State(_))));
}

#[tokio::test(start_paused = true)]
async fn patience_survives_a_restart() {
    let mut net = net();
    let mut watch = net.api.watch();
    opened(&mut watch).await;

    net.fake.stop().await;
    let lost = watch.next().await;
    assert!(matches!(lost, Heard::Lost(TailnetError::Broken { .. })), "{lost:?}");
    for _ in 0..3 {
        let away = watch.next().await;
        assert!(matches!(away, Heard::Lost(TailnetError::NotRunning { .. })), "{away:?}");
    }
    net.fake.resume().expect("it is back");
    opened(&mut watch).await;
    net.fake.set_peer(alice());
    assert!(matches!(watch.next().await, Heard::Change(Change::Peers(_))));
}

#[tokio::test(start_paused = true)]
async fn patience_grows_to_five_seconds() {
    let mut net = net();
    net.fake.stop().await;
    let mut watch = net.api.watch();
    let mut waits = Vec::new();
    let mut last = tokio::time::Instant::now();
    for _ in 0..8 {
        assert!(matches!(watch.next().await, Heard::Lost(_)));
        waits.push(last.elapsed().as_millis() / 100);
        last = tokio::time::Instant::now();
    }
    assert_eq!(waits, [0, 2, 4, 8, 16, 32, 50, 50]);
}
