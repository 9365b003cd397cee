//! The door to the internet over real sockets and real TLS: anybody gets the page, devices of the roster get in, and nobody pairs but
//! by a link that was made for this door.

use std::fs;
use std::sync::Arc;

use futures_util::future::join_all;
use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::hello::Role;
use homie_protocol::id::LinkSecret;
use homie_protocol::methods::pairing::{Begin, BeginParams, Offer, OfferParams, OfferedWay, Redeem, RedeemParams, Way};
use homie_protocol::pairing::{Commitment, PAIRING_VERSION};
use homie_trust::{Actor, ClonedFile, GatewayFile, KeyPair, Start, SystemRandom, internet_origin};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::access::answers_as_the_table_says;
use crate::client::Client;
use crate::harness::{Answer, read_to_end, request, within};

mod door;

use door::{Door, HOST, NAME, NAMES, ORIGIN, PEER, certificate, said_over, started};

/// Connections without an answer, and circuits, that one address may have, as docs/ways-in.md and ARCHITECTURE.md say.
const WAITING: usize = 24;
const CIRCUITS_OF_ONE: usize = 48;

fn redeem(secret: LinkSecret) -> RedeemParams {
    RedeemParams { secret, name: "phone".to_owned() }
}

async fn farewell(client: &mut Client) -> Code {
    match control::decode(&client.hear().await.unwrap(), Reading::Answers).unwrap() {
        Control::Bye(refusal) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn anybody_gets_the_page_and_learns_of_no_other_machine() {
    let door = Door::open(Role::Owner).await;
    let page = door.ask("/", &[("Host", HOST)]).await;
    assert_eq!((page.status, page.text().as_str()), (200, "the page"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self';"), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("connection", "close")] {
        assert_eq!(page.header(name), Some(value));
    }
    let about = door.ask("/.well-known/homie", &[("Host", HOST), ("Origin", ORIGIN)]).await.text();
    assert!(about.contains(&door.gateway.node().to_string()) && about.contains("\"public\":true"), "{about}");
    assert!(!about.contains("desk"), "what people call it is nobody's business: {about}");
    // The same page at home knows the others.
    let mut socket = TcpStream::connect(door.gateway.addr()).await.unwrap();
    let host = format!("localhost:{}", door.gateway.addr().port());
    socket.write_all(request("GET", "/", &[("Host", &host)]).as_bytes()).await.unwrap();
    let at_home = Answer::parse(&read_to_end(&mut socket).await);
    let policy = at_home.header("content-security-policy").unwrap();
    assert!(policy.contains(PEER) && policy.contains(ORIGIN), "{policy}");
}

#[tokio::test]
async fn another_name_page_proxy_or_path_is_refused() {
    let door = Door::open(Role::Owner).await;
    let local = format!("localhost:{}", door.gateway.addr().port());
    for host in [NAME, "127.0.0.1:8443", "evil.example:8443", &local, "peer.tail.test:4663", ""] {
        assert_eq!(door.ask("/", &[("Host", host)]).await.status, 403, "{host}");
    }
    let local = format!("http://{local}");
    for origin in
        ["https://evil.example", "null", "http://home.example.org:8443", "https://home.example.org", &local, PEER]
    {
        assert_eq!(door.ask("/", &[("Host", HOST), ("Origin", origin)]).await.status, 403, "{origin}");
    }
    assert_eq!(door.ask("/", &[("Host", HOST), ("Sec-Fetch-Site", "cross-site")]).await.status, 403);
    assert_eq!(door.ask("/", &[("Host", HOST), ("Host", HOST)]).await.status, 403);
    let id = door.gateway.node().to_string();
    for forged in [
        ("Tailscale-User-Login", "alice@example.com"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 x"),
        ("Homie-Relay", &*id),
    ] {
        assert_eq!(door.ask("/ws", &[("Host", HOST), forged]).await.status, 400, "{forged:?}");
    }
    for path in ["/join", "/spare"] {
        let status =
            door.ask(path, &[("Host", HOST), ("Connection", "Upgrade"), ("Upgrade", "homie-spare")]).await.status;
        assert_eq!(status, 403, "{path}");
    }
    // And this door's name is no name at another.
    let mut socket = TcpStream::connect(door.gateway.addr()).await.unwrap();
    socket.write_all(request("GET", "/", &[("Host", HOST)]).as_bytes()).await.unwrap();
    assert_eq!(Answer::parse(&read_to_end(&mut socket).await).status, 403);
}

#[tokio::test]
async fn a_device_of_the_roster_gets_in_below_the_ceiling_and_out_when_it_is_revoked() {
    for (highest, role, expected) in
        [(Role::Owner, Role::Operator, Role::Operator), (Role::Viewer, Role::Owner, Role::Viewer)]
    {
        let door = Door::open(highest).await;
        let key = door.enrol(role);
        let (mut client, greeted) = door.greeted(&key).await.unwrap();
        assert_eq!(greeted, expected);
        door.roster.revoke(key.device_key().id, &Actor::local("test")).unwrap();
        assert_eq!(farewell(&mut client).await, Code::DeviceUnknown);
    }
}

/// A page of another machine of the mesh may come for circuits, with its own device's key; nobody else's.
#[tokio::test]
async fn pages_of_the_mesh_open_circuits_and_no_others() {
    let door = Door::open(Role::Owner).await;
    let key = door.enrol(Role::Operator);
    let names = (HOST, PEER);
    let mut client = Client::dialled(names, door.tls().await).await.unwrap();
    assert_eq!(client.greet_at(names, &key).await, Ok(Role::Operator));
    assert_eq!(Client::dialled((HOST, "https://evil.example"), door.tls().await).await.err(), Some(403));
    // What the greeting says must be what the request said.
    let mut client = Client::dialled(NAMES, door.tls().await).await.unwrap();
    assert_eq!(client.greet_at(names, &key).await, Err(Code::Origin));
}

#[tokio::test]
async fn a_stranger_is_sent_away_and_pairs_by_a_link_of_this_door_alone() {
    let door = Door::open(Role::Owner).await;
    let stranger = KeyPair::generate().unwrap();
    let (mut client, role) = door.greeted(&stranger).await.unwrap();
    assert_eq!((role, farewell(&mut client).await), (Role::None, Code::DeviceUnknown), "nobody is expected");

    // While one is out a stranger may bring it, and do nothing else: no digits, no shared secret, no link of the desk.
    let link = door.link(Role::Operator);
    let desk = door.gateway.link().unwrap().split_once("#link=").unwrap().1.parse().unwrap();
    let (mut client, role) = door.greeted(&stranger).await.unwrap();
    assert_eq!(role, Role::None);
    for way in [Way::Code, Way::Secret, Way::Machine] {
        let params = BeginParams { version: PAIRING_VERSION, way, id: None, commitment: Commitment([7; 32]) };
        assert_eq!(client.ask::<Begin>(&params).await.err(), Some(Code::Forbidden), "{way:?}");
    }
    assert_eq!(client.ask::<Offer>(&OfferParams { way: OfferedWay::Code }).await.err(), Some(Code::Forbidden));
    assert_eq!(client.ask::<Redeem>(&redeem(desk)).await.err(), Some(Code::LinkInvalid));
    let output = client.ask::<Redeem>(&redeem(link)).await.unwrap();
    assert_eq!((output.role, output.device), (Role::Operator, stranger.device_key().id));
    assert_eq!(door.greeted(&stranger).await.unwrap().1, Role::Operator);

    // It is spent, and who is in may not pair here either.
    let (mut client, _) = door.greeted(&stranger).await.unwrap();
    assert_eq!(client.ask::<Redeem>(&redeem(link)).await.err(), Some(Code::LinkInvalid));
    let params = BeginParams { version: PAIRING_VERSION, way: Way::Code, id: None, commitment: Commitment([7; 32]) };
    assert_eq!(client.ask::<Begin>(&params).await.err(), Some(Code::Forbidden));
    assert_eq!(door.roster.members().unwrap().devices().len(), 2);
}

#[tokio::test]
async fn every_method_is_answered_as_the_table_says() {
    let door = Door::open(Role::Owner).await;
    let _link = door.link(Role::Viewer);
    let stranger = KeyPair::generate().unwrap();
    answers_as_the_table_says(&mut door.greeted(&stranger).await.unwrap().0, "internet: none").await;
    let owner = door.enrol(Role::Owner);
    answers_as_the_table_says(&mut door.greeted(&owner).await.unwrap().0, "internet: owner").await;
}

/// A link for the internet is none at the desk, where whoever redeems one becomes an owner.
#[tokio::test]
async fn a_link_for_the_internet_is_none_at_the_desk() {
    let door = Door::open(Role::Owner).await;
    let host = format!("localhost:{}", door.gateway.addr().port());
    let names = (host.as_str(), &*format!("http://{host}"));
    let stream = TcpStream::connect(door.gateway.addr()).await.unwrap();
    let mut client = Client::dialled(names, stream).await.unwrap();
    assert_eq!(client.greet_at(names, &KeyPair::generate().unwrap()).await, Ok(Role::None));
    assert_eq!(client.ask::<Redeem>(&redeem(door.link(Role::Viewer))).await.err(), Some(Code::LinkInvalid));
}

/// 2^128 links cannot be tried, and not even eleven are.
#[tokio::test]
async fn who_guesses_links_is_not_heard_any_more() {
    let door = Door::open(Role::Owner).await;
    let link = door.link(Role::Viewer);
    let (mut client, _) = door.greeted(&KeyPair::generate().unwrap()).await.unwrap();
    for guess in 0..10 {
        let wrong = LinkSecret::from_bytes([guess; 16]);
        assert_eq!(client.ask::<Redeem>(&redeem(wrong)).await.err(), Some(Code::LinkInvalid));
    }
    assert_eq!(client.ask::<Redeem>(&redeem(link)).await.err(), Some(Code::TooOften));
}

/// Whoever opens connections and says nothing is not let in with one more, and is as soon as they are gone.
#[tokio::test]
async fn one_address_has_so_many_silent_connections_and_no_more() {
    let door = Door::open(Role::Owner).await;
    drop(door.tls().await);
    let shown = fs::read_to_string(&door.files.certificate).unwrap();
    let mut is_refused = false;
    // On a machine that is very slow the first ones may have been given up meanwhile. Many more would knock too often.
    for _ in 0..4 {
        let silent: Vec<_> = join_all((0..2 * WAITING).map(|_| door.connect())).await;
        is_refused |= door.trusting(&shown, NAME).await.is_err();
        drop(silent);
    }
    assert!(is_refused);
    let page = within(async {
        loop {
            if let Ok(socket) = door.trusting(&shown, NAME).await {
                break socket;
            }
        }
    })
    .await;
    assert_eq!(Answer::parse(&said_over(page, "/", &[("Host", HOST)]).await).status, 200);
}

#[tokio::test]
async fn one_address_has_so_many_circuits_and_no_more() {
    let door = Door::open(Role::Owner).await;
    let key = door.enrol(Role::Viewer);
    let mut open = Vec::new();
    for _ in 0..CIRCUITS_OF_ONE {
        open.push(door.greeted(&key).await.unwrap());
    }
    assert_eq!(Client::dialled(NAMES, door.tls().await).await.err(), Some(503));
    open.pop();
    within(async { while Client::dialled(NAMES, door.tls().await).await.is_err() {} }).await;
    // Other doors have their places still.
    let host = format!("localhost:{}", door.gateway.addr().port());
    let names = (host.as_str(), &*format!("http://{host}"));
    let mut at_home = Client::dialled(names, TcpStream::connect(door.gateway.addr()).await.unwrap()).await.unwrap();
    assert_eq!(at_home.greet_at(names, &key).await, Ok(Role::Viewer));
}

#[tokio::test]
async fn the_roster_and_the_other_processes_are_told_where_it_is() {
    let door = Door::open(Role::Owner).await;
    let file = GatewayFile::read(&door.state).unwrap().unwrap();
    assert_eq!(file.public.as_ref(), door.gateway.public());
    assert!(!file.origins.iter().any(|origin| origin == ORIGIN), "it is no name at the other doors");
    let machine = door.roster.members().unwrap().machine(door.gateway.node()).unwrap().clone();
    assert_eq!(machine.origins, [internet_origin(ORIGIN)]);
    assert_eq!(machine.pages().collect::<Vec<_>>(), [ORIGIN]);
}

/// N-10: a copy of this machine would be taken for it.
#[tokio::test]
async fn it_stays_closed_while_another_machine_has_this_ones_key() {
    let door = Door::open(Role::Owner).await;
    let twin = Start::new(Arc::new(KeyPair::machine(&door.state).unwrap()), &SystemRandom).unwrap();
    door.gateway.stop().await;
    ClonedFile::heard(&door.state, twin.machine(), "at 192.0.2.7", twin.id()).unwrap();
    let closed = started(&door.state, &door.files, Role::Owner).await;
    assert!(closed.public().is_none() && closed.cloned().is_some());
    assert_eq!(GatewayFile::read(&door.state).unwrap().unwrap().public, None);
    closed.stop().await;
}

/// A new pair is shown from the next handshake on; half of one, and another's, are not.
#[tokio::test]
async fn the_certificate_is_replaced_while_it_is_open() {
    let door = Door::open(Role::Owner).await;
    let key = door.enrol(Role::Viewer);
    let before = fs::read_to_string(&door.files.certificate).unwrap();
    let (mut client, _) = door.greeted(&key).await.unwrap();
    door.show(&certificate("other.example.org"));
    let next = certificate(NAME);
    door.show(&(next.0.clone(), certificate(NAME).1));
    assert!(door.trusting(&before, NAME).await.is_ok(), "the one before is shown");
    door.show(&next);
    door.tls().await;
    assert!(door.trusting(&before, NAME).await.is_err());
    assert!(door.trusting(&next.0, "other.example.org").await.is_err(), "who wants another name is not meant");
    // Who was there before is not thrown out.
    assert_eq!(client.ask::<Redeem>(&redeem(LinkSecret::from_bytes([1; 16]))).await.err(), Some(Code::LinkInvalid));
}
