//! The device list as an owner's page asks for it, and that what is decided there holds at once.

use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::hello::Role;
use homie_protocol::methods::device::{
    DeviceInfo, DeviceRename, DeviceRenameParams, DeviceRevoke, DeviceRevokeParams, DeviceRole, DeviceRoleParams,
    Devices, DevicesParams,
};
use homie_trust::{Audit, KeyPair, Roster};

use crate::client::{Client, greeted};
use crate::harness::{House, enrol, within};

async fn owner(house: &House) -> (KeyPair, Client) {
    let key = KeyPair::generate().unwrap();
    enrol(house, &key, Role::Owner);
    let client = greeted(house, &key).await.0;
    (key, client)
}

fn device(house: &House, role: Role) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    enrol(house, &key, role);
    key
}

async fn all(client: &mut Client) -> Vec<DeviceInfo> {
    client.ask::<Devices>(&DevicesParams::default()).await.unwrap().devices
}

#[tokio::test]
async fn the_list_tells_who_may_what_and_when_it_was_here() {
    let house = House::start().await;
    let (key, mut client) = owner(&house).await;
    let phone = device(&house, Role::Viewer);
    let seen = async { while all(&mut client).await.iter().all(|device| device.seen_at.is_none()) {} };
    within(seen).await;
    let devices = all(&mut client).await;
    let of = |id| devices.iter().find(|device| device.id == id).unwrap();
    let (own, other) = (of(key.device_key().id), of(phone.device_key().id));
    assert_eq!((own.role, own.seen_at.is_some(), own.is_machine), (Role::Owner, true, false));
    assert_eq!((other.role, other.seen_at, other.is_machine), (Role::Viewer, None, false));
    let machine = Roster::own_key(&house.state).unwrap().device_key().id;
    assert!(of(machine).is_machine);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let house = House::start().await;
    let (_, mut client) = owner(&house).await;
    for _ in 0..200 {
        device(&house, Role::Viewer);
    }
    let first = client.ask::<Devices>(&DevicesParams::default()).await.unwrap();
    assert_eq!(first.devices.len(), 200);
    let second = client.ask::<Devices>(&DevicesParams { after: first.next }).await.unwrap();
    assert_eq!((second.devices.len(), second.next), (2, None));
    assert!(second.devices.iter().all(|device| !first.devices.contains(device)));
    let stranger = KeyPair::generate().unwrap().device_key().id;
    let lost = client.ask::<Devices>(&DevicesParams { after: Some(stranger) }).await;
    assert_eq!(lost.err(), Some(Code::NotFound));
}

#[tokio::test]
async fn a_device_is_renamed_given_another_role_and_revoked_and_the_log_says_by_whom() {
    let house = House::start().await;
    let (key, mut client) = owner(&house).await;
    let phone = device(&house, Role::Viewer);
    let id = phone.device_key().id;
    let mut live = greeted(&house, &phone).await.0;
    let renaming = DeviceRenameParams { device: id, name: "ada's phone".to_owned() };
    assert_eq!(client.ask::<DeviceRename>(&renaming).await.unwrap().device.name, "ada's phone");
    let raising = DeviceRoleParams { device: id, role: Role::Operator };
    assert_eq!(client.ask::<DeviceRole>(&raising).await.unwrap().device.role, Role::Operator);
    let revoked = client.ask::<DeviceRevoke>(&DeviceRevokeParams { device: id }).await.unwrap().device;
    assert_eq!((revoked.role, revoked.is_revoked), (Role::None, true));
    let farewell = live.hear().await.unwrap();
    let Control::Bye(refusal) = control::decode(&farewell, Reading::Answers).unwrap() else { panic!("no farewell") };
    assert_eq!(refusal.code, Code::DeviceUnknown);
    let again = client.ask::<DeviceRole>(&raising).await;
    assert_eq!(again.err(), Some(Code::Forbidden), "for ever");
    let by = key.device_key().id.to_string();
    let deeds: Vec<_> = Audit::of(&house.state).entries().unwrap();
    let ours: Vec<_> = deeds.iter().filter(|entry| entry.by == by).map(|entry| entry.act.as_str()).collect();
    assert_eq!(ours, ["rename", "role", "revoke"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words() {
    let house = House::start().await;
    let (key, mut client) = owner(&house).await;
    let (own, stranger) = (key.device_key().id, KeyPair::generate().unwrap().device_key().id);
    let machine = Roster::own_key(&house.state).unwrap().device_key().id;
    let before = all(&mut client).await.len();
    let mut code = async |device| client.ask::<DeviceRevoke>(&DeviceRevokeParams { device }).await.err();
    assert_eq!(code(machine).await, Some(Code::Forbidden), "this machine signs with it");
    assert_eq!(code(stranger).await, Some(Code::Forbidden));
    let unnamed = DeviceRenameParams { device: own, name: "a\nb".to_owned() };
    assert_eq!(client.ask::<DeviceRename>(&unnamed).await.err(), Some(Code::OutOfRange));
    let lowered = DeviceRoleParams { device: own, role: Role::Viewer };
    assert_eq!(client.ask::<DeviceRole>(&lowered).await.err(), Some(Code::Forbidden), "an owner stays one");
    let phone = device(&house, Role::Operator).device_key().id;
    let nothing = DeviceRoleParams { device: phone, role: Role::None };
    assert!(client.ask::<DeviceRole>(&nothing).await.is_err(), "none is no role");
    assert_eq!(all(&mut client).await.iter().filter(|device| !device.is_revoked).count(), before + 1);
}

#[tokio::test]
async fn an_owner_may_revoke_itself_and_is_out() {
    let house = House::start().await;
    let (key, mut client) = owner(&house).await;
    let device = key.device_key().id;
    let id = client.begin_to_ask::<DeviceRevoke>(&DeviceRevokeParams { device }).await;
    let mut said = Vec::new();
    while let Some(payload) = client.hear().await {
        said.push(match control::decode(&payload, Reading::Answers).unwrap() {
            Control::Response(response) => {
                assert_eq!(response.id, id);
                "answer"
            }
            Control::Bye(refusal) => {
                assert_eq!(refusal.code, Code::DeviceUnknown);
                "bye"
            }
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(said.last(), Some(&"bye"));
    assert_eq!(greeted(&house, &key).await.1, Role::None);
}
