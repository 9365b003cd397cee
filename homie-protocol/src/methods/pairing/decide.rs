//! What somebody who may decide says and hears.

use serde::{Deserialize, Serialize};

use super::join::Way;
use crate::hello::{ClientKind, Role};
use crate::id::{DeviceId, NodeId, PairingId};
use crate::pairing::SixDigits;

/// How an offer is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OfferedWay {
    /// As a picture.
    Qr,
    /// As six digits, for a device without a camera.
    Code,
}

/// Offers a pairing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct OfferParams {
    /// How.
    pub way: OfferedWay,
}

/// What to pass on: the links, or the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct OfferOutput {
    /// Which pairing.
    pub id: PairingId,
    /// The page to open on the new device; for a QR code with everything in it.
    pub link: String,
    /// The same for the phone's application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deep_link: Option<String>,
    /// The six digits to type there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<SixDigits>,
    /// Milliseconds in which a device must answer.
    pub valid_ms: u32,
}

/// Asks what has become of the pairing offered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct PendingParams {
    /// `revision` of the answer before: waits until there is another, up to 20 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u32>,
}

/// What has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct PendingOutput {
    /// Counts what has happened.
    pub revision: u32,
    /// The pairing; none was offered since this gateway has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<PairingInfo>,
}

/// A pairing as whoever may decide sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct PairingInfo {
    /// Which.
    pub id: PairingId,
    /// How it was offered; `machine` was not, it came by itself.
    pub way: Way,
    /// How far it is.
    pub stage: Stage,
    /// Milliseconds that it goes on at most; 0 once it is over.
    pub left_ms: u32,
    /// Tries that failed, and devices that came too late: somebody else has the code, or a mistake was made.
    pub failed: u32,
    /// The device that waits, or has been let in or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<Applicant>,
}

/// How far a pairing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No device has proved the secret yet.
    Open,
    /// A device waits, and shows six digits.
    Waiting,
    /// The device is enrolled.
    Approved,
    /// Somebody said no.
    Refused,
    /// Nobody answered, or nobody decided, in time.
    Expired,
    /// All tries were spent, or the digits were wrong twice.
    Spent,
}

/// A device that wants in. Name and platform are its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// Its id.
    pub device: DeviceId,
    /// What it calls itself.
    pub name: String,
    /// What it says it runs on.
    pub platform: String,
    /// What kind of client it is.
    pub kind: ClientKind,
    /// The machine that joins the mesh with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<NodeId>,
}

/// Lets it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ApproveParams {
    /// Which pairing.
    pub id: PairingId,
    /// The six digits that the device shows.
    pub digits: SixDigits,
    /// What it may do: not `none`. A machine joins as `owner`: it signs what it says of itself.
    pub role: Role,
}

/// It is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ApproveOutput {
    /// Its id.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RefuseParams {
    /// Which pairing.
    pub id: PairingId,
}
