//! The status, with and without peers.

use homie_tailnet::BackendState;
use homie_tailnet::fake::{Certificates, FakePeer};

use crate::harness::{alice, gw, net};

#[tokio::test]
async fn the_status_describes_this_machine() {
    let net = net();
    let status = net.api.status().await.expect("a status");
    assert!(status.is_running() && status.tun);
    assert_eq!(status.version, "1.102.3-ERR-BuildInfo");
    assert_eq!(status.addresses, [gw().v4(), gw().v6()]);
    assert_eq!(status.dns_name(), Some("gw.tail.test"));
    assert_eq!(status.own.tags, ["tag:gw"]);
    let tailnet = status.tailnet.expect("a tailnet");
    assert_eq!(tailnet.magic_dns_suffix, "tail.test");
    assert!(status.cert_domains.is_empty() && status.health.is_empty() && status.auth_url.is_none());
}

#[tokio::test]
async fn peers_come_only_if_they_are_asked_for() {
    let net = net();
    net.fake.set_peer(alice().on("macOS"));
    net.fake.set_peer(FakePeer::user("guest@example.org", "theirs", 3).sharee().offline());
    assert!(net.api.status().await.expect("a status").peers.is_empty());

    let status = net.api.status_with_peers().await.expect("a status");
    let names: Vec<&str> = status.peers.iter().map(|peer| peer.dns_name.as_str()).collect();
    assert_eq!(names, ["laptop.tail.test.", "theirs.tail.test."]);
    let [mine, theirs] = status.peers.as_slice() else { panic!("two peers") };
    assert_eq!((mine.os.as_str(), mine.online, mine.sharee_node), ("macOS", true, false));
    assert_eq!((mine.user, mine.addresses.as_slice()), (alice().user_id(), &[alice().v4(), alice().v6()][..]));
    assert_eq!((theirs.online, theirs.sharee_node), (false, true));
    assert_eq!(net.fake.asked(), ["GET status?peers=false", "GET status"]);
}

#[tokio::test]
async fn what_changes_shows() {
    let net = net();
    net.fake.set_tun(false);
    net.fake.set_health(&["not connected to control"]);
    net.fake.set_certificates(Certificates::Pair { key: String::new(), chain: String::new() });
    net.fake.set_state(&BackendState::NeedsLogin);
    let status = net.api.status().await.expect("a status");
    assert!(!status.is_running() && !status.tun);
    assert_eq!(status.backend_state, BackendState::NeedsLogin);
    assert!(status.addresses.is_empty() && status.tailnet.is_none());
    assert_eq!(status.health, ["not connected to control"]);
    assert_eq!(status.cert_domains, ["gw.tail.test"]);
}

#[tokio::test]
async fn the_kernel_names_the_daemons_user() {
    let net = net();
    let own = rustix::process::geteuid().as_raw();
    assert_eq!(net.api.daemon_uid().await.expect("a user"), own);
    assert!(net.fake.asked().is_empty());
}
