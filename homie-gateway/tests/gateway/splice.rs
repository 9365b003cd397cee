//! A splice between a client and a node that these tests play: every byte both ways, and nothing else.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};

use crate::harness::{Answer, House, read_head, read_to_end, request, within};

const YES: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: homie.v1\r\nX-Node: secret\r\n\r\n";

fn node(house: &House) -> UnixListener {
    UnixListener::bind(house.state.mesh_sock()).unwrap()
}

fn path(house: &House) -> String {
    format!("/m/{}", house.gateway.node())
}

fn handshake(house: &House) -> String {
    let headers = [
        ("Host", house.host()),
        ("Origin", format!("http://{}", house.host())),
        ("Connection", "keep-alive, Upgrade".to_owned()),
        ("Upgrade", "websocket".to_owned()),
        ("Sec-WebSocket-Version", "13".to_owned()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
        ("Sec-WebSocket-Protocol", "homie.v1".to_owned()),
        ("Sec-WebSocket-Extensions", "permessage-deflate".to_owned()),
        ("Cookie", "other=site".to_owned()),
    ];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    request("GET", &path(house), &headers)
}

/// Opens a splice; `early` goes with the client's handshake, `prompt` with the node's answer.
async fn open(house: &House, early: &[u8], prompt: &[u8]) -> (TcpStream, Vec<u8>, UnixStream, Vec<u8>) {
    let listener = node(house);
    let mut client = house.connect().await;
    client.write_all(&[handshake(house).as_bytes(), early].concat()).await.unwrap();
    let (mut node, _) = within(listener.accept()).await.unwrap();
    let (_, from_client) = read_head(&mut node).await;
    node.write_all(&[YES.as_bytes(), prompt].concat()).await.unwrap();
    let (head, from_node) = read_head(&mut client).await;
    assert_eq!(Answer::parse(&head).status, 101);
    (client, from_node, node, from_client)
}

fn bytes(len: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

#[tokio::test]
async fn the_handshake_is_between_client_and_node() {
    let house = House::start().await;
    let listener = node(&house);
    let mut client = house.connect().await;
    client.write_all(handshake(&house).as_bytes()).await.unwrap();
    let (mut node, _) = within(listener.accept()).await.unwrap();
    let (head, _) = read_head(&mut node).await;
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with(&format!("get {} http/1.1\r\n", path(&house))), "{head}");
    for passed in [
        format!("host: {}", house.host()),
        format!("origin: http://{}", house.host()),
        "sec-websocket-key: dghlihnhbxbszsbub25jzq==".to_owned(),
        "sec-websocket-protocol: homie.v1".to_owned(),
        "sec-websocket-version: 13".to_owned(),
        "upgrade: websocket".to_owned(),
    ] {
        assert!(head.contains(&format!("\r\n{passed}\r\n")), "{passed} in {head}");
    }
    assert!(!head.contains("permessage-deflate") && !head.contains("cookie"), "{head}");
    node.write_all(YES.as_bytes()).await.unwrap();
    let (head, _) = read_head(&mut client).await;
    let answer = Answer::parse(&head);
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(answer.header("sec-websocket-protocol"), Some("homie.v1"));
    assert_eq!(answer.header("connection"), Some("Upgrade"));
    assert_eq!(answer.header("x-node"), None);
}

#[tokio::test]
async fn every_byte_comes_through_both_ways_at_once() {
    let house = House::start().await;
    let (client, early, node, _) = open(&house, b"", b"").await;
    assert!(early.is_empty());
    let (up, down) = (bytes(3_000_000, 1), bytes(5_000_000, 2));
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut node_reads, mut node_writes) = node.into_split();
    let (all_up, all_down) = (up.clone(), down.clone());
    let client_sends = tokio::spawn(async move {
        client_writes.write_all(&all_up).await.unwrap();
        client_writes
    });
    let node_sends = tokio::spawn(async move {
        node_writes.write_all(&all_down).await.unwrap();
        node_writes
    });
    let (mut got_up, mut got_down) = (vec![0; up.len()], vec![0; down.len()]);
    within(async { tokio::try_join!(node_reads.read_exact(&mut got_up), client_reads.read_exact(&mut got_down)) })
        .await
        .unwrap();
    assert!(got_up == up && got_down == down);
    drop((client_sends.await.unwrap(), node_sends.await.unwrap()));
}

#[tokio::test]
async fn bytes_that_come_with_the_handshake_are_not_lost() {
    let house = House::start().await;
    let (early, prompt) = (bytes(4_000, 3), bytes(4_000, 4));
    let (mut client, mut at_client, mut node, mut at_node) = open(&house, &early, &prompt).await;
    client.write_all(b"more").await.unwrap();
    node.write_all(b"more").await.unwrap();
    while at_node.len() < early.len() + 4 {
        assert!(within(node.read_buf(&mut at_node)).await.unwrap() > 0);
    }
    while at_client.len() < prompt.len() + 4 {
        assert!(within(client.read_buf(&mut at_client)).await.unwrap() > 0);
    }
    assert_eq!(at_node, [early.as_slice(), b"more"].concat());
    assert_eq!(at_client, [prompt.as_slice(), b"more"].concat());
}

#[tokio::test]
async fn a_side_that_has_ended_still_hears_the_other() {
    let house = House::start().await;
    let (mut client, _, mut node, _) = open(&house, b"", b"").await;
    client.write_all(b"last words").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut node).await, b"last words");
    node.write_all(b"answer").await.unwrap();
    drop(node);
    assert_eq!(read_to_end(&mut client).await, b"answer");
}

#[tokio::test]
async fn when_one_side_is_gone_so_is_the_other() {
    let house = House::start().await;
    let (mut client, _, node, _) = open(&house, b"", b"").await;
    drop(node);
    assert!(read_to_end(&mut client).await.is_empty());
}

#[tokio::test]
async fn a_stop_ends_the_splices() {
    let house = House::start().await;
    let (mut client, _, mut node, _) = open(&house, b"", b"").await;
    house.gateway.stop().await;
    assert!(read_to_end(&mut client).await.is_empty());
    assert!(read_to_end(&mut node).await.is_empty());
}

#[tokio::test]
async fn a_node_that_is_away_is_told_in_words() {
    let house = House::start().await;
    let answer = house.raw(handshake(&house).as_bytes()).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("node"), "{}", answer.text());
    // Its socket file is there, but nobody listens.
    drop(node(&house));
    assert_eq!(house.raw(handshake(&house).as_bytes()).await.status, 502);
}

#[tokio::test]
async fn a_node_that_hangs_up_in_the_handshake_is_away() {
    let house = House::start().await;
    let listener = node(&house);
    let gone = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    assert_eq!(house.raw(handshake(&house).as_bytes()).await.status, 502);
    gone.await.unwrap();
}

#[tokio::test]
async fn the_refusal_of_a_node_is_the_answer() {
    let house = House::start().await;
    let listener = node(&house);
    let client = tokio::spawn({
        let (addr, text) = (house.addr(), handshake(&house));
        async move {
            let mut client = TcpStream::connect(addr).await.unwrap();
            client.write_all(text.as_bytes()).await.unwrap();
            read_to_end(&mut client).await
        }
    });
    let (mut node, _) = within(listener.accept()).await.unwrap();
    read_head(&mut node).await;
    node.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 6\r\n\r\nsecret").await.unwrap();
    let answer = Answer::parse(&client.await.unwrap());
    assert_eq!(answer.status, 503);
    assert!(!answer.text().contains("secret"), "{}", answer.text());
}

#[tokio::test]
async fn other_machines_are_not_found() {
    let house = House::start().await;
    let _node = node(&house);
    for other in
        ["aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(), house.gateway.node().to_string().to_uppercase(), "x".to_owned()]
    {
        assert_eq!(house.get(&format!("/m/{other}")).await.status, 404, "{other}");
    }
}

#[tokio::test]
async fn a_plain_request_is_told_to_upgrade() {
    let house = House::start().await;
    let _node = node(&house);
    assert_eq!(house.get(&path(&house)).await.status, 426);
}

#[tokio::test]
async fn foreign_pages_do_not_reach_the_node() {
    let house = House::start().await;
    let listener = node(&house);
    let foreign = handshake(&house).replace("http://localhost", "http://evil.example");
    assert_eq!(house.raw(foreign.as_bytes()).await.status, 403);
    let nobody = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(nobody.is_err(), "the node was connected to");
}

/// What is spoken then is between client and node: nobody here knows more than that it is no WebSocket.
#[tokio::test]
async fn a_sealed_circuit_is_asked_for_and_joined_as_it_is() {
    let house = House::start().await;
    let listener = node(&house);
    let mut client = house.connect().await;
    let asked = handshake(&house).replace("Upgrade: websocket", "Upgrade: homie-tls");
    client.write_all(asked.as_bytes()).await.unwrap();
    let (mut node, _) = within(listener.accept()).await.unwrap();
    let (head, _) = read_head(&mut node).await;
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.contains("\r\nupgrade: homie-tls\r\n") && !head.contains("sec-websocket"), "{head}");
    node.write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: homie-tls\r\n\r\n")
        .await
        .unwrap();
    let (head, _) = read_head(&mut client).await;
    let answer = Answer::parse(&head);
    assert_eq!((answer.status, answer.header("upgrade")), (101, Some("homie-tls")));
    let said = b"\x16\x03\x01 anything";
    let (mut up, mut down) = ([0; 12], [0; 12]);
    within(async {
        client.write_all(said).await.unwrap();
        node.read_exact(&mut up).await.unwrap();
        node.write_all(said).await.unwrap();
        client.read_exact(&mut down).await.unwrap();
    })
    .await;
    assert!(&up == said && &down == said);
    let other = handshake(&house).replace("Upgrade: websocket", "Upgrade: h2c");
    assert_eq!(house.raw(other.as_bytes()).await.status, 426);
}
