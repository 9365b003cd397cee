//! N-04: machines that cannot be dialled leave connections at a gateway's key door, over real sockets: who may, who gets one, and that
//! whoever does not say its ticket back is passed over.

use std::sync::Arc;

use homie_circuit::client::{Agreed, Web};
use homie_gateway::{Gateway, GatewayConfig, Page};
use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir};
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::harness::{Answer, read_head, read_to_end, request, within};
use crate::keys::Door;

const SPARE: &[(&str, &str)] = &[("Connection", "Upgrade"), ("Upgrade", "homie-spare")];

/// A machine of the mesh, by its key. The gateway itself calls it as soon as it can, and hears that another machine is there: then it
/// leaves it alone for minutes.
async fn machine(door: &Door, name: &str) -> Arc<KeyPair> {
    let key = Arc::new(KeyPair::generate().unwrap());
    door.roster.tell_machine(key.machine_key(), name, None).unwrap();
    let (mut socket, ticket) = ticket(leave(door, &key).await).await;
    socket.write_all(&ticket).await.unwrap();
    let (head, _) = read_head(&mut socket).await;
    assert!(String::from_utf8_lossy(&head).to_ascii_lowercase().contains("upgrade: websocket"));
    socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    read_to_end(&mut socket).await;
    key
}

/// It leaves a connection; a ticket may have come with the answer already.
async fn leave(door: &Door, machine: &Arc<KeyPair>) -> (UnixStream, Vec<u8>) {
    let Agreed { socket, early, .. } = brought(door, machine).await;
    (socket, early.to_vec())
}

async fn brought(door: &Door, machine: &Arc<KeyPair>) -> Agreed {
    let asking =
        [(CONNECTION, HeaderValue::from_static("Upgrade")), (UPGRADE, HeaderValue::from_static("homie-spare"))];
    let headers: HeaderMap = asking.into_iter().collect();
    let web = Web { path: "/spare".to_owned(), ..door.way(machine) };
    within(web.upgrade(&headers)).await.unwrap()
}

/// The ticket that is written to a spare once it is needed, and the spare.
async fn ticket((mut spare, mut early): (UnixStream, Vec<u8>)) -> (UnixStream, [u8; 17]) {
    while early.len() < 17 {
        assert!(within(spare.read_buf(&mut early)).await.unwrap() > 0);
    }
    assert_eq!(early[0], 2);
    (spare, early.try_into().unwrap())
}

/// A program of the gateway's machine asks for a sealed circuit with this one.
async fn asked(door: &Door, machine: &KeyPair) -> TcpStream {
    let mut client = TcpStream::connect(door.gateway.addr()).await.unwrap();
    let host = format!("localhost:{}", door.gateway.addr().port());
    let headers = [("Host", &*host), ("Connection", "Upgrade"), ("Upgrade", "homie-tls")];
    let path = format!("/m/{}", machine.node_id());
    client.write_all(request("GET", &path, &headers).as_bytes()).await.unwrap();
    client
}

async fn refused(mut client: TcpStream) -> (u16, String) {
    let answer = Answer::parse(&read_to_end(&mut client).await);
    (answer.status, answer.text())
}

#[tokio::test]
async fn machines_of_the_mesh_leave_connections_and_nobody_else() {
    let door = Door::open(Role::Owner).await;
    let device = door.enrol(Role::Owner);
    let machine = machine(&door, "shed").await;
    assert_eq!(door.status(&machine, "/spare", &[]).await, 426);
    assert_eq!(door.status(&device, "/spare", SPARE).await, 403, "an owner's device is no machine");
    let stranger = Arc::new(KeyPair::generate().unwrap());
    assert_eq!(door.status(&stranger, "/spare", SPARE).await, 0, "nobody is not heard");
    let local = format!("localhost:{}", door.gateway.addr().port());
    let mut here = TcpStream::connect(door.gateway.addr()).await.unwrap();
    here.write_all(request("GET", "/spare", &[&[("Host", &*local)], SPARE].concat()).as_bytes()).await.unwrap();
    assert_eq!(refused(here).await.0, 403, "a program of this machine is no other machine");
}

#[tokio::test]
async fn a_circuit_gets_the_spare_of_the_machine_that_is_meant_and_each_serves_once() {
    let door = Door::open(Role::Owner).await;
    let shed = machine(&door, "shed").await;
    let nas = machine(&door, "nas").await;
    let (of_shed, mut of_nas) = (leave(&door, &shed).await, leave(&door, &nas).await.0);
    let mut client = asked(&door, &shed).await;
    let (mut of_shed, written) = ticket(of_shed).await;
    of_shed.write_all(&written).await.unwrap();
    let (head, _) = read_head(&mut of_shed).await;
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let (node, host) = (door.gateway.node(), format!("homie-host: localhost:{}\r\n", door.gateway.addr().port()));
    assert!(head.starts_with(&format!("get /m/{} http/1.1\r\n", shed.node_id())), "{head}");
    for line in [&*format!("host: {}\r\n", shed.node_id()), &*format!("homie-relay: {node}\r\n"), &*host] {
        assert!(head.contains(line), "{line} in {head}");
    }
    of_shed
        .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: homie-tls\r\n\r\nfirst")
        .await
        .unwrap();
    let (head, early) = read_head(&mut client).await;
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    let mut came = early;
    while came != b"first" {
        assert!(within(client.read_buf(&mut came)).await.unwrap() > 0);
    }
    client.write_all(b"and back").await.unwrap();
    let mut came = [0; 8];
    within(of_shed.read_exact(&mut came)).await.unwrap();
    assert_eq!(&came, b"and back");
    // It was the only one, and is not given out again; the other machine's is not touched.
    drop((client, of_shed));
    let nobody = Arc::new(KeyPair::generate().unwrap());
    assert_eq!(refused(asked(&door, &nobody).await).await.0, 404);
    of_nas.write_all(&[0]).await.unwrap();
    let mut answer = [9];
    within(of_nas.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, [1], "it lies there and is answered");
}

/// One stands still, one says the first one's ticket back, and one is what it should be.
#[tokio::test]
async fn who_is_silent_or_says_anothers_ticket_is_passed_over() {
    let door = Door::open(Role::Owner).await;
    let shed = machine(&door, "shed").await;
    let (good, liar, silent) = (leave(&door, &shed).await, leave(&door, &shed).await, leave(&door, &shed).await);
    let mut client = asked(&door, &shed).await;
    let (mut silent, first) = ticket(silent).await;
    let (mut liar, second) = ticket(liar).await;
    assert_ne!(first, second);
    liar.write_all(&first).await.unwrap();
    let (mut good, third) = ticket(good).await;
    // Both are closed, and what they say later reaches nobody.
    assert_eq!((read_to_end(&mut silent).await, read_to_end(&mut liar).await), (Vec::new(), Vec::new()));
    good.write_all(&third).await.unwrap();
    let (head, _) = read_head(&mut good).await;
    assert!(head.starts_with(b"GET /m/"));
    good.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
    let (head, _) = read_head(&mut client).await;
    assert!(head.starts_with(b"HTTP/1.1 502 "), "{}", String::from_utf8_lossy(&head));
}

#[tokio::test]
async fn a_ticket_that_was_used_is_worth_nothing_on_the_next_spare() {
    let door = Door::open(Role::Owner).await;
    let shed = machine(&door, "shed").await;
    let first = leave(&door, &shed).await;
    let _client = asked(&door, &shed).await;
    let (mut first, used) = ticket(first).await;
    first.write_all(&used).await.unwrap();
    read_head(&mut first).await;
    let second = leave(&door, &shed).await;
    let client = asked(&door, &shed).await;
    let (mut second, unused) = ticket(second).await;
    assert_ne!(unused, used);
    second.write_all(&used).await.unwrap();
    let (third, fresh) = ticket(leave(&door, &shed).await).await;
    assert_eq!(read_to_end(&mut second).await, b"");
    drop(third);
    assert!(fresh != used && refused(client).await.0 == 502);
}

#[tokio::test]
async fn a_machine_that_is_retired_leaves_nothing_and_what_lies_there_is_closed() {
    let door = Door::open(Role::Owner).await;
    let shed = machine(&door, "shed").await;
    let mut spare = leave(&door, &shed).await.0;
    door.roster.retire(shed.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(read_to_end(&mut spare).await, b"");
    assert_eq!(door.status(&shed, "/spare", SPARE).await, 0);
}

/// A gateway that dials out to this one: its node does not run, and it says so itself.
struct Dialler {
    gateway: Gateway,
    folder: TempDir,
}

impl Dialler {
    async fn to(door: &Door) -> Self {
        let folder = TempDir::new().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        Roster::open(&state, "shed").unwrap();
        let (key, actor) = (KeyPair::machine(&state).unwrap().machine_key(), Actor::local("test"));
        let device = Roster::own_key(&state).unwrap().device_key();
        let device = Device::new(device, "shed", Role::Owner, ClientKind::Cli, 0).unwrap();
        door.roster.enrol_machine(&device, key, "shed", &actor).unwrap();
        let members = door.roster.members().unwrap();
        let entries = members.by_owners().map(|(_, signed)| signed.clone()).collect();
        Roster::join(&state, members.root(), entries, door.gateway.node(), &actor).unwrap();
        let gateway = Gateway::start(GatewayConfig {
            dial_out: Some(Role::Owner),
            ..GatewayConfig::on_loopback(state, "shed", Page::of(&[]))
        });
        Self { gateway: gateway.await.unwrap(), folder }
    }
}

#[tokio::test]
async fn a_gateway_that_dials_out_answers_for_itself_again_and_again() {
    let door = Door::open(Role::Owner).await;
    let shed = Dialler::to(&door).await;
    let state = StateDir::open(&shed.folder.path().join("homie")).unwrap();
    let lies =
        || homie_trust::DialOutFile::read(&state).unwrap().is_some_and(|file| file.machines.iter().any(|at| at.lies));
    while !lies() {
        tokio::task::yield_now().await;
    }
    let key = KeyPair::machine(&state).unwrap();
    for round in 0..8 {
        let (status, words) = refused(asked(&door, &key).await).await;
        assert!(
            status == 502 && words.contains("The node of this machine does not answer"),
            "{round}: {status} {words}"
        );
    }
    shed.gateway.stop().await;
    assert!(homie_trust::DialOutFile::read(&state).unwrap().is_none());
    let (status, words) = refused(asked(&door, &key).await).await;
    assert!(status == 502 && words.contains("shed"), "{status} {words}");
}
