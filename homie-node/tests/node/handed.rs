//! A client whose own socket the node takes from the gateway: it is greeted as everybody is, and either end of what is left
//! between gateway and node ends its circuit.

use std::io::ErrorKind;

use homie_circuit::handed::give;
use homie_protocol::hello::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role as Side;

use crate::doors::{HOST, circuit, handshake, open_gateway};
use crate::machine::{Machine, PATIENCE};

/// What the gateway asks with.
const ASKED: [(&str, &str); 1] = [("homie-handed", "1")];

/// A machine with a node, a client's socket, and what is left between a gateway and the node.
async fn handed(machine: &Machine, node: &homie_node::Node) -> (WebSocketStream<UnixStream>, UnixStream) {
    let mut lease = handshake(machine, node, &ASKED).await.unwrap().into_inner();
    let (served, client) = UnixStream::pair().unwrap();
    give(&mut lease, served, b"").await.unwrap();
    (WebSocketStream::from_raw_socket(client, Side::Client, None).await, lease)
}

async fn ends(mut socket: impl AsyncReadExt + Unpin) {
    let mut said = Vec::new();
    if let Err(error) = timeout(PATIENCE, socket.read_to_end(&mut said)).await.unwrap() {
        // What nobody has read is no reason to wait.
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    // A WebSocket's own end, and no word of a greeting that took too long.
    assert!(said.is_empty() || said.first() == Some(&0x88), "{said:?}");
}

#[tokio::test]
async fn it_types_over_its_own_socket_and_leaves_with_it() {
    let machine = Machine::new();
    open_gateway(&machine);
    let (node, key) = (machine.node().await, machine.enrol(Role::Owner));
    let (client, lease) = handed(&machine, &node).await;
    let mut caller = circuit(client, HOST, Some(&key)).await.unwrap();
    assert_eq!(caller.ready.role, Role::Owner);
    let session = caller.start("exec cat").await.id;
    caller.type_on(1, session).await;
    caller.input(1, 0, b"through nobody\r");
    caller.until_shown(1, "through nobody").await;
    drop(caller);
    ends(lease).await;
    node.stop().await;
}

#[tokio::test]
async fn the_gateway_ends_it_by_giving_it_up() {
    let machine = Machine::new();
    open_gateway(&machine);
    let node = machine.node().await;
    let (client, lease) = handed(&machine, &node).await;
    drop(lease);
    ends(client.into_inner()).await;
    node.stop().await;
}

#[tokio::test]
async fn what_is_no_socket_ends_it_and_nothing_else() {
    let machine = Machine::new();
    open_gateway(&machine);
    let (node, key) = (machine.node().await, machine.enrol(Role::Owner));
    let mut lease = handshake(&machine, &node, &ASKED).await.unwrap().into_inner();
    lease.write_all(b"a frame, by somebody who has not read the answer").await.unwrap();
    ends(lease).await;
    let (client, _lease) = handed(&machine, &node).await;
    assert!(circuit(client, HOST, Some(&key)).await.is_ok());
    node.stop().await;
}
