//! The device list, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::methods::device::{
    DeviceInfo, DeviceOutput, DeviceRename, DeviceRenameParams, DeviceRevoke, DeviceRevokeParams, DeviceRole,
    DeviceRoleParams, Devices, DevicesOutput, DevicesParams,
};

use super::super::message::{Message, set};
use super::super::samples::{ed25519_device, p256_device};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let (desk, phone) = (desk(), phone());
    let (id, name) = (phone.id, phone.name.clone());
    let revoked = DeviceInfo { role: Role::None, is_revoked: true, ..phone.clone() };
    let renamed = DeviceOutput { device: phone.clone() };
    let lowered = DeviceOutput { device: DeviceInfo { role: Role::Viewer, ..phone.clone() } };
    Ok(vec![
        params::<Devices>("first-page", &DevicesParams::default())?,
        params::<Devices>("next-page", &DevicesParams { after: Some(id) })?,
        result::<Devices>("none", &DevicesOutput { devices: Vec::new(), next: None })?,
        result::<Devices>("some", &DevicesOutput { devices: vec![desk, phone], next: Some(id) })?,
        params::<DeviceRename>("phone", &DeviceRenameParams { device: id, name })?,
        result::<DeviceRename>("phone", &renamed)?,
        params::<DeviceRole>("viewer", &DeviceRoleParams { device: id, role: Role::Viewer })?,
        result::<DeviceRole>("viewer", &lowered)?,
        params::<DeviceRevoke>("phone", &DeviceRevokeParams { device: id })?,
        result::<DeviceRevoke>("phone", &DeviceOutput { device: revoked })?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let one = Message::default().with("device", &p256_device().id)?;
    let renaming = one.clone().set("name", raw::text("a"));
    let output = Message::default().with("device", &desk())?;
    let short = || set("device-short", "device", raw::text("ab"), Code::OutOfRange, "device");
    let all = [
        wrong_params::<Devices>(
            &Message::default(),
            &[],
            vec![unknown_field(), set("after-number", "after", vec![1], Code::WrongType, "after")],
        ),
        wrong_params::<DeviceRename>(&renaming, &["device", "name"], vec![unknown_field(), short()]),
        wrong_params::<DeviceRole>(
            &one.clone().with("role", &Role::Viewer)?,
            &["device", "role"],
            vec![unknown_field(), set("role-unknown", "role", raw::text("root"), Code::UnknownVariant, "role")],
        ),
        wrong_params::<DeviceRevoke>(&one, &["device"], vec![unknown_field(), short()]),
        wrong_results::<DeviceRevoke>(&output, &["device"], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn desk() -> DeviceInfo {
    DeviceInfo {
        id: ed25519_device().id,
        name: "desk (homie)".to_owned(),
        role: Role::Owner,
        kind: ClientKind::Cli,
        platform: None,
        added_at: 1_795_000_000_000,
        seen_at: None,
        is_revoked: false,
        is_machine: true,
    }
}

fn phone() -> DeviceInfo {
    DeviceInfo {
        id: p256_device().id,
        name: "Ada's phone".to_owned(),
        role: Role::Operator,
        kind: ClientKind::Phone,
        platform: Some("Homie 0.1 on Android".to_owned()),
        added_at: 1_795_000_100_000,
        seen_at: Some(1_795_000_600_000),
        is_revoked: false,
        is_machine: false,
    }
}
