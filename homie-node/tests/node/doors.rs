//! The two doors: who gets in, and what everyone else is told.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use futures_util::{SinkExt, StreamExt};
use homie_circuit::{FrameReader, FrameWriter};
use homie_node::Node;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Kind;
use homie_protocol::hello::Role;
use homie_protocol::limits::{CIRCUITS, UNGREETED};
use homie_protocol::methods::session::{List, ListParams};
use homie_protocol::stream::{FrameDecoder, preamble};
use homie_trust::{GatewayFile, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::caller::{Caller, header};
use crate::machine::{Machine, PATIENCE};

pub(crate) const HOST: &str = "127.0.0.1:4663";

/// A circuit through `mesh.sock`, as a gateway would join it.
async fn mesh(machine: &Machine, node: &Node, host: &str, key: Option<&KeyPair>) -> Result<Caller, Refusal> {
    let socket = handshake(machine, node, &[]).await.unwrap();
    circuit(socket, host, key).await
}

/// The handshake of a gateway with these headers more; the status if it was refused.
pub(crate) async fn handshake(
    machine: &Machine,
    node: &Node,
    headers: &[(&'static str, &str)],
) -> Result<WebSocketStream<UnixStream>, u16> {
    let mut request = format!("ws://{HOST}/m/{}", node.id()).into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "homie.v1".parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = UnixStream::connect(machine.state.mesh_sock()).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// A circuit over it.
pub(crate) async fn circuit(
    socket: WebSocketStream<UnixStream>,
    host: &str,
    key: Option<&KeyPair>,
) -> Result<Caller, Refusal> {
    let (reader, writer) = halves(socket);
    Caller::greet(reader, writer, host, key).await
}

/// The circuit of a page over it.
pub(crate) async fn page(
    socket: WebSocketStream<UnixStream>,
    names: (&str, &str),
    key: Option<&KeyPair>,
) -> Result<Caller, Refusal> {
    let (reader, writer) = halves(socket);
    Caller::page(reader, writer, names, key).await
}

fn halves(socket: WebSocketStream<UnixStream>) -> (FrameReader, FrameWriter) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    tokio::spawn(bridge(socket, theirs));
    homie_circuit::unix(ours)
}

/// A-08: whose client of this machine it is, the gateway says; one user does not lock another out.
#[tokio::test]
async fn who_fails_behind_a_gateway_spends_the_tries_of_its_own_user_alone() {
    let machine = Machine::new();
    open_gateway(&machine);
    let node = machine.node().await;
    let (key, stranger) = (machine.enrol(Role::Owner), KeyPair::generate().unwrap());
    let greeted = async |user: &str, key: &KeyPair| {
        let socket = handshake(&machine, &node, &[("homie-user", user)]).await.unwrap();
        circuit(socket, HOST, Some(key)).await.map(|caller| caller.ready.role).map_err(|refusal| refusal.code)
    };
    for place in 0..12 {
        let expected = if place < 10 { Code::DeviceUnknown } else { Code::TooOften };
        assert_eq!(greeted("1001", &stranger).await, Err(expected));
    }
    assert_eq!(greeted("1000", &key).await, Ok(Role::Owner));
    assert_eq!(mesh(&machine, &node, HOST, Some(&key)).await.unwrap().ready.role, Role::Owner);
    assert_eq!(handshake(&machine, &node, &[("homie-user", "alice")]).await.err(), Some(403));
}

/// Frames with a length before each on one side, messages on the other.
async fn bridge(mut socket: WebSocketStream<UnixStream>, mut stream: UnixStream) {
    let (mut decoder, mut bytes) = (FrameDecoder::default(), vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(frame))) => {
                    let (header, payload) = homie_protocol::frame::Header::parse(&frame).unwrap();
                    stream.write_all(&preamble(header, payload.len())).await.unwrap();
                    stream.write_all(payload).await.unwrap();
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            read = stream.read(&mut bytes) => {
                let Ok(len @ 1..) = read else { return };
                decoder.feed(&bytes[..len]);
                while let Some((header, payload)) = decoder.next_frame().unwrap() {
                    let frame = [&header.to_bytes(), payload].concat();
                    socket.send(Message::Binary(frame.into())).await.unwrap();
                }
            }
        }
    }
}

pub(crate) fn open_gateway(machine: &Machine) {
    let addr: SocketAddr = HOST.parse().unwrap();
    GatewayFile::loopback(1, addr).write(&machine.state).unwrap();
}

#[tokio::test]
async fn a_device_comes_in_through_the_gateway() {
    let machine = Machine::new();
    let node = machine.node().await;
    open_gateway(&machine);
    let key = machine.enrol(Role::Owner);
    let mut caller = mesh(&machine, &node, HOST, Some(&key)).await.unwrap();
    assert_eq!(caller.ready.role, Role::Owner);
    let session = caller.start("exec cat").await.id;
    caller.type_on(1, session).await;
    caller.input(1, 0, b"through the mesh\r");
    caller.until_shown(1, "through the mesh").await;
    node.stop().await;
    caller.until(|history| history.bye().is_some()).await;
    assert_eq!(caller.history.bye().unwrap().code, Code::GoingAway);
}

#[tokio::test]
async fn who_says_nothing_of_itself_does_not() {
    let machine = Machine::new();
    let node = machine.node().await;
    open_gateway(&machine);
    let known = machine.enrol(Role::Owner);
    let stranger = KeyPair::generate().unwrap();
    let cases = [
        (HOST, None, Code::Unauthenticated),
        (HOST, Some(&stranger), Code::DeviceUnknown),
        ("evil.example:4663", Some(&known), Code::Origin),
    ];
    for (host, key, code) in cases {
        let Err(refusal) = mesh(&machine, &node, host, key).await else { panic!("{code} was expected") };
        assert_eq!(refusal.code, code);
    }
    let local = Caller::over(&machine.state.local_sock(), "127.0.0.1", None).await;
    assert_eq!(local.err().unwrap().code, Code::Origin);
}

#[tokio::test]
async fn the_mesh_door_answers_nothing_but_its_own_circuit() {
    let machine = Machine::new();
    let node = machine.node().await;
    let ours = format!("/m/{}", node.id());
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let protocol = "Sec-WebSocket-Protocol: homie.v1\r\n";
    let cases = [
        ("GET", "/", format!("{upgrade}{protocol}"), 404),
        ("GET", "/m/aaaaaaaaaaaaaaaaaaaaaaaaaa", format!("{upgrade}{protocol}"), 404),
        ("POST", &ours, format!("{upgrade}{protocol}"), 405),
        ("GET", &ours, String::new(), 426),
        ("GET", &ours, upgrade.to_owned(), 400),
        ("GET", &ours, format!("{upgrade}Sec-WebSocket-Protocol: homie.v2\r\n"), 400),
        ("GET", &ours, format!("{upgrade}{protocol}"), 101),
    ];
    for (method, path, headers, status) in cases {
        let mut stream = UnixStream::connect(machine.state.mesh_sock()).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut line)).await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&line), format!("HTTP/1.1 {status}"), "{method} {path}");
    }
}

#[tokio::test]
async fn doors_are_for_our_own_user_and_are_taken_away() {
    let machine = Machine::new();
    let node = machine.node().await;
    for door in [machine.state.local_sock(), machine.state.mesh_sock()] {
        assert_eq!(door.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    node.stop().await;
    assert!(!machine.state.local_sock().exists() && !machine.state.mesh_sock().exists());
}

#[tokio::test]
async fn a_crowd_that_says_nothing_keeps_nobody_out() {
    let machine = Machine::new();
    let node = machine.node().await;
    open_gateway(&machine);
    let key = machine.enrol(Role::Owner);
    let mut crowds = Vec::new();
    for door in [machine.state.local_sock(), machine.state.mesh_sock()] {
        let mut crowd = Vec::new();
        for _ in 0..=UNGREETED {
            crowd.push(UnixStream::connect(&door).await.unwrap());
        }
        crowds.push(crowd);
    }
    assert_eq!(Caller::local(&machine).await.list().await, []);
    assert_eq!(mesh(&machine, &node, HOST, Some(&key)).await.unwrap().list().await, []);
    // The first of them had to go: it was told so, or simply closed.
    for crowd in &mut crowds {
        timeout(PATIENCE, crowd[0].read_to_end(&mut Vec::new())).await.unwrap().unwrap_or_default();
    }
}

#[tokio::test]
async fn a_door_has_256_circuits_and_the_next_is_told_so() {
    let machine = Machine::new();
    let node = machine.node().await;
    open_gateway(&machine);
    let key = machine.enrol(Role::Owner);
    let mut crowd = Vec::new();
    for _ in 0..CIRCUITS {
        crowd.push(Caller::local(&machine).await);
    }
    let mut late = Caller::local(&machine).await;
    late.until_ended().await;
    assert_eq!(late.history.bye().unwrap().code, Code::Busy);
    // The other door has places of its own, and those who are in stay.
    assert_eq!(mesh(&machine, &node, HOST, Some(&key)).await.unwrap().list().await, []);
    for caller in &mut crowd {
        assert_eq!(caller.list().await, []);
    }
    drop(crowd.pop());
    let admitted = async {
        let mut next = Caller::local(&machine).await;
        while !is_admitted(&mut next).await {
            next = Caller::local(&machine).await;
        }
    };
    timeout(PATIENCE, admitted).await.unwrap();
}

/// Whether the first answer comes, or a farewell.
async fn is_admitted(caller: &mut Caller) -> bool {
    caller.ask::<List>(&ListParams::default());
    caller.until(|history| history.has_ended() || !history.0.is_empty()).await;
    caller.history.bye().is_none() && !caller.history.has_ended()
}

#[tokio::test]
async fn nothing_comes_before_the_hello() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut reader, writer) = homie_circuit::unix(UnixStream::connect(machine.state.local_sock()).await.unwrap());
    writer.send(header(Kind::Input, 1, 0), b"forged").unwrap();
    let frame = timeout(PATIENCE, reader.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(
        crate::history::Seen::of(frame.header, &frame.payload),
        crate::history::Seen::Bye(refusal) if refusal.code == Code::UnexpectedFrame
    ));
}
