//! Who comes from the tailnet while no other machine is heard is not greeted at once; this machine's own programs are.

use homie_trust::KeyPair;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{pause, timeout};

use super::harness::{HOST, Inside, ORIGIN, UPGRADE, inside, within};
use crate::limits::NEWS_TIME;

const YES: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: homie.v1\r\n\r\n";

/// What the node hears of a client that has been told yes within half of the time that news are waited for.
async fn heard(inside: &Inside, mut client: UnixStream, headers: &[(&str, &str)]) -> Option<[u8; 5]> {
    let (mut asked, _) = inside.at_the_node(&mut client, &[headers, UPGRADE].concat()).await;
    // From here the time passes at once if nothing else happens.
    pause();
    asked.write_all(YES.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        assert!(within(client.read_buf(&mut answer)).await.unwrap() > 0);
    }
    client.write_all(b"hello").await.unwrap();
    let mut hello = [0; 5];
    let at_once = timeout(NEWS_TIME / 2, asked.read_exact(&mut hello)).await.is_ok();
    if !at_once {
        timeout(NEWS_TIME, asked.read_exact(&mut hello)).await.expect("it is not held for ever").unwrap();
    }
    at_once.then_some(hello)
}

/// There is another machine, and it cannot be reached.
fn with_another() -> Inside {
    let (inside, key) = (inside(), KeyPair::generate().unwrap());
    inside.roster().tell_machine(key.machine_key(), "laptop", None).unwrap();
    inside
}

#[tokio::test]
async fn a_circuit_from_the_tailnet_waits_for_the_news() {
    let inside = with_another();
    let headers = [
        ("Host", "localhost"),
        ("X-Forwarded-Host", HOST),
        ("X-Forwarded-For", "100.64.0.2"),
        ("Tailscale-User-Login", "alice@example.com"),
        ("Origin", ORIGIN),
    ];
    assert_eq!(heard(&inside, inside.by_serve(), &headers).await, None);
}

#[tokio::test]
async fn a_program_of_this_machine_does_not() {
    let inside = with_another();
    let headers = [("Host", "localhost:4663"), ("Origin", "http://localhost:4663")];
    assert_eq!(heard(&inside, inside.by_loopback(), &headers).await, Some(*b"hello"));
}
