//! The door on our own tailnet addresses: the peer of the connection is who calls, over TLS with the tailnet's certificate.

use homie_tailnet::fake::FakePeer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::{ALICE, HOST, NAME, ORIGIN, UPGRADE, alice, ask, from, inside, within};
use crate::hop::Hop;
use homie_trust::Source;

const GOOD: &[(&str, &str)] = &[("Host", HOST), ("Origin", ORIGIN)];

#[tokio::test]
async fn a_caller_is_whose_address_it_is() {
    let inside = inside();
    let trusted = inside.certify();
    inside.fake.set_peer(FakePeer::tagged("tag:ci", "ci", 5));
    for (address, status, word) in [
        ("100.64.0.2", 200, "the page"),
        ("::ffff:100.64.0.2", 200, "the page"),
        ("fd7a:115c:a1e0::2", 200, "the page"),
        ("100.64.0.1", 403, "own_address"),
        ("fd7a:115c:a1e0::1", 403, "own_address"),
        ("127.0.0.1", 403, "own_address"),
        ("100.64.0.5", 403, "tagged"),
        ("100.64.0.77", 403, "stranger"),
    ] {
        let socket = inside.over_tls(from(address), NAME, &trusted).await.unwrap();
        let (found, text) = ask(socket, "/", GOOD).await;
        assert!(found == status && text.contains(word), "{address}: {found} {text}");
    }
}

/// Here is no proxy, so whoever sends a proxy's headers lies.
#[tokio::test]
async fn identity_headers_are_refused() {
    let inside = inside();
    let trusted = inside.certify();
    for forged in [
        ("Tailscale-User-Login", ALICE),
        ("Tailscale-Anything", "x"),
        ("X-Forwarded-For", "100.64.0.2"),
        ("X-Forwarded-Host", HOST),
        ("Forwarded", "for=100.64.0.2"),
        ("Via", "1.1 x"),
    ] {
        let socket = inside.over_tls(from("100.64.0.3"), NAME, &trusted).await.unwrap();
        assert_eq!(ask(socket, "/", &[GOOD, &[forged]].concat()).await.0, 400, "{forged:?}");
    }
    for (name, value) in [
        ("Host", "localhost:4663"),
        ("Host", "gw.tail.test"),
        ("Host", "100.64.0.1:4663"),
        ("Host", "evil.example:4663"),
        ("Origin", "http://gw.tail.test:4663"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let headers: Vec<_> = GOOD.iter().filter(|(known, _)| *known != name).copied().chain([(name, value)]).collect();
        let socket = inside.over_tls(from("100.64.0.2"), NAME, &trusted).await.unwrap();
        assert_eq!(ask(socket, "/", &headers).await.0, 403, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_from_the_next_handshake_on() {
    let inside = inside();
    let before = inside.certify();
    let open = inside.over_tls(from("100.64.0.2"), NAME, &before).await.unwrap();
    let after = inside.certify();
    assert!(inside.over_tls(from("100.64.0.2"), NAME, &before).await.is_err());
    let renewed = inside.over_tls(from("100.64.0.2"), NAME, &after).await.unwrap();
    assert_eq!(ask(open, "/", GOOD).await.0, 200, "who was there before is not thrown out");
    assert_eq!(ask(renewed, "/", GOOD).await.0, 200);
    let other = inside.over_tls(from("100.64.0.2"), "other.tail.test", &after).await;
    assert!(other.is_err(), "another name is not ours");
}

#[tokio::test]
async fn a_circuit_is_spliced_over_tls() {
    let inside = inside();
    let trusted = inside.certify();
    let mut client = inside.over_tls(from("100.64.0.2"), NAME, &trusted).await.unwrap();
    let (mut asked, head) = inside.at_the_node(&mut client, &[GOOD, UPGRADE].concat()).await;
    assert!(head.contains("\r\nhomie-caller: 100.64.0.2:50000\r\n"), "{head}");
    let yes = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: homie.v1\r\n\r\n";
    asked.write_all(yes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        assert!(within(client.read_buf(&mut answer)).await.unwrap() > 0);
    }
    let output = vec![7; 3_000_000];
    let (mut got, mut key) = (vec![0; output.len()], [0; 5]);
    within(async {
        let down = async { asked.write_all(&output).await.unwrap() };
        tokio::join!(down, async { client.read_exact(&mut got).await.unwrap() });
        client.write_all(b"a key").await.unwrap();
        client.flush().await.unwrap();
        asked.read_exact(&mut key).await.unwrap();
    })
    .await;
    assert!(got == output && &key == b"a key");
    drop(client);
    assert_eq!(within(asked.read_to_end(&mut Vec::new())).await.unwrap(), 0);
}

/// whoever floods waits, whichever address of its machine it takes; others do not.
#[tokio::test]
async fn a_machine_that_floods_waits_and_nobody_else_does() {
    let inside = inside();
    let trusted = inside.certify();
    let ask_from = async |address: &str| {
        let socket = inside.over_tls(from(address), NAME, &trusted).await.unwrap();
        ask(socket, "/.well-known/homie", GOOD).await.0
    };
    let hop = Hop::Tailnet(from("100.64.0.2"));
    // The bucket fills again at 60 a second, so what is asked a moment later may pass once more.
    let refused = async |address: &str| loop {
        while inside.house.rates.at(hop).allows(&Source::Machine(alice().stable_id().to_owned())) {}
        if ask_from(address).await == 429 {
            break;
        }
    };
    within(refused("100.64.0.2")).await;
    within(refused("fd7a:115c:a1e0::2")).await;
    assert_eq!(ask_from("100.64.0.3").await, 200);
}
