//! Who is calling: people, machines, and those who must be told apart from them.

use std::net::SocketAddr;
use std::time::SystemTime;

use homie_tailnet::fake::FakePeer;
use homie_tailnet::{TailnetError, Whois};
use serde_json::json;

use crate::harness::{Net, alice, gw, net};

const CAPABILITY: &str = "example.com/cap/mesh";

async fn whois(net: &Net, peer: &FakePeer) -> Whois {
    let by_v4 = net.api.whois(SocketAddr::new(peer.v4(), 51_000), None).await.expect("a whois");
    let by_v6 = net.api.whois(SocketAddr::new(peer.v6(), 51_000), None).await.expect("a whois");
    let bare = net.api.whois(SocketAddr::new(peer.v6(), 0), Some(gw().v6())).await.expect("a whois");
    assert!(by_v4 == by_v6 && by_v4 == bare);
    by_v4
}

#[tokio::test]
async fn a_person_has_a_login_a_machine_and_capabilities() {
    let net = net();
    let values = [json!({ "role": "viewer", "nodes": ["web-1"] }), json!({ "role": "operator" })];
    let peer = alice().with_capability(CAPABILITY, &values);
    net.fake.set_peer(peer.clone());
    let whois = whois(&net, &peer).await;
    assert_eq!(whois.user.login_name, "alice@example.com");
    assert_eq!((whois.user.id, whois.node.user), (peer.user_id(), peer.user_id()));
    assert_eq!(whois.node.stable_id, peer.stable_id());
    assert_eq!(whois.node.name, "laptop.tail.test.");
    assert_eq!(whois.node.addresses, [peer.v4(), peer.v6()]);
    assert_eq!((whois.node.hostinfo.os.as_str(), whois.node.hostinfo.hostname.as_str()), ("linux", "laptop"));
    assert!(whois.node.key.starts_with("nodekey:"));
    assert_eq!(whois.capabilities[CAPABILITY], values);
    let node = &whois.node;
    assert!(!node.is_expired(SystemTime::now()) && !node.is_tagged() && !node.is_shared());
}

#[tokio::test]
async fn a_tagged_machine_is_nobodys() {
    let net = net();
    let whois = whois(&net, &gw()).await;
    assert!(whois.node.is_tagged());
    assert_eq!(whois.node.tags, ["tag:gw"]);
    assert_eq!(whois.user.login_name, "tagged-devices");
    assert!(whois.capabilities.is_empty());
}

#[tokio::test]
async fn an_expired_machine_is_still_answered_and_says_so() {
    let net = net();
    let peer = alice().with_capability(CAPABILITY, &[json!({ "role": "owner" })]).expired();
    net.fake.set_peer(peer.clone());
    let whois = whois(&net, &peer).await;
    assert_eq!(whois.user.login_name, "alice@example.com");
    assert!(!whois.capabilities.is_empty());
    assert!(whois.node.is_expired(SystemTime::UNIX_EPOCH), "it says so itself, whatever the clock");
    let mut node = whois.node;
    node.expired = false;
    assert!(node.is_expired(SystemTime::now()) && !node.is_expired(SystemTime::UNIX_EPOCH), "its time is past");
}

#[tokio::test]
async fn both_ways_of_sharing_show() {
    let net = net();
    for peer in [alice().shared_in(), alice().sharee()] {
        net.fake.set_peer(peer.clone());
        assert!(whois(&net, &peer).await.node.is_shared());
    }
}

#[tokio::test]
async fn a_stranger_and_who_was_hidden_are_nobody() {
    let net = net();
    net.fake.set_peer(alice());
    net.fake.remove_peer(alice().stable_id());
    let refused = net.api.whois(SocketAddr::new(alice().v4(), 9), None).await;
    assert!(matches!(refused, Err(TailnetError::NoSuchPeer(ip)) if ip == alice().v4()), "{refused:?}");
}

#[tokio::test]
async fn the_question_names_the_connection_and_where_it_arrived() {
    let net = net();
    let _nobody = net.api.whois("[::ffff:100.64.0.9]:51000".parse().unwrap(), Some(gw().v4())).await;
    assert_eq!(net.fake.asked(), ["GET whois?proto=tcp&addr=100.64.0.9%3A51000&dst_ip=100.64.0.1"]);
}
