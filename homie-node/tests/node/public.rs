//! Callers from the internet: the node takes nobody's word for them but their own key's, for as long as the circuit is open.

use homie_node::Node;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_trust::{Actor, GatewayFile, KeyPair, PublicDoor, Roster};

use crate::caller::Caller;
use crate::doors::{handshake, page};
use crate::machine::Machine;
use crate::tailnet::farewell;

const HOST: &str = "home.example.org";
const ORIGIN: &str = "https://home.example.org";
const ADDRESS: &str = "192.0.2.7:50000";
const OTHER: &str = "https://laptop.tail.test:4663";

/// A node whose gateway has a door to the internet, at which callers get this at most.
struct Door {
    machine: Machine,
    node: Node,
}

impl Door {
    async fn new(highest: Option<Role>) -> Self {
        let mut machine = Machine::new();
        machine.public = highest;
        let public = Some(PublicDoor { listening: Vec::new(), origin: ORIGIN.to_owned() });
        let file = GatewayFile { public, ..GatewayFile::loopback(1, ([127, 0, 0, 1], 4663).into()) };
        file.write(&machine.state).unwrap();
        let node = machine.node().await;
        Self { machine, node }
    }

    fn roster(&self) -> Roster {
        Roster::open(&self.machine.state, "elsewhere").unwrap()
    }

    async fn circuit_from(&self, address: &str, names: (&str, &str), key: Option<&KeyPair>) -> Result<Caller, Refusal> {
        let said = [("homie-door", "public"), ("homie-caller", address)];
        page(handshake(&self.machine, &self.node, &said).await.unwrap(), names, key).await
    }

    async fn circuit(&self, names: (&str, &str), key: Option<&KeyPair>) -> Result<Caller, Refusal> {
        self.circuit_from(ADDRESS, names, key).await
    }

    async fn refused(&self, names: (&str, &str), key: Option<&KeyPair>) -> Code {
        self.circuit(names, key).await.err().expect("a refusal").code
    }
}

#[tokio::test]
async fn a_device_has_its_role_below_the_ceiling_and_nobody_else_has_any() {
    for (highest, enrolled, expected) in [
        (Role::Owner, Role::Owner, Role::Owner),
        (Role::Operator, Role::Owner, Role::Operator),
        (Role::Owner, Role::Viewer, Role::Viewer),
    ] {
        let door = Door::new(Some(highest)).await;
        let key = door.machine.enrol(enrolled);
        assert_eq!(door.circuit((HOST, ORIGIN), Some(&key)).await.unwrap().ready.role, expected);
        let stranger = KeyPair::generate().unwrap();
        assert_eq!(door.refused((HOST, ORIGIN), Some(&stranger)).await, Code::DeviceUnknown);
        assert_eq!(door.refused((HOST, ORIGIN), None).await, Code::Unauthenticated);
        door.node.stop().await;
    }
}

/// The names of one door are none at another.
#[tokio::test]
async fn the_name_and_the_page_are_those_of_this_door_or_of_a_machine_of_the_mesh() {
    let door = Door::new(Some(Role::Owner)).await;
    let key = door.machine.enrol(Role::Owner);
    for names in [
        ("127.0.0.1:4663", "http://127.0.0.1:4663"),
        (HOST, "http://127.0.0.1:4663"),
        ("127.0.0.1:4663", ORIGIN),
        ("home.example.org:443", ORIGIN),
        (HOST, "https://home.example.org:443"),
        (HOST, "https://evil.example"),
        (HOST, OTHER),
    ] {
        assert_eq!(door.refused(names, Some(&key)).await, Code::Origin, "{names:?}");
    }
    let here = handshake(&door.machine, &door.node, &[]).await.unwrap();
    assert_eq!(page(here, (HOST, ORIGIN), Some(&key)).await.err().unwrap().code, Code::Origin);
    let machine = KeyPair::generate().unwrap();
    door.roster().tell_machine(machine.machine_key(), "laptop", Some(&[OTHER.to_owned()])).unwrap();
    let mut caller = door.circuit((HOST, OTHER), Some(&key)).await.unwrap();
    door.roster().retire(machine.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(farewell(&mut caller).await, Code::Origin);
}

#[tokio::test]
async fn an_open_circuit_ends_when_its_device_is_revoked() {
    let door = Door::new(Some(Role::Owner)).await;
    let key = door.machine.enrol(Role::Owner);
    let mut caller = door.circuit((HOST, ORIGIN), Some(&key)).await.unwrap();
    door.roster().revoke(key.device_key().id, &Actor::local("test")).unwrap();
    assert_eq!(farewell(&mut caller).await, Code::DeviceUnknown);
}

/// failures are counted by address, /64 of IPv6; who is elsewhere is not locked out.
#[tokio::test]
async fn who_fails_too_often_is_not_heard_any_more_and_nobody_else_suffers() {
    let door = Door::new(Some(Role::Owner)).await;
    let (key, stranger) = (door.machine.enrol(Role::Owner), KeyPair::generate().unwrap());
    let code = async |address: &str, key: &KeyPair| {
        door.circuit_from(address, (HOST, ORIGIN), Some(key)).await.err().map(|refusal| refusal.code)
    };
    for _ in 0..10 {
        assert_eq!(code("[2001:db8::1]:1", &stranger).await, Some(Code::DeviceUnknown));
    }
    assert_eq!(code("[2001:db8::2]:2", &key).await, Some(Code::TooOften), "it is a neighbour");
    for address in ["[2001:db8:0:1::1]:1", "192.0.2.7:1"] {
        assert_eq!(code(address, &key).await, None, "{address}");
    }
}

#[tokio::test]
async fn nobody_is_passed_on_there_and_a_node_without_such_a_door_has_none() {
    let door = Door::new(Some(Role::Owner)).await;
    let (key, machine) = (door.machine.enrol(Role::Owner), KeyPair::generate().unwrap());
    door.roster().tell_machine(machine.machine_key(), "laptop", None).unwrap();
    let id = machine.node_id().to_string();
    let said =
        [("homie-door", "public"), ("homie-caller", ADDRESS), ("homie-relay", &*id), ("homie-host", "localhost:4664")];
    let socket = handshake(&door.machine, &door.node, &said).await.unwrap();
    let refused = page(socket, ("localhost:4664", "http://localhost:4664"), Some(&key)).await;
    assert_eq!(refused.err().unwrap().code, Code::Origin);
    let none = Door::new(None).await;
    let said = [("homie-door", "public"), ("homie-caller", ADDRESS)];
    assert_eq!(handshake(&none.machine, &none.node, &said).await.err(), Some(403));
}
