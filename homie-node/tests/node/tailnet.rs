//! Callers from the tailnet, whom the node asks its own tailscaled about; and what becomes of their circuits when that
//! answers otherwise.

use homie_node::Node;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::methods::mesh::{RosterTell, TellParams};
use homie_protocol::methods::session::{List, ListParams, Start};
use homie_tailnet::BackendState;
use homie_tailnet::fake::{FakePeer, FakeTailscaled, Mishap};
use homie_trust::{Actor, GatewayFile, KeyPair, OpenDoor, Policy, Roster, Tailnet};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::caller::{Caller, shell};
use crate::doors::{circuit, handshake};
use crate::machine::{Machine, PATIENCE};

pub(crate) const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const CAPABILITY: &str = "example.com/cap/mesh";
pub(crate) const HOST: &str = "gw.tail.test:4663";

/// A node on machine `gw`, which is of nobody; its owner is Alice, who has a laptop.
pub(crate) struct Net {
    pub(crate) machine: Machine,
    pub(crate) node: Node,
    pub(crate) fake: FakeTailscaled,
    _folder: TempDir,
}

impl Net {
    pub(crate) async fn new(change: impl FnOnce(&mut Policy)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fake = FakeTailscaled::start(folder.path().join("ts.sock"), FakePeer::tagged("tag:gw", "gw", 1)).unwrap();
        fake.set_peer(alice());
        let mut policy =
            Policy { owner: Some(ALICE.to_owned()), capability: Some(CAPABILITY.to_owned()), ..Policy::default() };
        change(&mut policy);
        let mut machine = Machine::new();
        machine.tailnet = Some(Tailnet { api: fake.api(), policy });
        let node = machine.node().await;
        let gateway = GatewayFile::loopback(1, ([127, 0, 0, 1], 4663).into());
        gateway.with_door(&OpenDoor::direct("gw.tail.test", 4663)).write(&machine.state).unwrap();
        Self { machine, node, fake, _folder: folder }
    }

    async fn from(&self, address: &str, key: Option<&KeyPair>) -> Result<Caller, Refusal> {
        let headers = [("homie-door", "serve"), ("homie-caller", address)];
        circuit(handshake(&self.machine, &self.node, &headers).await.unwrap(), HOST, key).await
    }

    async fn status(&self, address: &str) -> u16 {
        let headers = [("homie-door", "tailnet"), ("homie-caller", address)];
        handshake(&self.machine, &self.node, &headers).await.map_or_else(|status| status, |_| 101)
    }
}

fn alice() -> FakePeer {
    FakePeer::user(ALICE, "laptop", 2)
}

fn bob(role: &str) -> FakePeer {
    FakePeer::user(BOB, "desk", 3).with_capability(CAPABILITY, &[json!({ "role": role })])
}

pub(crate) async fn farewell(caller: &mut Caller) -> Code {
    timeout(PATIENCE, caller.until(|history| history.bye().is_some())).await.unwrap();
    caller.history.bye().unwrap().code
}

/// Waits until the circuit may start a session, or may not any more.
async fn until_may_type(caller: &mut Caller, may: bool) {
    let asking = async {
        while caller.call::<Start>(&shell("true")).await.is_ok() != may {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, asking).await.unwrap();
}

/// The least of the device's role, the tailnet's and the ceiling; without a key nobody does more than look.
#[tokio::test]
async fn a_caller_gets_the_least_of_all_roles() {
    for (ceiling, enrolled, expected) in [
        (Role::Owner, Role::Owner, Role::Owner),
        (Role::Owner, Role::Operator, Role::Operator),
        (Role::Operator, Role::Owner, Role::Operator),
        (Role::Viewer, Role::Owner, Role::Viewer),
    ] {
        let net = Net::new(|policy| policy.ceiling = ceiling).await;
        let key = net.machine.enrol(enrolled);
        assert_eq!(net.from("100.64.0.2:0", Some(&key)).await.unwrap().ready.role, expected);
        net.node.stop().await;
    }
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Owner);
    net.fake.set_peer(bob("operator"));
    assert_eq!(net.from("100.64.0.3:0", Some(&key)).await.unwrap().ready.role, Role::Operator);
    let stranger = KeyPair::generate().unwrap();
    for key in [None, Some(&stranger)] {
        let mut caller = net.from("[fd7a:115c:a1e0::2]:50000", key).await.unwrap();
        assert_eq!(caller.ready.role, Role::Viewer);
        assert!(caller.call::<List>(&ListParams { subscribe: None, after: None }).await.is_ok());
        assert_eq!(caller.call::<Start>(&shell("true")).await.unwrap_err().code, Code::Forbidden);
    }
}

#[tokio::test]
async fn where_the_tailnet_is_trusted_no_key_is_needed() {
    let net = Net::new(|policy| policy.trust_tailnet = true).await;
    assert_eq!(net.from("100.64.0.2:0", None).await.unwrap().ready.role, Role::Owner);
    net.fake.set_peer(bob("viewer"));
    assert_eq!(net.from("100.64.0.3:0", None).await.unwrap().ready.role, Role::Viewer);
}

/// Without its key it would still come in; with it nobody does, on an open circuit or a new one.
#[tokio::test]
async fn a_revoked_key_is_nobodys_however_much_its_machine_is_trusted() {
    let net = Net::new(|policy| policy.trust_tailnet = true).await;
    let key = net.machine.enrol(Role::Operator);
    let mut caller = net.from("100.64.0.2:0", Some(&key)).await.unwrap();
    let roster = Roster::open(&net.machine.state, "elsewhere").unwrap();
    roster.revoke(key.device_key().id, &Actor::local("test")).unwrap();
    assert_eq!(farewell(&mut caller).await, Code::DeviceUnknown);
    assert_eq!(net.from("100.64.0.2:0", Some(&key)).await.err().unwrap().code, Code::DeviceUnknown);
}

/// What a gateway says of a caller is looked up again: it cannot make somebody of nobody.
#[tokio::test]
async fn the_node_believes_its_own_tailscaled_alone() {
    let net = Net::new(|_| ()).await;
    net.fake.set_peer(FakePeer::user(BOB, "desk", 3));
    net.fake.set_peer(alice().expired());
    for (address, why) in [
        ("100.64.0.1:0", "own address"),
        ("127.0.0.1:5000", "loopback"),
        ("100.64.0.2:0", "expired"),
        ("100.64.0.3:0", "no role"),
        ("100.64.0.9:0", "stranger"),
        ("nonsense", "garbled"),
    ] {
        assert_eq!(net.status(address).await, 403, "{why}");
    }
    net.fake.set_peer(alice());
    assert_eq!(net.status("100.64.0.2:0").await, 101);
    net.fake.set_mishap("whois", Some(Mishap::Answer(500, "broken".into())));
    assert_eq!(net.status("100.64.0.2:0").await, 403);
    let deaf = Machine::new();
    let node = deaf.node().await;
    let headers = [("homie-door", "serve"), ("homie-caller", "100.64.0.2:0")];
    assert_eq!(handshake(&deaf, &node, &headers).await.err(), Some(403));
}

#[tokio::test]
async fn a_grant_that_is_taken_away_ends_the_circuit() {
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Owner);
    net.fake.set_peer(bob("operator"));
    let mut caller = net.from("100.64.0.3:0", Some(&key)).await.unwrap();
    net.fake.set_peer(FakePeer::user(BOB, "desk", 3));
    assert_eq!(farewell(&mut caller).await, Code::Forbidden);
}

#[tokio::test]
async fn an_expired_or_hidden_machine_or_one_of_somebody_else_ends_the_circuit() {
    let net = Net::new(|_| ()).await;
    let changes: [fn(&Net); 3] = [
        |net| net.fake.set_peer(alice().expired()),
        |net| net.fake.remove_peer(alice().stable_id()),
        |net| {
            net.fake
                .set_peer(FakePeer::user(BOB, "laptop", 2).with_capability(CAPABILITY, &[json!({ "role": "owner" })]));
        },
    ];
    for change in changes {
        net.fake.set_peer(alice());
        let mut caller = net.from("100.64.0.2:0", None).await.unwrap();
        change(&net);
        assert_eq!(farewell(&mut caller).await, Code::Forbidden);
    }
}

#[tokio::test]
async fn another_role_reaches_the_open_circuit() {
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Owner);
    net.fake.set_peer(bob("operator"));
    let mut caller = net.from("100.64.0.3:0", Some(&key)).await.unwrap();
    let session = caller.start("exec cat").await.id;
    caller.type_on(1, session).await;
    net.fake.set_peer(bob("viewer"));
    until_may_type(&mut caller, false).await;
    caller.input(1, 0, b"too late\r");
    caller.until(|history| history.detached(1).is_some()).await;
    assert_eq!(caller.history.detached(1).unwrap().code, Code::ReadOnly);
    net.fake.set_peer(bob("operator"));
    until_may_type(&mut caller, true).await;
}

/// The roster is another one, and what it says of another device ends that one's circuit: by then every circuit was told.
#[tokio::test]
async fn a_change_of_the_roster_gives_nothing_back_that_the_tailnet_took() {
    let net = Net::new(|_| ()).await;
    let (key, other) = (net.machine.enrol(Role::Owner), net.machine.enrol(Role::Viewer));
    net.fake.set_peer(bob("operator"));
    let mut caller = net.from("100.64.0.3:0", Some(&key)).await.unwrap();
    let mut revoked = net.from("100.64.0.2:0", Some(&other)).await.unwrap();
    net.fake.set_peer(bob("viewer"));
    until_may_type(&mut caller, false).await;
    let roster = Roster::open(&net.machine.state, "a machine").unwrap();
    roster.revoke(other.device_key().id, &Actor::local("test")).unwrap();
    revoked.until(|history| history.bye().is_some()).await;
    for _ in 0..20 {
        let refusal = caller.call::<Start>(&shell("true")).await.unwrap_err();
        assert_eq!(refusal.code, Code::Forbidden);
        tokio::task::yield_now().await;
    }
}

/// Whoever tells entries is told its role by whom the tailnet names now, not by whom it named at first.
#[tokio::test]
async fn the_role_that_is_told_with_the_roster_is_todays() {
    let net = Net::new(|_| ()).await;
    let key = net.machine.enrol(Role::Owner);
    net.fake.set_peer(bob("operator"));
    let mut caller = net.from("100.64.0.3:0", Some(&key)).await.unwrap();
    let root = Roster::open(&net.machine.state, "a machine").unwrap().members().unwrap().root();
    let nothing = TellParams { root, entries: Vec::new() };
    assert_eq!(caller.call::<RosterTell>(&nothing).await.unwrap().role, Role::Operator);
    net.fake.set_peer(bob("viewer"));
    until_may_type(&mut caller, false).await;
    assert_eq!(caller.call::<RosterTell>(&nothing).await.unwrap().role, Role::Viewer);
}

/// It restarts in less than the grace; whoever is still allowed then has not noticed.
#[tokio::test]
async fn a_tailscaled_that_comes_back_costs_no_circuit() {
    let mut net = Net::new(|_| ()).await;
    let mut caller = net.from("100.64.0.2:0", None).await.unwrap();
    net.fake.stop().await;
    assert_eq!(net.status("100.64.0.2:0").await, 403, "nobody new comes in meanwhile");
    net.fake.resume().unwrap();
    let asked = net.fake.asked().len();
    timeout(PATIENCE, async {
        while !net.fake.asked()[asked..].iter().any(|asked| asked.contains("whois")) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("everybody is asked about again");
    assert!(caller.call::<List>(&ListParams { subscribe: None, after: None }).await.is_ok());
    net.fake.set_state(&BackendState::Running);
    net.fake.remove_peer(alice().stable_id());
    assert_eq!(farewell(&mut caller).await, Code::Forbidden);
}
