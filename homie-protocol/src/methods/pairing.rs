//! How an unknown device becomes a known one: by a one-use link at the machine itself, or by pairing with somebody who
//! may decide.

use serde::{Deserialize, Serialize};

use crate::control::Empty;
use crate::hello::Role;
use crate::id::{DeviceId, LinkSecret, NodeId};

mod decide;
mod join;

pub use decide::{
    Applicant, ApproveOutput, ApproveParams, OfferOutput, OfferParams, OfferedWay, PairingInfo, PendingOutput,
    PendingParams, RefuseParams, Stage,
};
pub use join::{AwaitOutput, AwaitParams, BeginOutput, BeginParams, JoiningMachine, Paired, RevealParams, Way};

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

    /// Offers a pairing, by QR code or by a six-digit code. One is alive at a time: a new one takes the place of one that
    /// nobody has answered.
    "pairing.offer" as Offer: offer(OfferParams) -> OfferOutput, scope Owner, since 1, keyed true;

    /// What has become of the pairing offered last. With `seen` it waits up to 20 s for something new.
    "pairing.pending" as Pending: pending(PendingParams) -> PendingOutput, scope Owner, since 1, keyed false;

    /// Lets the waiting device in: with the six digits it shows, in this role. The second wrong try ends the pairing.
    "pairing.approve" as Approve: approve(ApproveParams) -> ApproveOutput, scope Owner, since 1, keyed true;

    /// Ends a pairing, whether a device waits or not.
    "pairing.refuse" as Refuse: refuse(RefuseParams) -> Empty, scope Owner, since 1, keyed true;

    /// The new device commits to what it will say. Each call is a try: a QR code has one, a six-digit code three. A machine
    /// that joins (`way: machine`) needs no offer: it takes the place of one that nobody has answered.
    "pairing.begin" as Begin: begin(BeginParams) -> BeginOutput, scope None, since 1, keyed true;

    /// The new device says who it is and proves the secret. The try is spent, right or wrong.
    "pairing.reveal" as Reveal: reveal(RevealParams) -> Empty, scope None, since 1, keyed true;

    /// The new device waits for what is decided, up to 20 s; without an answer in it, it asks again.
    "pairing.await" as Await: wait(AwaitParams) -> AwaitOutput, scope None, since 1, keyed false;
}
