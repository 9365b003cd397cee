//! Who gets in, through which door, with which role.

use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Greet, Identity, Next, Role, Service, Side, Transcript};
use homie_protocol::version::{SPOKEN, Versions};
use homie_trust::{DeviceIdentity, GatewayFile, KeyPair, NodeDoor, NodeGreeter, Who, own_uid, verify};

use crate::client::{Key, greet, hello, local_hello, refused, transcript};
use crate::machine::{HOST, Machine};

#[test]
fn an_enrolled_device_has_the_role_of_the_list() {
    for key in Key::both() {
        for role in [Role::Viewer, Role::Operator, Role::Owner] {
            let machine = Machine::new();
            machine.enrol(&key.device(), role);
            let (mut mesh, mut gateway) = (machine.mesh(), machine.gateway());
            let ready = greet(&mut mesh, Side::ClientOfNode, &key, hello(Some(key.device()))).expect("ready");
            assert_eq!(ready.role, role);
            let caller = mesh.caller().expect("a caller");
            assert_eq!((caller.role, caller.circuit, caller.device()), (role, ready.circuit, Some(&key.device())));
            let ready = greet(&mut gateway, Side::ClientOfGateway, &key, hello(Some(key.device()))).expect("ready");
            assert_eq!(ready.role, role);
        }
    }
}

#[test]
fn an_unknown_device_may_only_redeem_a_link() {
    for key in Key::both() {
        let machine = Machine::new();
        let mut gateway = machine.gateway();
        let ready = greet(&mut gateway, Side::ClientOfGateway, &key, hello(Some(key.device()))).expect("ready");
        assert_eq!(ready.role, Role::None);
        assert_eq!(gateway.caller().and_then(|caller| caller.device()), Some(&key.device()));
        let code = refused(&mut machine.mesh(), Side::ClientOfNode, &key, hello(Some(key.device())));
        assert_eq!(code, Some(Code::DeviceUnknown));
        let code = refused(&mut machine.local(), Side::ClientOfNode, &key, local_hello(Some(key.device())));
        assert_eq!(code, Some(Code::DeviceUnknown));
    }
}

#[test]
fn the_next_hello_has_the_new_role() {
    let (machine, key) = (Machine::new(), Key::p256());
    let role = |machine: &Machine| {
        greet(&mut machine.gateway(), Side::ClientOfGateway, &key, hello(Some(key.device()))).expect("ready").role
    };
    assert_eq!(role(&machine), Role::None);
    machine.enrol(&key.device(), Role::Viewer);
    assert_eq!(role(&machine), Role::Viewer);
    machine.enrol(&key.device(), Role::Owner);
    assert_eq!(role(&machine), Role::Owner);
}

#[test]
fn a_restart_forgets_no_device() {
    let (mut machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Operator);
    let before = machine.server.key.machine_key();
    machine.restart();
    assert_eq!(machine.server.key.machine_key(), before);
    let ready = greet(&mut machine.mesh(), Side::ClientOfNode, &key, hello(Some(key.device()))).expect("ready");
    assert_eq!(ready.role, Role::Operator);
}

#[test]
fn a_program_of_the_same_user_is_operator() {
    let machine = Machine::new();
    let mut greeter = machine.local();
    let (welcome, next) = greeter.hello(local_hello(None)).expect("welcome");
    let Next::Ready(ready) = next else { panic!("there is nothing to prove") };
    assert_eq!((ready.role, welcome.service), (Role::Operator, Service::Node));
    assert_eq!(greeter.caller().map(|caller| &caller.who), Some(&Who::Local { uid: own_uid() }));
}

#[test]
fn a_device_on_the_local_door_has_its_own_role() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Viewer);
    let mut greeter = machine.local();
    let ready = greet(&mut greeter, Side::ClientOfNode, &key, local_hello(Some(key.device()))).expect("ready");
    assert_eq!(ready.role, Role::Viewer);
}

#[test]
fn another_user_is_refused_at_both_doors_of_the_node() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Owner);
    let uid = own_uid().wrapping_add(1);
    let mut local = NodeGreeter::new(machine.server.clone(), NodeDoor::Local { uid });
    assert_eq!(local.hello(local_hello(None)).err().map(|refusal| refusal.code), Some(Code::Unauthenticated));
    let mut mesh = NodeGreeter::new(machine.server.clone(), NodeDoor::Mesh { uid, behind: None });
    let code = refused(&mut mesh, Side::ClientOfNode, &key, hello(Some(key.device())));
    assert_eq!(code, Some(Code::Unauthenticated));
    assert!(local.caller().is_none() && mesh.caller().is_none());
}

#[test]
fn without_a_device_only_the_local_door_opens() {
    let machine = Machine::new();
    for greeter in [&mut machine.mesh() as &mut dyn Greet, &mut machine.gateway()] {
        let refusal = greeter.hello(hello(None)).expect_err("no device");
        assert_eq!(refusal.code, Code::Unauthenticated);
    }
}

#[test]
fn the_local_door_is_for_programs_that_say_so() {
    let machine = Machine::new();
    let mut page = local_hello(None);
    page.kind = ClientKind::Web;
    let mut from_page = local_hello(None);
    from_page.origin = Some("http://localhost:4663".to_owned());
    let mut elsewhere = local_hello(None);
    elsewhere.host = HOST.to_owned();
    for hello in [page, from_page, elsewhere] {
        let refusal = machine.local().hello(hello).expect_err("not a local program");
        assert_eq!(refusal.code, Code::Origin);
    }
}

#[test]
fn the_highest_common_version_is_chosen_or_none() {
    let machine = Machine::new();
    let spoken = |min, max| {
        let mut hello = local_hello(None);
        hello.versions = Versions { min, max };
        machine.local().hello(hello).map(|(welcome, _)| welcome.version).map_err(|refusal| refusal.code)
    };
    assert_eq!(spoken(SPOKEN.min, SPOKEN.max), Ok(SPOKEN.max));
    assert_eq!(spoken(0, 99), Ok(SPOKEN.max));
    assert_eq!(spoken(SPOKEN.max + 1, SPOKEN.max + 9), Err(Code::Version));
    assert_eq!(spoken(0, SPOKEN.min - 1), Err(Code::Version));
    assert_eq!(spoken(9, 0), Err(Code::Version));
}

#[test]
fn the_server_proves_itself_first() {
    let machine = Machine::new();
    let said = hello(Some(Key::ed25519().device()));
    let (node, _) = machine.mesh().hello(said.clone()).expect("welcome");
    let (gateway, _) = machine.gateway().hello(said.clone()).expect("welcome");
    assert_eq!((node.service, gateway.service), (Service::Node, Service::Gateway));
    for (welcome, side, other) in [(&node, Side::Node, Side::Gateway), (&gateway, Side::Gateway, Side::Node)] {
        let bytes = transcript(&said, welcome, side);
        assert_eq!(verify(welcome.alg, &welcome.key.0, &bytes, &welcome.sig), Ok(()));
        let bytes = transcript(&said, welcome, other);
        assert!(verify(welcome.alg, &welcome.key.0, &bytes, &welcome.sig).is_err());
    }
}

#[test]
fn a_rust_client_and_a_server_agree() {
    let machine = Machine::new();
    let key = KeyPair::generate().expect("a key");
    machine.enrol(&key.device_key(), Role::Operator);
    let identity = DeviceIdentity::with_key(key, machine.server.key.machine_key()).expect("an identity");
    let mut said = hello(identity.device());
    said.nonce.0 = identity.nonce();
    let mut greeter = machine.mesh();
    let (welcome, _) = greeter.hello(said.clone()).expect("welcome");
    let theirs = transcript(&said, &welcome, Side::Node);
    assert_eq!(identity.check_machine(&welcome.key, &theirs, &welcome.sig), Ok(()));
    let sig = identity.sign(&transcript(&said, &welcome, Side::ClientOfNode)).expect("a signature");
    assert!(greeter.prove(&homie_protocol::hello::Prove { sig, roster: None }).is_ok());
    assert_ne!(identity.nonce(), identity.nonce());
}

#[test]
fn a_damaged_roster_lets_nobody_in_and_tells_no_path() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Owner);
    let roster = machine.dir.path().join("roster");
    std::fs::write(&roster, b"{").expect("damage");
    for (side, greeter) in
        [(Side::ClientOfNode, &mut machine.mesh() as &mut dyn Greet), (Side::ClientOfGateway, &mut machine.gateway())]
    {
        let refusal = greet(greeter, side, &key, hello(Some(key.device()))).expect_err("no roster, no role");
        assert_eq!(refusal.code, Code::Internal);
        assert!(!refusal.message.contains("roster"));
    }
}

#[test]
fn without_a_gateway_the_mesh_door_has_no_names() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Owner);
    GatewayFile::remove(&machine.dir).expect("removed");
    let code = refused(&mut machine.mesh(), Side::ClientOfNode, &key, hello(Some(key.device())));
    assert_eq!(code, Some(Code::Origin));
}

/// Over TLS that ends at the node both sign what they know of it: a greeting of another connection is of no use.
#[test]
fn what_both_ends_know_of_tls_is_signed() {
    let (machine, key) = (Machine::new(), Key::ed25519());
    machine.enrol(&key.device(), Role::Operator);
    let said = hello(Some(key.device()));
    let greets = |signed: Option<[u8; 32]>| {
        let mut greeter = machine.mesh().sealed(Some([1; 32]));
        let (welcome, _) = greeter.hello(said.clone()).expect("welcome");
        let exporter = signed.as_ref().map(<[u8; 32]>::as_slice);
        let bytes = |side| Transcript { exporter, ..Transcript::of(&said, &welcome) }.bytes(side);
        let is_right = verify(welcome.alg, &welcome.key.0, &bytes(Side::Node), &welcome.sig).is_ok();
        let proved = greeter.prove(&key.prove(&bytes(Side::ClientOfNode)));
        (is_right, proved.map(|ready| ready.role).map_err(|refusal| refusal.code))
    };
    assert_eq!(greets(Some([1; 32])), (true, Ok(Role::Operator)));
    for other in [None, Some([2; 32])] {
        assert_eq!(greets(other), (false, Err(Code::Unauthenticated)), "{other:?}");
    }
}
