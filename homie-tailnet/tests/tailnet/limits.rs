//! tailscaled that is away, slow, endless, or out of its mind.

use std::net::SocketAddr;

use homie_tailnet::fake::Mishap;
use homie_tailnet::{LocalApi, TailnetError};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;

use crate::harness::{alice, net};

fn caller() -> SocketAddr {
    SocketAddr::new(alice().v4(), 51_000)
}

#[tokio::test]
async fn an_absent_and_a_dead_tailscaled_say_how_to_start_it() {
    let mut net = net();
    let nowhere = LocalApi::new(net.folder.path().join("none.sock"));
    let absent = nowhere.status().await.expect_err("nobody there");
    net.fake.stop().await;
    assert!(net.fake.socket().exists());
    let refused = net.api.status().await.expect_err("nobody there");
    for error in [absent, refused] {
        assert!(matches!(error, TailnetError::NotRunning { .. }), "{error:?}");
        assert!(error.to_string().contains("start it"));
    }
    assert!(net.api.daemon_uid().await.is_err());

    net.fake.resume().expect("it is back");
    assert!(net.api.status().await.expect("a status").is_running());
}

#[tokio::test(start_paused = true)]
async fn silence_has_an_end() {
    let net = net();
    net.fake.set_peer(alice());
    for endpoint in ["status", "whois"] {
        net.fake.set_mishap(endpoint, Some(Mishap::Silence));
    }
    assert!(matches!(net.api.status().await, Err(TailnetError::TimedOut { .. })));
    assert!(matches!(net.api.status_with_peers().await, Err(TailnetError::TimedOut { .. })));
    let late = net.api.whois(caller(), None).await.expect_err("silence");
    assert!(late.to_string().contains("who is calling within 1 s"), "{late}");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let net = net();
    for endpoint in ["status", "whois"] {
        net.fake.set_mishap(endpoint, Some(Mishap::Endless));
    }
    assert!(matches!(net.api.status().await, Err(TailnetError::TooLong { limit: 1_048_576, .. })));
    assert!(matches!(net.api.whois(caller(), None).await, Err(TailnetError::TooLong { .. })));
}

#[tokio::test]
async fn who_hangs_up_has_not_answered() {
    let net = net();
    net.fake.set_mishap("whois", Some(Mishap::HangUp));
    assert!(matches!(net.api.whois(caller(), None).await, Err(TailnetError::Broken { .. })));
}

#[tokio::test]
async fn nonsense_is_nobody() {
    let net = net();
    for nonsense in [
        "",
        "null",
        "[]",
        "{",
        "{\"Node\":null,\"UserProfile\":{}}",
        "{\"Node\":{\"StableID\":\"n1\"}}",
        "{\"Node\":{\"StableID\":\"\"},\"UserProfile\":{}}",
        "{\"Node\":{\"StableID\":\"n1\",\"Expired\":\"no\"},\"UserProfile\":{}}",
        "{\"Node\":{\"StableID\":\"n1\",\"KeyExpiry\":\"never\"},\"UserProfile\":{}}",
        "{\"Node\":{\"StableID\":\"n1\",\"Addresses\":[\"moon\"]},\"UserProfile\":{}}",
        "{\"Node\":{\"StableID\":\"n1\"},\"UserProfile\":{},\"CapMap\":{\"cap\":\"owner\"}}",
        "{\"Node\":{\"StableID\":\"n1\"},\"UserProfile\":{}}{\"Node\":{}}",
        "{\"Node\":{\"StableID\":\"n1\",\"StableID\":\"n2\"},\"UserProfile\":{}}",
        "\u{0}\u{1}\u{2}",
    ] {
        net.fake.set_mishap("whois", Some(Mishap::Answer(200, nonsense.into())));
        let answer = net.api.whois(caller(), None).await;
        assert!(matches!(answer, Err(TailnetError::Garbled { .. })), "{nonsense}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_unknown_or_empty_does_no_harm() {
    let net = net();
    let answer = "{\"New\":[1],\"Node\":{\"StableID\":\"n1\",\"Tags\":null,\"KeyExpiry\":\"0001-01-01T00:00:00Z\",\
                  \"Hostinfo\":null,\"Later\":{}},\"UserProfile\":{},\"CapMap\":{\"cap\":null}}";
    net.fake.set_mishap("whois", Some(Mishap::Answer(200, answer.into())));
    let whois = net.api.whois(caller(), None).await.expect("a whois");
    assert_eq!(whois.node.key_expiry, None);
    assert_eq!(whois.capabilities["cap"], [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn every_status_that_is_not_ok_denies() {
    let net = net();
    for status in [201_u16, 204, 301, 400, 401, 403, 404, 405, 412, 429, 500, 503] {
        net.fake.set_mishap("whois", Some(Mishap::Answer(status, "{}".into())));
        assert!(net.api.whois(caller(), None).await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let folder = tempfile::tempdir().expect("a directory");
    let socket = folder.path().join("ts.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let babbling = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let _sent = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
        }
    });
    let answer = LocalApi::new(&socket).status().await;
    assert!(matches!(answer, Err(TailnetError::Broken { .. })), "{answer:?}");
    babbling.abort();
}
