//! Who callers are, by tailscaled's own word: people, machines, and nobody; and what becomes of that when the tailnet changes.

use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use homie_tailnet::{BackendState, Change, LocalApi, TailnetError, Whois};
use homie_tailnet_lab::host::Host;
use homie_tailnet_lab::lab::{CAPABILITY, Lab};
use serde_json::json;
use tokio::time::timeout;

use crate::after::{PATIENCE, after_changes};

async fn whois(asked: &Host, address: IpAddr) -> Result<Whois, TailnetError> {
    LocalApi::new(asked.socket()).whois(SocketAddr::new(address, 0), None).await
}

/// The roles that the policy grants.
fn roles(whois: &Whois) -> Vec<&str> {
    let values = whois.capabilities.get(CAPABILITY).into_iter().flatten();
    values.filter_map(|value| value["role"].as_str()).collect()
}

#[tokio::test]
async fn people_machines_and_oneself_are_told_apart_by_both_addresses() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    for (caller, login, tags, expected) in [
        (lab.laptop(), "alice@example.com", vec![], vec!["owner"]),
        (lab.studio(), "bob@example.com", vec![], vec!["viewer"]),
        (lab.builder(), "tagged-devices", vec!["tag:homie-node"], vec![]),
        // Whoever calls from the machine's own address looks like its owner.
        (lab.desk(), "alice@example.com", vec![], vec!["owner"]),
    ] {
        for address in [caller.v4().unwrap(), caller.v6().unwrap()] {
            let told = whois(&desk, address).await.unwrap();
            assert_eq!(told.node.name, format!("{}.", caller.dns_name()));
            assert_eq!(told.user.login_name, login);
            assert_eq!(told.node.tags, tags);
            assert_eq!(roles(&told), expected, "{address}");
            assert!(!told.node.is_shared() && !told.node.is_expired(SystemTime::now()));
        }
    }
}

#[tokio::test]
async fn roles_are_the_callers_at_the_machine_that_asks() {
    let lab = Lab::open().unwrap();
    let (laptop, builder) = (lab.laptop(), lab.builder());
    assert_eq!(roles(&whois(&builder, laptop.v4().unwrap()).await.unwrap()), ["operator"]);
    assert_eq!(roles(&whois(&laptop, builder.v4().unwrap()).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn strangers_and_whom_the_policy_hides_are_nobody() {
    let lab = Lab::open().unwrap();
    let (desk, studio, builder) = (lab.desk(), lab.studio(), lab.builder());
    for (asked, address) in [
        (&desk, "100.64.0.99".parse().unwrap()),
        (&desk, "fd7a:115c:a1e0::99".parse().unwrap()),
        (&desk, "192.0.2.1".parse().unwrap()),
        (&studio, builder.v4().unwrap()),
        (&builder, studio.v6().unwrap()),
    ] {
        let told = whois(asked, address).await;
        assert!(matches!(told, Err(TailnetError::NoSuchPeer(nobody)) if nobody == address), "{told:?}");
    }
}

#[tokio::test]
async fn a_role_changes_while_the_bus_tells_of_it() {
    let lab = Lab::open().unwrap();
    let (desk, bob) = (lab.desk(), lab.studio().v4().unwrap());
    assert_eq!(roles(&whois(&desk, bob).await.unwrap()), ["viewer"]);
    let mut changes = LocalApi::new(desk.socket()).changes().await.unwrap();
    lab.set_grants(|grants| {
        let app = json!({CAPABILITY: [{"role": "operator"}]});
        grants.push(json!({"src": ["bob@example.com"], "dst": ["alice@example.com"], "app": app}));
    })
    .unwrap();
    let told = async {
        loop {
            let change = changes.next().await.unwrap();
            let mut roles: Vec<_> = roles(&whois(&desk, bob).await.unwrap()).into_iter().map(str::to_owned).collect();
            roles.sort_unstable();
            if matches!(change, Change::Own(_) | Change::Peers(_)) && roles == ["operator", "viewer"] {
                return;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("a line of the bus after which the role is the new one");
}

#[tokio::test]
async fn whose_grants_are_gone_is_nobody() {
    let lab = Lab::open().unwrap();
    let (desk, bob) = (lab.desk(), lab.studio().v4().unwrap());
    lab.set_grants(|grants| grants.retain(|grant| grant["src"] != json!(["bob@example.com"]))).unwrap();
    let gone = async || matches!(whois(&desk, bob).await, Err(TailnetError::NoSuchPeer(_))).then_some(());
    after_changes(&LocalApi::new(desk.socket()), "the end of bob's machine", gone).await;
}

#[tokio::test]
async fn an_expired_machine_is_still_named_with_all_its_roles() {
    let lab = Lab::open().unwrap();
    let (desk, studio) = (lab.desk(), lab.studio());
    let bob = studio.v4().unwrap();
    lab.expire(&studio).unwrap();
    let expired = async || whois(&desk, bob).await.ok().filter(|told| told.node.is_expired(SystemTime::now()));
    let told = after_changes(&LocalApi::new(desk.socket()), "the end of the key", expired).await;
    assert!(told.node.expired);
    assert_eq!((told.user.login_name.as_str(), roles(&told)), ("bob@example.com", vec!["viewer"]));
    let api = LocalApi::new(studio.socket());
    let out = async || (api.status().await.unwrap().backend_state == BackendState::NeedsLogin).then_some(());
    after_changes(&api, "that it must log in again", out).await;
}

#[tokio::test]
async fn a_machine_that_has_logged_out_is_still_named_with_all_its_roles() {
    let lab = Lab::open().unwrap();
    let (desk, studio) = (lab.desk(), lab.studio());
    let bob = studio.v4().unwrap();
    studio.tailscale(&["logout"]).unwrap();
    let expired = async || whois(&desk, bob).await.ok().filter(|told| told.node.is_expired(SystemTime::now()));
    let told = after_changes(&LocalApi::new(desk.socket()), "the logout", expired).await;
    assert_eq!((told.user.login_name.as_str(), roles(&told)), ("bob@example.com", vec!["viewer"]));
}
