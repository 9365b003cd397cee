//! A circuit that a gateway has let in goes on over the client's own socket: none of its bytes pass the gateway, and it ends with it.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use homie_tests::machine::{LIMIT, Machine};
use homie_tests::viewer::{Told, Viewer};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_back_while_the_gateway_stands_still_and_the_circuit_ends_with_it() {
    let machine = Machine::new().unwrap();
    let gateway = machine.run(&["gateway", "--port", "0"], "#link=").await.unwrap();
    let node = machine.run(&["node"], "node is up").await.unwrap();
    let at = machine.gateway().unwrap();
    let mut viewer = Viewer::script(at, at, &machine.link_secret().await.unwrap()).await.unwrap();
    viewer.start_session(&["cat"]).await.unwrap();

    gateway.stand_still().unwrap();
    viewer.type_text("typed\n").await.unwrap();
    timeout(LIMIT, viewer.until_output("typed\r\ntyped\r\n")).await.unwrap().unwrap();

    gateway.kill().await.unwrap();
    timeout(LIMIT, viewer.until(|told, _| *told == Told::Down)).await.unwrap().unwrap();
    node.kill().await.unwrap();
}
