//! Pages that other machines of the mesh have served: what they may do at the node is what their device may, and only as long
//! as those machines are of the mesh.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_trust::{Actor, KeyPair, Roster};

use crate::caller::Caller;
use crate::doors::{handshake, page};
use crate::tailnet::{HOST, Net, farewell};

const PAGE: &str = "https://laptop.tail.test:4663";
const ALICES: &[(&str, &str)] = &[("homie-door", "serve"), ("homie-caller", "100.64.0.2:0")];

fn roster(net: &Net) -> Roster {
    Roster::open(&net.machine.state, "elsewhere").unwrap()
}

/// A machine of the mesh that serves that page.
fn neighbour(net: &Net) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    roster(net).tell_machine(key.machine_key(), "laptop", Some(&[PAGE.to_owned()])).unwrap();
    key
}

async fn open(
    net: &Net,
    headers: &[(&'static str, &str)],
    origin: &str,
    key: Option<&KeyPair>,
) -> Result<Caller, Refusal> {
    page(handshake(&net.machine, &net.node, headers).await.unwrap(), (HOST, origin), key).await
}

async fn refused(net: &Net, headers: &[(&'static str, &str)], origin: &str, key: Option<&KeyPair>) -> Code {
    open(net, headers, origin, key).await.err().expect("a refusal").code
}

#[tokio::test]
async fn a_page_of_another_machine_has_the_role_of_its_device_as_long_as_that_machine_is_of_the_mesh() {
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Operator);
    assert_eq!(refused(&net, ALICES, PAGE, Some(&key)).await, Code::Origin, "nobody knows that machine");
    let machine = neighbour(&net);
    let mut caller = open(&net, ALICES, PAGE, Some(&key)).await.unwrap();
    assert_eq!(caller.ready.role, Role::Operator);
    let mut own = open(&net, ALICES, "https://gw.tail.test:4663", Some(&key)).await.unwrap();
    assert_eq!(refused(&net, ALICES, "https://laptop.tail.test", Some(&key)).await, Code::Origin);
    roster(&net).retire(machine.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(farewell(&mut caller).await, Code::Origin);
    assert_eq!(refused(&net, ALICES, PAGE, Some(&key)).await, Code::Origin);
    assert_eq!(own.list().await, [], "nobody else's circuit ends");
}

/// Whom the tailnet names sits at that browser, and has not said what the other machine's page makes of it.
#[tokio::test]
async fn the_tailnet_alone_lets_no_page_of_another_machine_in() {
    let net = Net::new(|policy| policy.trust_tailnet = true).await;
    neighbour(&net);
    let stranger = KeyPair::generate().unwrap();
    assert_eq!(refused(&net, ALICES, PAGE, None).await, Code::Unauthenticated);
    assert_eq!(refused(&net, ALICES, PAGE, Some(&stranger)).await, Code::DeviceUnknown);
    let own = open(&net, ALICES, "https://gw.tail.test:4663", Some(&stranger)).await.unwrap();
    assert_eq!(own.ready.role, Role::Owner, "our own page is trusted with it");
}

#[tokio::test]
async fn through_the_loopback_port_no_page_of_another_machine_comes() {
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Owner);
    neighbour(&net);
    assert_eq!(refused(&net, &[], PAGE, Some(&key)).await, Code::Origin);
    assert_eq!(open(&net, &[], "http://127.0.0.1:4663", Some(&key)).await.unwrap().ready.role, Role::Owner);
}
