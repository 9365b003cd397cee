//! What a machine says of itself, to whoever lists machines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::control::Empty;

/// What a machine says of itself. Nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// The name it has for itself.
    pub host: String,
    /// What it runs on.
    pub platform: Platform,
    /// Homie's version.
    pub homie: String,
    /// Its addresses in the networks that it is in, at most 16.
    pub addresses: Vec<String>,
    /// How it is tagged by its own settings, at most 16. An owner's word comes before it.
    pub tags: Vec<String>,
    /// What can be asked of it, by name.
    pub services: BTreeMap<String, Offered>,
}

/// What a machine runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Its system: `linux`.
    pub os: String,
    /// The system's name and version, for people.
    pub version: String,
    /// Its processor: `x86_64`.
    pub arch: String,
}

/// A service of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// Its version.
    pub version: u16,
    /// What it can do besides.
    pub features: Vec<String>,
}

crate::methods! {
    /// What a machine says of itself.
    PresenceService on Node;

    /// Says what this machine is and what can be asked of it.
    "presence.get" as PresenceGet: presence(Empty) -> Presence, scope Viewer, since 1, keyed false;
}
