//! A link lets one key in, once. The client here is written from the specification, so that it is nobody's mirror.

use futures_util::{SinkExt, StreamExt};
use homie_gateway::link;
use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::hello::{ClientKind, Hello, Nonce, Prove, Role, Side, Transcript, Welcome};
use homie_protocol::id::{LinkSecret, RequestKey};
use homie_protocol::limits::{CIRCUITS, NAME_MAX};
use homie_protocol::methods::pairing::{RedeemOutput, RedeemParams};
use homie_protocol::version::SPOKEN;
use homie_trust::{Actor, Device, KeyPair, Roster, SystemRandom, random_bytes};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::harness::{House, within};

/// What a circuit says, the last of it decoded.
type Payload = Vec<u8>;

struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    async fn open(house: &House) -> Self {
        let mut request = format!("ws://{}/ws", house.host()).into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("homie.v1"));
        request.headers_mut().insert("Origin", HeaderValue::try_from(format!("http://{}", house.host())).unwrap());
        let stream = house.connect().await;
        Self { socket: within(tokio_tungstenite::client_async(request, stream)).await.unwrap().0 }
    }

    async fn say(&mut self, message: &Outgoing<'_, impl serde::Serialize>) {
        let frame = [Header::CIRCUIT.to_bytes().as_slice(), &message.encode().unwrap()].concat();
        within(self.socket.send(Message::binary(frame))).await.unwrap();
    }

    /// The next control payload; `None` once the circuit is closed.
    async fn hear(&mut self) -> Option<Payload> {
        match within(self.socket.next()).await {
            Some(Ok(Message::Binary(frame))) => Some(frame[HEADER_LEN..].to_vec()),
            None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))) => {
                None
            }
            other => panic!("not a frame: {other:?}"),
        }
    }

    /// Greets with this key, and gives the role; or the code of the refusal.
    async fn greet(&mut self, house: &House, key: &KeyPair, origin: &str) -> Result<Role, Code> {
        let hello = Hello {
            versions: SPOKEN,
            device: Some(key.device_key()),
            kind: ClientKind::Web,
            agent: "test".to_owned(),
            nonce: Nonce(random_bytes(&SystemRandom).unwrap()),
            host: house.host(),
            origin: Some(origin.to_owned()),
        };
        self.say(&Outgoing::<Empty>::Hello(&hello)).await;
        let welcome = match control::decode(&self.hear().await.unwrap(), Reading::Greeting).unwrap() {
            Control::Welcome(welcome) => welcome,
            Control::Bye(refusal) => return Err(refusal.code),
            other => panic!("not a welcome: {other:?}"),
        };
        let bytes = transcript(&hello, &welcome, key).bytes(Side::ClientOfGateway);
        self.say(&Outgoing::<Empty>::Prove(&Prove { sig: key.sign(&bytes).unwrap() })).await;
        match control::decode(&self.hear().await.unwrap(), Reading::Greeting).unwrap() {
            Control::Ready(ready) => Ok(ready.role),
            Control::Bye(refusal) => Err(refusal.code),
            other => panic!("not ready: {other:?}"),
        }
    }

    async fn redeem(&mut self, id: u32, secret: &LinkSecret, name: &str) -> Result<RedeemOutput, Code> {
        let params = RedeemParams { secret: *secret, name: name.to_owned() };
        let key = Some(RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
        self.say(&Outgoing::Request { id, method: "pairing.redeem", params: &params, key }).await;
        let payload = self.hear().await.unwrap();
        let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
            panic!("not a response");
        };
        assert_eq!(response.id, id);
        let output = response.outcome.map_err(|refusal| refusal.code)?;
        Ok(homie_protocol::codec::decode_scanned(output).unwrap())
    }
}

fn transcript<'a>(hello: &'a Hello, welcome: &'a Welcome, key: &KeyPair) -> Transcript<'a> {
    assert_eq!(hello.device.as_ref().unwrap().id, key.device_key().id);
    Transcript::of(hello, welcome)
}

fn secret(link: &str) -> LinkSecret {
    link.split_once("/#link=").unwrap().1.parse().unwrap()
}

fn roster(house: &House) -> Roster {
    Roster::open(&house.state, "desk").unwrap()
}

/// Devices beside the machine's own.
fn enrolled(house: &House) -> usize {
    roster(house).members().unwrap().devices().len() - 1
}

async fn greeted(house: &House, key: &KeyPair) -> (Client, Role) {
    let mut client = Client::open(house).await;
    let role = client.greet(house, key, &format!("http://{}", house.host())).await.unwrap();
    (client, role)
}

#[tokio::test]
async fn a_link_lets_one_key_in_once() {
    let house = House::start().await;
    let link = house.gateway.link().unwrap();
    assert!(link.starts_with(&format!("http://{}/#link=", house.host())), "{link}");
    let (first, second) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());

    let (mut client, role) = greeted(&house, &first).await;
    assert_eq!(role, Role::None);
    let output = client.redeem(1, &secret(&link), " Firefox on desk ").await.unwrap();
    assert_eq!(output.device, first.device_key().id);
    assert_eq!(output.role, Role::Owner);
    assert_eq!(output.node, house.gateway.node());
    let members = roster(&house).members().unwrap();
    let device = members.device(&first.device_key()).unwrap();
    assert_eq!((device.name.as_str(), device.kind, device.role), ("Firefox on desk", ClientKind::Web, Role::Owner));

    // The same link again: from this circuit and from another key.
    assert_eq!(client.redeem(2, &secret(&link), "again").await, Err(Code::LinkInvalid));
    let (mut other, role) = greeted(&house, &second).await;
    assert_eq!(role, Role::None);
    assert_eq!(other.redeem(1, &secret(&link), "other").await, Err(Code::LinkInvalid));
    assert_eq!(roster(&house).members().unwrap().device(&second.device_key()), None);

    // The next circuit of the first has its role, the second's has none.
    assert_eq!(greeted(&house, &first).await.1, Role::Owner);
    assert_eq!(greeted(&house, &second).await.1, Role::None);
}

#[tokio::test]
async fn a_revocation_ends_the_circuit_at_the_gateway() {
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    let device = Device::new(key.device_key(), "desk", Role::Operator, ClientKind::Web, 0).unwrap();
    roster(&house).enrol(&device, &Actor::local("test")).unwrap();
    let (mut client, role) = greeted(&house, &key).await;
    assert_eq!(role, Role::Operator);
    roster(&house).revoke(device.id(), &Actor::local("test")).unwrap();
    let farewell = client.hear().await.unwrap();
    let Control::Bye(refusal) = control::decode(&farewell, Reading::Answers).unwrap() else { panic!("no farewell") };
    assert_eq!(refusal.code, Code::DeviceUnknown);
    assert_eq!(client.hear().await, None);
    assert_eq!(greeted(&house, &key).await.1, Role::None, "and it is a stranger from then on");
}

#[tokio::test]
async fn every_method_is_answered_to_every_role_as_the_table_says() {
    const TABLE: &str = include_str!("../../../docs/access.md");
    let house = House::start().await;
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|')).map(cells);
    let head = lines.next().unwrap();
    let rows: Vec<_> = lines.skip(1).collect();
    for (word, role) in [
        ("none", None),
        ("viewer", Some(Role::Viewer)),
        ("operator", Some(Role::Operator)),
        ("owner", Some(Role::Owner)),
    ] {
        let key = KeyPair::generate().unwrap();
        if let Some(role) = role {
            let device = Device::new(key.device_key(), word, role, ClientKind::Web, 0).unwrap();
            roster(&house).enrol(&device, &Actor::local("test")).unwrap();
        }
        let mut client = greeted(&house, &key).await.0;
        let column = head.iter().position(|title| *title == format!("gateway: {word}")).unwrap();
        for (id, row) in (1..).zip(&rows) {
            let method = row[0].trim_matches('`');
            let keyed = homie_protocol::methods::row(method).unwrap().keyed;
            let key = keyed.then(|| RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
            client.say(&Outgoing::Request { id, method, params: &Empty {}, key }).await;
            let payload = client.hear().await.unwrap();
            let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
                panic!("not a response");
            };
            let answer = match response.outcome.map_err(|refusal| refusal.code) {
                Err(code @ (Code::Forbidden | Code::UnknownMethod)) => code.name(),
                Ok(_) | Err(_) => "yes",
            };
            assert_eq!(answer, row[column], "{method} for {word}");
        }
    }
}

#[tokio::test]
async fn the_257th_circuit_of_known_devices_is_told_so_and_a_stranger_still_gets_in() {
    let house = House::start().await;
    let (known, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let device = Device::new(known.device_key(), "desk", Role::Owner, ClientKind::Web, 0).unwrap();
    roster(&house).enrol(&device, &Actor::local("test")).unwrap();
    let mut crowd = Vec::new();
    for _ in 0..CIRCUITS {
        crowd.push(greeted(&house, &known).await.0);
    }
    let (mut late, _) = greeted(&house, &known).await;
    let farewell = late.hear().await.unwrap();
    assert!(
        matches!(control::decode(&farewell, Reading::Answers).unwrap(), Control::Bye(refusal) if refusal.code == Code::Busy)
    );
    let link = secret(&house.gateway.link().unwrap());
    greeted(&house, &stranger).await.0.redeem(1, &link, "phone").await.unwrap();
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let house = House::start().await;
    let link = secret(&house.gateway.link().unwrap());
    let keys = [KeyPair::generate().unwrap(), KeyPair::generate().unwrap()];
    let (mut first, _) = greeted(&house, &keys[0]).await;
    let (mut second, _) = greeted(&house, &keys[1]).await;
    let (first, second) = tokio::join!(first.redeem(1, &link, "first"), second.redeem(1, &link, "second"));
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1, "{first:?} {second:?}");
    assert_eq!(enrolled(&house), 1);
}

#[tokio::test]
async fn a_guess_is_refused() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    let guess = LinkSecret::from_bytes([7; 16]);
    assert_eq!(client.redeem(1, &guess, "guess").await, Err(Code::LinkInvalid));
    assert_eq!(enrolled(&house), 0);
}

#[tokio::test]
async fn a_link_made_beside_the_gateway_is_as_good() {
    let house = House::start().await;
    let link = link(&house.state, house.addr()).unwrap();
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    client.redeem(1, &secret(&link), "desk").await.unwrap();
    assert_eq!(enrolled(&house), 1);
}

#[tokio::test]
async fn a_name_that_cannot_stand_in_a_list_is_refused_and_spends_no_link() {
    let house = House::start().await;
    let link = secret(&house.gateway.link().unwrap());
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    let long = "x".repeat(NAME_MAX + 1);
    for (id, name) in (1..).zip(["", "Firefox\u{202e}\n on desk", &long]) {
        assert_eq!(client.redeem(id, &link, name).await, Err(Code::OutOfRange), "{name:?}");
    }
    client.redeem(9, &link, "desk").await.unwrap();
}

#[tokio::test]
async fn who_says_another_origin_than_its_request_is_refused() {
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    let port = house.addr().port();
    for other in [format!("http://127.0.0.1:{port}"), "http://evil.example".to_owned()] {
        let mut client = Client::open(&house).await;
        assert_eq!(client.greet(&house, &key, &other).await, Err(Code::Origin), "{other}");
        assert_eq!(client.hear().await, None);
    }
}

#[tokio::test]
async fn a_gateway_serves_no_sessions() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    client.say(&Outgoing::Request { id: 1, method: "terminal.session.list", params: &Empty {}, key: None }).await;
    let payload = client.hear().await.unwrap();
    let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
        panic!("not a response");
    };
    assert_eq!(response.outcome.unwrap_err().code, Code::UnknownMethod);
}

#[tokio::test]
async fn strangers_give_way_to_newer_ones() {
    let house = House::start().await;
    let (mut first, role) = greeted(&house, &KeyPair::generate().unwrap()).await;
    assert_eq!(role, Role::None);
    let mut crowd = Vec::new();
    for _ in 0..64 {
        crowd.push(Client::open(&house).await);
    }
    let Control::Bye(refusal) = control::decode(&first.hear().await.unwrap(), Reading::Answers).unwrap().clone() else {
        panic!("not a farewell");
    };
    assert_eq!(refusal.code, Code::Busy);
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    house.gateway.stop().await;
    let payload = client.hear().await.unwrap();
    let Control::Bye(refusal) = control::decode(&payload, Reading::Answers).unwrap() else {
        panic!("not a farewell");
    };
    assert_eq!(refusal.code, Code::GoingAway);
    assert_eq!(client.hear().await, None);
}
