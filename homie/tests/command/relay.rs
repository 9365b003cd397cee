//! A circuit with one machine through another one's gateway. `gw` is reached through `laptop`, as a client would that sees
//! `laptop` alone: it dials that, and asks there for `gw`.

use homie_circuit::client::{Client, Config, Route, State, Web};
use homie_gateway::reach::{Known, config, tls_client, web};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, Role, Service};
use homie_protocol::id::NodeId;
use homie_protocol::methods::session::{List, ListParams};
use homie_trust::{Actor, Device, DeviceIdentity, KeyPair, Roster};
use rustix::process::Signal;
use tokio::runtime::Runtime;

use crate::joining::join;
use crate::machine::end;
use crate::mesh::until;
use crate::two::{Two, inside, node, state};

/// A device that the mesh knows.
fn enrolled(two: &Two, role: Role) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    let device = Device::new(key.device_key(), "a device", role, ClientKind::Cli, 0).unwrap();
    Roster::open(&state(&two.gw), "gw").unwrap().enrol(&device, &Actor::local("test")).unwrap();
    key
}

/// Asks `laptop` for a circuit with this machine.
async fn through_laptop(two: &Two, machine: NodeId, key: KeyPair) -> Result<Client, Refusal> {
    let identity = DeviceIdentity::for_node(key, machine).unwrap();
    Client::connect(config(Service::Node, machine, laptop(two), "test", identity)).await
}

/// Asks `laptop` for a circuit with `gw` that is sealed from it, where this machine is expected.
async fn sealed(two: &Two, expected: NodeId, key: KeyPair) -> Result<Client, Refusal> {
    let identity = DeviceIdentity::for_node(key, expected).unwrap();
    let web = Web { path: format!("/m/{}", node(&two.gw)), ..laptop(two) };
    let config = config(Service::Node, expected, web.clone(), "test", identity);
    Client::connect(Config { route: Route::Sealed(web), ..config }).await
}

/// The way to `laptop`.
fn laptop(two: &Two) -> Web {
    let members = Roster::find(&state(&two.gw)).unwrap().members().unwrap();
    let laptop = members.machine(node(&two.laptop)).unwrap();
    let known = Known { machines: members.machines(), own: node(&two.gw), status: Err("none".to_owned()) };
    let mut web = web(&known.of_machine(laptop).unwrap(), None, tls_client().unwrap());
    web.targets = vec!["100.64.0.2".to_owned()];
    web
}

fn joined(two: &Two) -> Runtime {
    join(two);
    until(&two.laptop, "gw", "up");
    Runtime::new().unwrap()
}

#[test]
fn a_machine_is_reached_through_another_with_the_devices_own_role() {
    inside("relay::a_machine_is_reached_through_another_with_the_devices_own_role", |two| {
        let runtime = joined(two);
        for role in [Role::Viewer, Role::Operator] {
            let client = runtime.block_on(through_laptop(two, node(&two.gw), enrolled(two, role))).unwrap();
            let up = match &*client.state().borrow() {
                State::Up(up) => up.clone(),
                other => panic!("{other:?}"),
            };
            assert_eq!((up.name.as_str(), up.ready.role), ("gw", role));
            assert!(runtime.block_on(client.request::<List>(&ListParams::default())).is_ok());
        }
        let stranger = runtime.block_on(through_laptop(two, node(&two.gw), KeyPair::generate().unwrap()));
        assert_eq!(stranger.unwrap_err().code, Code::DeviceUnknown);
    });
}

#[test]
fn a_circuit_that_is_sealed_ends_at_the_machine_that_is_expected() {
    inside("relay::a_circuit_that_is_sealed_ends_at_the_machine_that_is_expected", |two| {
        let runtime = joined(two);
        for role in [Role::Viewer, Role::Owner] {
            let client = runtime.block_on(sealed(two, node(&two.gw), enrolled(two, role))).unwrap();
            let found = match &*client.state().borrow() {
                State::Up(up) => up.ready.role,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, role);
            assert!(runtime.block_on(client.request::<List>(&ListParams::default())).is_ok());
        }
        let stranger = runtime.block_on(sealed(two, node(&two.gw), KeyPair::generate().unwrap()));
        assert_eq!(stranger.unwrap_err().code, Code::DeviceUnknown);
        // Somebody else's key at the other end: that is what it would be if `laptop` ended TLS itself.
        let another = runtime.block_on(sealed(two, node(&two.laptop), enrolled(two, Role::Owner)));
        assert_eq!(another.unwrap_err().code, Code::Unauthenticated);
    });
}

#[test]
fn what_stands_in_the_way_is_told_and_what_is_no_machine_is_not_found() {
    inside("relay::what_stands_in_the_way_is_told_and_what_is_no_machine_is_not_found", |two| {
        let runtime = joined(two);
        let key = enrolled(two, Role::Owner);
        let nobody = KeyPair::generate().unwrap().node_id();
        let refused = |machine, key| runtime.block_on(through_laptop(two, machine, key)).unwrap_err();
        assert_eq!(refused(nobody, KeyPair::generate().unwrap()).code, Code::Unauthenticated);
        let client = runtime.block_on(through_laptop(two, node(&two.gw), key)).unwrap();
        end(two.gw.node(), Signal::KILL);
        let mut state = client.state();
        runtime.block_on(state.wait_for(|state| matches!(state, State::Waiting(_)))).unwrap();
        let away = refused(node(&two.gw), KeyPair::generate().unwrap());
        assert!(away.code == Code::Unreachable && away.message.contains("nothing listens there"), "{away}");
    });
}

#[test]
fn a_machine_that_is_retired_passes_nothing_on_any_more() {
    inside("relay::a_machine_that_is_retired_passes_nothing_on_any_more", |two| {
        let runtime = joined(two);
        let client = runtime.block_on(through_laptop(two, node(&two.gw), enrolled(two, Role::Owner))).unwrap();
        let roster = Roster::open(&state(&two.gw), "gw").unwrap();
        roster.retire(node(&two.laptop), &Actor::local("test")).unwrap();
        let mut state = client.state();
        let ended = runtime
            .block_on(async { state.wait_for(|state| matches!(state, State::Closed(_))).await.unwrap().clone() });
        assert!(matches!(ended, State::Closed(refusal) if refusal.code == Code::Origin));
    });
}
