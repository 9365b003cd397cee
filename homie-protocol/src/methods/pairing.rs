//! How an unknown device becomes a known one.

use serde::{Deserialize, Serialize};

use crate::hello::Role;
use crate::id::{DeviceId, LinkSecret, NodeId};

/// Redeems a one-use link for the key that the greeting has just proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RedeemParams {
    /// The secret behind `#link=`.
    pub secret: LinkSecret,
    /// What people will call this device, at most 64 characters.
    pub name: String,
}

/// The device is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RedeemOutput {
    /// Its id.
    pub device: DeviceId,
    /// What its circuits may do from now on.
    pub role: Role,
    /// The machine it is enrolled at.
    pub node: NodeId,
}

crate::methods! {
    /// Enrolment of devices.
    PairingService on Gateway;

    /// Redeems a one-use link: the key proved in this circuit's greeting is enrolled. The link is spent by the first
    /// arrival, right or wrong.
    "pairing.redeem" as Redeem: redeem(RedeemParams) -> RedeemOutput, scope None, since 1, keyed true;
}
