//! Everybody who could call, and what becomes of them; and a tailscaled that does not say who they are.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use homie_protocol::hello::Role;
use homie_tailnet::fake::{FakePeer, FakeTailscaled, Mishap};
use homie_tailnet::{BackendState, Hostinfo, Node, Peer, Profile, Status, Whois};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;

const CAPABILITY: &str = "example.com/cap/mesh";
const OWN: &str = "100.64.0.1";
const ALICE: &str = "alice@example.com";

/// Machine `gw`, with a tag, connected.
fn status() -> Status {
    let own = Peer {
        stable_id: "nGW".to_owned(),
        dns_name: "gw.tail.test.".to_owned(),
        tags: vec!["tag:gw".to_owned()],
        ..Peer::default()
    };
    let addresses = vec![ip(OWN), ip("fd7a::1")];
    Status { backend_state: BackendState::Running, addresses, own, ..Status::default() }
}

fn alice() -> Whois {
    let node = Node { stable_id: "nA".to_owned(), name: "laptop.tail.test.".to_owned(), ..Node::default() };
    let user = Profile { id: 7, login_name: ALICE.to_owned(), ..Profile::default() };
    Whois { node, user, capabilities: BTreeMap::new() }
}

fn policy() -> Policy {
    Policy { owner: Some(ALICE.to_owned()), capability: Some(CAPABILITY.to_owned()), ..Policy::default() }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn claim(from: &str) -> Claim {
    Claim::of((ip(from), 5_000).into())
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

fn asked(whois: &Whois, policy: &Policy) -> Result<TailnetCaller, Unwelcome> {
    who(&status(), &claim("100.64.0.2"), whois, policy, now())
}

fn with(change: impl FnOnce(&mut Whois)) -> Whois {
    let mut whois = alice();
    change(&mut whois);
    whois
}

fn role_of(whois: &Whois, policy: &Policy) -> Role {
    asked(whois, policy).map_or(Role::None, |caller| caller.highest)
}

#[test]
fn the_owner_comes_in_and_types_with_a_key_alone() {
    let caller = asked(&alice(), &policy()).expect("a caller");
    assert_eq!((caller.highest, caller.without_key), (Role::Owner, Role::Viewer));
    assert_eq!((caller.login.as_str(), caller.machine.as_str(), caller.stable_id.as_str()), (ALICE, "laptop", "nA"));
    let trusting = Policy { trust_tailnet: true, ..policy() };
    assert_eq!(asked(&alice(), &trusting).expect("a caller").without_key, Role::Owner);
}

/// Each refusal by its name, whatever else would speak for the caller.
#[test]
fn every_other_caller_is_sent_away_with_a_reason_of_its_own() {
    let expired = with(|whois| whois.node.expired = true);
    let past = with(|whois| whois.node.key_expiry = Some(now() - Duration::from_secs(1)));
    let tagged = with(|whois| whois.node.tags = vec!["tag:ci".to_owned()]);
    let shared = with(|whois| whois.node.sharer = 9);
    let by_another = with(|whois| whois.node.hostinfo = Hostinfo { sharee_node: true, ..Hostinfo::default() });
    let own = with(|whois| whois.node.stable_id = "nGW".to_owned());
    let nobody = Policy { capability: None, ..Policy::default() };
    let stopped = Status { backend_state: BackendState::Stopped, ..status() };
    let from = claim("100.64.0.2");
    let funnel = Claim { is_funnel: true, ..from.clone() };
    let login = |login: &str| Claim { login: Some(login.as_bytes().to_vec()), ..from.clone() };
    for (status, claim, whois, policy, expected) in [
        (&stopped, &from, alice(), policy(), "not_connected"),
        (&status(), &claim(OWN), alice(), policy(), "own_address"),
        (&status(), &claim("fd7a::1"), alice(), policy(), "own_address"),
        (&status(), &claim("::ffff:100.64.0.1"), alice(), policy(), "own_address"),
        (&status(), &claim("127.0.0.1"), alice(), policy(), "own_address"),
        (&status(), &from, own, policy(), "own_address"),
        (&status(), &from, expired, policy(), "expired"),
        (&status(), &from, past, policy(), "expired"),
        (&status(), &from, tagged, policy(), "tagged"),
        (&status(), &from, shared, policy(), "shared"),
        (&status(), &from, by_another, policy(), "shared"),
        (&status(), &funnel, alice(), policy(), "funnel"),
        (&status(), &login("bob@example.com"), alice(), policy(), "other_login"),
        (&status(), &login("Alice@example.com"), alice(), policy(), "other_login"),
        (&status(), &login(""), alice(), policy(), "other_login"),
        (&status(), &from, alice(), nobody, "no_role"),
    ] {
        let refused = who(status, claim, &whois, &policy, now()).expect_err(expected);
        assert_eq!(refused.name(), expected, "{claim:?}");
    }
    assert_eq!(who(&status(), &login(ALICE), &alice(), &policy(), now()).expect("a caller").highest, Role::Owner);
}

#[test]
fn who_is_not_a_person_of_the_tailnet_comes_in_by_name_alone() {
    let grants_all = |whois: &mut Whois| {
        whois.capabilities.insert(CAPABILITY.to_owned(), vec![json!({ "role": "owner" })]);
    };
    let tagged = with(|whois| {
        whois.node.tags = vec!["tag:ci".to_owned(), "tag:web".to_owned()];
        grants_all(whois);
    });
    let shared = with(|whois| {
        whois.node.sharer = 9;
        whois.user.login_name = "eve@example.org".to_owned();
        grants_all(whois);
    });
    assert_eq!(asked(&tagged, &policy()).map_err(|why| why.name()), Err("tagged"));
    assert_eq!(asked(&shared, &policy()).map_err(|why| why.name()), Err("shared"));
    let allowed = |who: &str| Policy { allowed: vec![who.parse().expect("a line")], ..policy() };
    assert_eq!(role_of(&tagged, &allowed("tag:web operator")), Role::Operator);
    assert_eq!(role_of(&tagged, &allowed("tag:we operator")), Role::None);
    assert_eq!(role_of(&shared, &allowed("eve@example.org viewer")), Role::Viewer);
    let expired = with(|whois| whois.node.expired = true);
    assert_eq!(role_of(&expired, &allowed("alice@example.com owner")), Role::None);
}

/// Identities are compared whole: nothing is split at commas, spaces or NULs, nothing is folded.
#[test]
fn a_login_is_nobody_elses_by_its_letters() {
    for login in [
        "alice@example.com,root",
        "root,alice@example.com",
        " alice@example.com",
        "ALICE@example.com",
        "",
        "alice@example.com\0",
    ] {
        let whois = with(|whois| whois.user.login_name = login.to_owned());
        assert_eq!(role_of(&whois, &policy()), Role::None, "{login:?}");
    }
    let long = with(|whois| whois.user.login_name = ALICE.repeat(4_000));
    assert_eq!(role_of(&long, &policy()), Role::None);
}

#[test]
fn a_capability_grants_what_its_values_say_and_no_more() {
    let policy = Policy { owner: None, ..policy() };
    let granted = |values: &[Value]| {
        let whois = with(|whois| {
            whois.capabilities.insert(CAPABILITY.to_owned(), values.to_vec());
        });
        role_of(&whois, &policy)
    };
    let viewer = json!({ "role": "viewer" });
    for (values, expected) in [
        (vec![viewer.clone()], Role::Viewer),
        (vec![viewer.clone(), json!({ "role": "operator" })], Role::Operator),
        (vec![json!({ "role": "owner", "later": 1 })], Role::Owner),
        (vec![json!({ "role": "operator", "nodes": ["gw"] })], Role::Operator),
        (vec![json!({ "role": "operator", "nodes": ["gw.tail.test"] })], Role::Operator),
        (vec![json!({ "role": "operator", "nodes": ["web-1", "tag:gw"] })], Role::Operator),
        (vec![json!({ "role": "operator", "nodes": ["web-1"] }), viewer.clone()], Role::Viewer),
        (vec![json!({ "role": "operator", "nodes": [] })], Role::None),
        (vec![json!({ "role": "operator", "services": ["files"] })], Role::None),
        (vec![json!({ "role": "operator", "services": ["files", "terminal"] })], Role::Operator),
        (vec![json!({ "role": "relay" }), json!({ "role": "node" })], Role::None),
        (vec![json!({ "role": "Owner" }), json!({ "role": 3 }), json!({}), json!("owner"), json!(null)], Role::None),
        (vec![json!({ "role": "owner", "nodes": "gw" })], Role::None),
        (vec![], Role::None),
    ] {
        assert_eq!(granted(&values), expected, "{values:?}");
    }
    let other = with(|whois| {
        whois.capabilities.insert(format!("{CAPABILITY}/more"), vec![json!({ "role": "owner" })]);
    });
    assert_eq!(role_of(&other, &policy), Role::None);
}

#[test]
fn nobody_gets_above_the_ceiling_of_the_machine() {
    let low = Policy { ceiling: Role::Viewer, trust_tailnet: true, ..policy() };
    let caller = asked(&alice(), &low).expect("a caller");
    assert_eq!((caller.highest, caller.without_key), (Role::Viewer, Role::Viewer));
}

#[test]
fn who_is_allowed_is_written_with_a_role() {
    assert_eq!(
        "bob@example.com  viewer".parse(),
        Ok(Allowed { who: "bob@example.com".to_owned(), role: Role::Viewer })
    );
    for wrong in ["bob@example.com", "bob@example.com none", "bob@example.com Viewer", " viewer", ""] {
        assert!(wrong.parse::<Allowed>().is_err(), "{wrong}");
    }
    assert!(!Policy::default().lets_anybody_in() && policy().lets_anybody_in());
}

/// what cannot be asked denies, within the second that somebody waits at the door.
#[tokio::test(start_paused = true)]
async fn a_tailscaled_that_does_not_say_who_it_is_lets_nobody_in() {
    let folder = tempfile::tempdir().expect("a directory");
    let own = FakePeer::tagged("tag:gw", "gw", 1);
    let mut fake = FakeTailscaled::start(folder.path().join("ts.sock"), own).expect("a fake");
    let peer = FakePeer::user(ALICE, "laptop", 2);
    let from = Claim::of((peer.v4(), 5_000).into());
    fake.set_peer(peer);
    let tailnet = Tailnet { api: fake.api(), policy: policy() };
    assert_eq!(tailnet.who(&from).await.expect("a caller").highest, Role::Owner);
    assert_eq!(tailnet.who(&Claim::of((ip("100.64.0.9"), 1).into())).await, Err(Unwelcome::Stranger));
    for mishap in [
        Mishap::Silence,
        Mishap::HangUp,
        Mishap::Endless,
        Mishap::Answer(500, "broken".into()),
        Mishap::Answer(200, "{}".into()),
        Mishap::Answer(200, "<html>".into()),
    ] {
        for endpoint in ["status", "whois"] {
            let began = Instant::now();
            fake.set_mishap(endpoint, Some(mishap.clone()));
            let refused = tailnet.who(&from).await.expect_err("nobody");
            assert!(refused.passes(), "{endpoint} {mishap:?}: {refused}");
            assert!(began.elapsed() <= Duration::from_millis(1_200), "{endpoint} {mishap:?}");
            fake.set_mishap(endpoint, None);
        }
    }
    fake.stop().await;
    assert_eq!(tailnet.who(&from).await.map_err(|why| why.name()), Err("no_answer"));
    fake.resume().expect("a socket");
    assert!(tailnet.who(&from).await.is_ok());
    fake.set_state(&BackendState::NeedsLogin);
    assert_eq!(tailnet.who(&from).await.map_err(|why| why.name()), Err("not_connected"));
}
