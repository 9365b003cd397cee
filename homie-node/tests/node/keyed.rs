//! Callers who have proved a key of the roster to the gateway: the node holds it against its own roster, for as long as the circuit
//! is open.

use homie_node::Node;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::methods::session::{List, ListParams};
use homie_trust::{Actor, KeyPair, Known, Roster};

use crate::caller::Caller;
use crate::doors::{circuit, handshake};
use crate::machine::Machine;
use crate::tailnet::farewell;

const ADDRESS: &str = "192.0.2.7:50000";

/// A node whose gateway has a door for keys, at which callers get this at most.
struct Door {
    machine: Machine,
    node: Node,
}

impl Door {
    async fn new(highest: Option<Role>) -> Self {
        let mut machine = Machine::new();
        machine.keyed = highest;
        let node = machine.node().await;
        Self { machine, node }
    }

    fn roster(&self) -> Roster {
        Roster::open(&self.machine.state, "elsewhere").unwrap()
    }

    /// A machine of the mesh.
    fn laptop(&self) -> KeyPair {
        let key = KeyPair::generate().unwrap();
        self.roster().tell_machine(key.machine_key(), "laptop", None).unwrap();
        key
    }

    /// The circuit of a device, over a connection that this key has opened.
    async fn circuit(&self, known: Known, relay: &[(&'static str, &str)], device: &KeyPair) -> Result<Caller, Refusal> {
        let known = known.header();
        let said = [("homie-door", "key"), ("homie-caller", ADDRESS), ("homie-known", known.as_str())];
        let host = self.node.id().to_string();
        let host = relay.iter().find(|(name, _)| *name == "homie-host").map_or(host, |(_, host)| (*host).to_owned());
        let socket = handshake(&self.machine, &self.node, &[&said, relay].concat()).await.unwrap();
        circuit(socket, &host, Some(device)).await
    }

    async fn refused(&self, known: Known, device: &KeyPair) -> Code {
        self.circuit(known, &[], device).await.err().expect("a refusal").code
    }
}

fn device(key: &KeyPair) -> Known {
    Known::Device(key.device_key().id)
}

fn machine(key: &KeyPair) -> Known {
    Known::Machine(key.node_id())
}

#[tokio::test]
async fn a_caller_has_the_role_of_its_device_below_the_ceiling() {
    for (highest, enrolled, expected) in [
        (Role::Owner, Role::Operator, Role::Operator),
        (Role::Viewer, Role::Owner, Role::Viewer),
        (Role::Operator, Role::Owner, Role::Operator),
    ] {
        let door = Door::new(Some(highest)).await;
        let (key, laptop) = (door.machine.enrol(enrolled), door.laptop());
        for known in [device(&key), machine(&laptop)] {
            assert_eq!(door.circuit(known, &[], &key).await.unwrap().ready.role, expected);
        }
        door.node.stop().await;
    }
}

#[tokio::test]
async fn what_the_roster_does_not_name_has_no_role() {
    let door = Door::new(Some(Role::Owner)).await;
    let (one, other, stranger) =
        (door.machine.enrol(Role::Owner), door.machine.enrol(Role::Owner), KeyPair::generate().unwrap());
    assert_eq!(door.refused(device(&one), &other).await, Code::Unauthenticated, "it speaks for itself alone");
    assert_eq!(door.refused(device(&stranger), &stranger).await, Code::DeviceUnknown);
    assert_eq!(door.refused(machine(&stranger), &one).await, Code::DeviceUnknown);
    assert_eq!(door.refused(machine(&door.laptop()), &stranger).await, Code::DeviceUnknown);
}

/// A circuit ends with the key that opened its connection, and with that of its device.
#[tokio::test]
async fn an_open_circuit_ends_when_its_key_is_revoked_or_its_machine_retired() {
    let door = Door::new(Some(Role::Owner)).await;
    let (key, laptop, actor) = (door.machine.enrol(Role::Owner), door.laptop(), Actor::local("test"));
    let mut by_machine = door.circuit(machine(&laptop), &[], &key).await.unwrap();
    let mut by_device = door.circuit(device(&key), &[], &key).await.unwrap();
    door.roster().retire(laptop.node_id(), &actor).unwrap();
    assert_eq!(farewell(&mut by_machine).await, Code::DeviceUnknown);
    assert!(by_device.call::<List>(&ListParams::default()).await.is_ok(), "the other one stays");
    door.roster().revoke(key.device_key().id, &actor).unwrap();
    assert_eq!(farewell(&mut by_device).await, Code::DeviceUnknown);
}

/// Only the machine in between may say that it passes something on.
#[tokio::test]
async fn what_is_passed_on_is_passed_on_by_the_machine_that_has_proved_its_key() {
    let door = Door::new(Some(Role::Operator)).await;
    let (key, laptop, third) = (door.machine.enrol(Role::Owner), door.laptop(), door.laptop());
    let id = laptop.node_id().to_string();
    for host in ["localhost:4664", id.as_str()] {
        let relay = [("homie-relay", id.as_str()), ("homie-host", host)];
        let passed_on = door.circuit(machine(&laptop), &relay, &key).await.unwrap();
        assert_eq!(passed_on.ready.role, Role::Operator, "{host}");
        for liar in [machine(&third), device(&key)] {
            assert_eq!(door.circuit(liar, &relay, &key).await.err().unwrap().code, Code::Origin, "{host}");
        }
    }
}

#[tokio::test]
async fn a_node_without_such_a_door_lets_nobody_in_by_it() {
    let door = Door::new(None).await;
    let key = door.machine.enrol(Role::Owner);
    let known = device(&key).header();
    let said = [("homie-door", "key"), ("homie-caller", ADDRESS), ("homie-known", known.as_str())];
    assert_eq!(handshake(&door.machine, &door.node, &said).await.err(), Some(403));
}
