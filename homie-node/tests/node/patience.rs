//! The client people use, with its patience: what it is told by a node that goes away and comes back.

use std::sync::Arc;

use homie_circuit::client::{AttachOptions, Attachment, Client, Config, Viewed};
use homie_node::Node;
use homie_protocol::code::Code;
use homie_protocol::methods::session::{List, ListParams, Start};
use homie_trust::DeviceIdentity;
use tokio::time::timeout;

use crate::between::Between;
use crate::caller::{Caller, shell};
use crate::machine::{Machine, PATIENCE};

async fn client(machine: &Machine, node: &Node) -> Client {
    let identity = DeviceIdentity::without_key(node.machine_key()).unwrap();
    let config = Config::local(machine.state.local_sock(), Arc::new(identity));
    timeout(PATIENCE, Client::connect(config)).await.unwrap().unwrap()
}

/// Reads until the output ends with this text; every byte must follow the one before.
async fn until_shown(attachment: &Attachment, text: &mut String, end: &str) {
    while !text.ends_with(end) {
        match timeout(PATIENCE, attachment.next()).await.unwrap_or_else(|_| panic!("only {text:?} came")) {
            Some(Viewed::Output { offset, bytes }) => {
                assert_eq!(offset.get(), text.len() as u64);
                text.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            Some(Viewed::Attached(_)) => {}
            other => panic!("{other:?} was not expected after {text:?}"),
        }
    }
}

#[tokio::test]
async fn an_attachment_goes_on_where_it_was() {
    let machine = Machine::new();
    let node = machine.node().await;
    let client = client(&machine, &node).await;
    let script = "while read line; do echo =$line; done";
    let session = client.request::<Start>(&shell(script)).await.unwrap().session.id;
    let attachment = client.attach(AttachOptions::interactive(session)).await.unwrap();
    let mut text = String::new();
    attachment.write(b"one\r").await.unwrap();
    until_shown(&attachment, &mut text, "=one\r\n").await;

    node.stop().await;
    // Typed while there is no node: it waits, and is typed once.
    attachment.write(b"two\r").await.unwrap();
    let _node = machine.node().await;
    until_shown(&attachment, &mut text, "=two\r\n").await;
    timeout(PATIENCE, attachment.applied()).await.unwrap();
    assert_eq!(text, "one\r\n=one\r\ntwo\r\n=two\r\n");
    assert_eq!(client.request::<List>(&ListParams::default()).await.unwrap().sessions.len(), 1);
}

#[tokio::test]
async fn the_list_is_kept_over_nodes() {
    let machine = Machine::new();
    let node = machine.node().await;
    let client = client(&machine, &node).await;
    let mut list = client.subscribe();
    let first = client.request::<Start>(&shell("exec cat")).await.unwrap().session.id;
    let is_whole =
        |sessions| move |list: &homie_circuit::client::SessionList| list.current && list.sessions.len() == sessions;
    timeout(PATIENCE, list.wait_for(is_whole(1))).await.unwrap().unwrap();
    node.stop().await;
    timeout(PATIENCE, list.wait_for(|list| !list.current)).await.unwrap().unwrap();
    let _node = machine.node().await;
    client.request::<Start>(&shell("exec cat")).await.unwrap();
    let list = timeout(PATIENCE, list.wait_for(is_whole(2))).await.unwrap().unwrap();
    assert!(list.sessions.contains_key(&first));
}

#[tokio::test]
async fn a_session_that_is_lost_ends_its_attachment() {
    let machine = Machine::new();
    let node = machine.node().await;
    let client = client(&machine, &node).await;
    let session = client.request::<Start>(&shell("exec cat")).await.unwrap().session.id;
    let attachment = client.attach(AttachOptions::watch(session)).await.unwrap();
    machine.kill_holder(session);
    loop {
        match timeout(PATIENCE, attachment.next()).await.unwrap() {
            Some(Viewed::Attached(_)) => {}
            Some(Viewed::Detached(reason)) => {
                assert_eq!(reason.code, Code::Ended);
                break;
            }
            other => panic!("{other:?} was not expected"),
        }
    }
}

#[tokio::test]
async fn a_link_that_breaks_while_its_holder_lives_is_mended_under_the_attachment() {
    let machine = Machine::new();
    let node = machine.node().await;
    let session = Caller::local(&machine).await.start("while read line; do echo =$line; done").await.id;
    node.stop().await;
    let between = Between::stand(&machine.state.holder(&session));
    let node = machine.node().await;
    let client = client(&machine, &node).await;
    let attachment = client.attach(AttachOptions::interactive(session)).await.unwrap();
    let mut text = String::new();
    for word in ["one", "two", "three"] {
        attachment.write(format!("{word}\r").as_bytes()).await.unwrap();
        until_shown(&attachment, &mut text, &format!("={word}\r\n")).await;
        between.cut();
    }
    assert_eq!(text, "one\r\n=one\r\ntwo\r\n=two\r\nthree\r\n=three\r\n");
}
