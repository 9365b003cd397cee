//! Circuits that another machine's gateway passes on: what that says can take something away, and give nothing.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_trust::{Actor, KeyPair, Roster};

use crate::caller::Caller;
use crate::doors::{circuit, handshake, page};
use crate::tailnet::{HOST, Net, farewell};

const THERE: &str = "laptop.tail.test:4663";
const PAGE: &str = "https://laptop.tail.test:4663";

fn roster(net: &Net) -> Roster {
    Roster::open(&net.machine.state, "elsewhere").unwrap()
}

/// Alice's laptop, a machine of the mesh with a gateway of its own.
fn laptop(net: &Net) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    roster(net).tell_machine(key.machine_key(), "laptop", Some(&[PAGE.to_owned()])).unwrap();
    key
}

/// What its gateway says of a client.
struct Said<'a> {
    machine: String,
    host: &'a str,
    origin: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn by(machine: &KeyPair, host: &'a str, origin: Option<&'a str>) -> Self {
        Self { machine: machine.node_id().to_string(), host, origin }
    }

    /// The client's greeting, of a page if it has an origin.
    async fn greets(
        &self,
        net: &Net,
        (host, origin): (&str, Option<&str>),
        key: Option<&KeyPair>,
    ) -> Result<Caller, Refusal> {
        let mut headers = vec![("homie-door", "serve"), ("homie-caller", "100.64.0.2:0")];
        headers.extend([("homie-relay", self.machine.as_str()), ("homie-host", self.host)]);
        headers.extend(self.origin.map(|origin| ("homie-origin", origin)));
        let socket = handshake(&net.machine, &net.node, &headers).await.unwrap();
        match origin {
            Some(origin) => page(socket, (host, origin), key).await,
            None => circuit(socket, host, key).await,
        }
    }

    async fn refused(&self, net: &Net, names: (&str, Option<&str>), key: Option<&KeyPair>) -> Code {
        self.greets(net, names, key).await.err().expect("a refusal").code
    }
}

#[tokio::test]
async fn a_device_has_its_own_role_and_no_more_than_the_machine_in_between() {
    for (ceiling, expected) in [(Role::Owner, Role::Operator), (Role::Viewer, Role::Viewer)] {
        let net = Net::new(|policy| policy.ceiling = ceiling).await;
        let (key, machine) = (net.machine.enrol(Role::Operator), laptop(&net));
        for names in [(THERE, None), (THERE, Some(PAGE)), ("localhost:4664", Some("http://localhost:4664"))] {
            let said = Said::by(&machine, names.0, names.1);
            assert_eq!(said.greets(&net, names, Some(&key)).await.unwrap().ready.role, expected, "{names:?}");
        }
        net.node.stop().await;
    }
}

/// Whom the tailnet names is the machine in between, however much it is trusted.
#[tokio::test]
async fn without_a_key_that_the_roster_names_there_is_no_role() {
    let net = Net::new(|policy| policy.trust_tailnet = true).await;
    let (machine, stranger) = (laptop(&net), KeyPair::generate().unwrap());
    let said = Said::by(&machine, THERE, Some(PAGE));
    assert_eq!(said.refused(&net, (THERE, Some(PAGE)), None).await, Code::Unauthenticated);
    assert_eq!(said.refused(&net, (THERE, Some(PAGE)), Some(&stranger)).await, Code::DeviceUnknown);
}

/// What a gateway says of a client that says the same.
#[tokio::test]
async fn names_are_those_of_the_machine_in_between() {
    let names = [
        (HOST, None),
        (HOST, Some("https://gw.tail.test:4663")),
        ("evil.example", Some("https://evil.example")),
        (THERE, Some("https://evil.example")),
        (THERE, Some("https://gw.tail.test:4663")),
        (THERE, Some("http://laptop.tail.test:4663")),
        (THERE, Some("http://localhost:4663")),
        ("laptop.tail.test", None),
        ("localhost:4663", Some(PAGE)),
        ("localhost:4663", Some("http://localhost:4664")),
        ("localhost:4663", Some("https://localhost:4663")),
        ("localhost.evil.example:4663", None),
        ("local", None),
    ];
    // Ten in ten minutes are looked at.
    for names in names.chunks(10) {
        let net = Net::new(|_| ()).await;
        let (key, machine) = (net.machine.enrol(Role::Owner), laptop(&net));
        for names in names {
            let said = Said::by(&machine, names.0, names.1);
            assert_eq!(said.refused(&net, *names, Some(&key)).await, Code::Origin, "{names:?}");
        }
        net.node.stop().await;
    }
}

/// What it says of a client that says something else: a greeting for one name is of no use under another.
#[tokio::test]
async fn the_client_has_signed_the_same_names() {
    let net = Net::new(|_| ()).await;
    let (key, machine) = (net.machine.enrol(Role::Owner), laptop(&net));
    let said = Said::by(&machine, THERE, Some(PAGE));
    for names in [
        (HOST, Some("https://gw.tail.test:4663")),
        (THERE, Some("https://gw.tail.test:4663")),
        (THERE, None),
        ("localhost:4663", Some("http://localhost:4663")),
    ] {
        assert_eq!(said.refused(&net, names, Some(&key)).await, Code::Origin, "{names:?}");
    }
    let said = Said::by(&machine, THERE, None);
    assert_eq!(said.refused(&net, (THERE, Some(PAGE)), Some(&key)).await, Code::Origin, "no page was seen");
}

#[tokio::test]
async fn what_passes_it_on_is_another_machine_of_the_mesh_for_as_long_as_it_is() {
    let net = Net::new(|_| ()).await;
    let (key, machine) = (net.machine.enrol(Role::Owner), laptop(&net));
    let names = ("localhost:4663", None);
    let (stranger, own) = (KeyPair::generate().unwrap(), KeyPair::machine(&net.machine.state).unwrap());
    for other in [stranger, own] {
        assert_eq!(Said::by(&other, names.0, None).refused(&net, names, Some(&key)).await, Code::Origin);
    }
    let said = Said::by(&machine, names.0, None);
    let mut caller = said.greets(&net, names, Some(&key)).await.unwrap();
    roster(&net).retire(machine.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(farewell(&mut caller).await, Code::Origin);
    assert_eq!(said.refused(&net, names, Some(&key)).await, Code::Origin);
}

#[tokio::test]
async fn it_comes_from_the_tailnet_and_is_said_whole() {
    let net = Net::new(|_| ()).await;
    let (key, machine) = (net.machine.enrol(Role::Owner), laptop(&net).node_id().to_string());
    let (door, caller) = (("homie-door", "serve"), ("homie-caller", "100.64.0.2:0"));
    let relay = ("homie-relay", machine.as_str());
    for half in [
        &[door, caller, relay][..],
        &[door, caller, ("homie-host", THERE)],
        &[door, caller, ("homie-origin", PAGE)],
        &[door, caller, ("homie-relay", "laptop"), ("homie-host", THERE)],
    ] {
        assert_eq!(handshake(&net.machine, &net.node, half).await.err(), Some(403), "{half:?}");
    }
    let socket = handshake(&net.machine, &net.node, &[relay, ("homie-host", THERE)]).await.unwrap();
    assert_eq!(circuit(socket, THERE, Some(&key)).await.err().unwrap().code, Code::Origin, "nobody of the tailnet");
}

/// A stranger at another machine's door spends what is spent behind that machine, and shuts out nobody who comes from it.
#[tokio::test]
async fn who_fails_behind_a_machine_does_not_shut_that_machine_out() {
    let net = Net::new(|_| ()).await;
    let (key, machine, stranger) = (net.machine.enrol(Role::Owner), laptop(&net), KeyPair::generate().unwrap());
    let said = Said::by(&machine, THERE, None);
    for place in 0..12 {
        let expected = if place < 10 { Code::DeviceUnknown } else { Code::TooOften };
        assert_eq!(said.refused(&net, (THERE, None), Some(&stranger)).await, expected);
    }
    assert_eq!(said.refused(&net, (THERE, None), Some(&key)).await, Code::TooOften);
    let socket = handshake(&net.machine, &net.node, &[("homie-door", "serve"), ("homie-caller", "100.64.0.2:0")]);
    assert_eq!(circuit(socket.await.unwrap(), HOST, Some(&key)).await.unwrap().ready.role, Role::Owner);
}
