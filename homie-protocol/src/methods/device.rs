//! Who may come in: the devices of the mesh, for those who decide.

use serde::{Deserialize, Serialize};

use crate::hello::{ClientKind, Role};
use crate::id::DeviceId;

/// A device of the mesh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// Its id.
    pub id: DeviceId,
    /// What people call it.
    pub name: String,
    /// What it may do by the roster: `none` once it is revoked.
    pub role: Role,
    /// What kind of client it was when it came.
    pub kind: ClientKind,
    /// What it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// When it came, in milliseconds since 1970.
    pub added_at: u64,
    /// When it was last here, at this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<u64>,
    /// It may not come in any more, for ever.
    pub is_revoked: bool,
    /// It is this machine itself, which signs what is decided here.
    pub is_machine: bool,
}

/// Asks for devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct DevicesParams {
    /// The last device of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DeviceId>,
}

/// A page of devices, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct DevicesOutput {
    /// At most 200.
    pub devices: Vec<DeviceInfo>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DeviceId>,
}

/// Gives a device another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DeviceRenameParams {
    /// Which.
    pub device: DeviceId,
    /// At most 64 characters.
    pub name: String,
}

/// Gives a device another role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DeviceRoleParams {
    /// Which.
    pub device: DeviceId,
    /// Not `none`: that is a revocation.
    pub role: Role,
}

/// Revokes a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DeviceRevokeParams {
    /// Which.
    pub device: DeviceId,
}

/// The device as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DeviceOutput {
    /// The device.
    pub device: DeviceInfo,
}

crate::methods! {
    /// The devices of the mesh, at one of its machines.
    DeviceService on Gateway;

    /// All devices, the revoked ones too.
    "mesh.device.list" as Devices: devices(DevicesParams) -> DevicesOutput, scope Owner, since 1, keyed false;

    /// Gives a device another name.
    "mesh.device.rename" as DeviceRename: rename(DeviceRenameParams) -> DeviceOutput, scope Owner, since 1, keyed true;

    /// Gives a device another role, which holds on its open circuits at once. An owner stays one until it is revoked.
    "mesh.device.role" as DeviceRole: set_role(DeviceRoleParams) -> DeviceOutput, scope Owner, since 1, keyed true;

    /// Revokes a device for ever: its open circuits end within a second. The machine itself is revoked at the machine alone.
    "mesh.device.revoke" as DeviceRevoke: revoke(DeviceRevokeParams) -> DeviceOutput, scope Owner, since 1, keyed true;
}
