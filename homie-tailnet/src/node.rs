//! A machine of the tailnet, as tailscaled's whois and its change bus describe it.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::Deserialize;

use crate::lenient::{addresses, moment, or_default};

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Node {
    /// Its number, by which the change bus calls it.
    #[serde(rename = "ID", deserialize_with = "or_default")]
    pub id: i64,
    /// Its name for ever: addresses and keys change, this does not.
    #[serde(rename = "StableID", deserialize_with = "or_default")]
    pub stable_id: String,
    /// Its full name in the tailnet's DNS, with a dot at the end.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The number of the user it belongs to. Of a tagged machine it says nothing.
    #[serde(deserialize_with = "or_default")]
    pub user: i64,
    /// The number of who has shared it into this tailnet; 0 for a machine of the tailnet's own.
    #[serde(deserialize_with = "or_default")]
    pub sharer: i64,
    /// Its public key in WireGuard: `nodekey:…`.
    #[serde(deserialize_with = "or_default")]
    pub key: String,
    /// Until when its key is good, if not for ever.
    #[serde(deserialize_with = "moment")]
    pub key_expiry: Option<SystemTime>,
    /// That its key has expired, or that it has logged out. tailscaled still names its user then, and all capabilities.
    #[serde(deserialize_with = "or_default")]
    pub expired: bool,
    /// Its own addresses in the tailnet.
    #[serde(deserialize_with = "addresses")]
    pub addresses: Vec<IpAddr>,
    /// Its tags. If there is one it is nobody's machine.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Whether the control server hears it. Not whether it lives: the answer comes late.
    pub online: Option<bool>,
    /// What it says of itself.
    #[serde(deserialize_with = "or_default")]
    pub hostinfo: Hostinfo,
}

/// What a machine says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Hostinfo {
    /// `linux`, `macOS`, `windows`, `iOS`, `android` …
    #[serde(rename = "OS", deserialize_with = "or_default")]
    pub os: String,
    /// Its own name for itself.
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
    /// That it is of another tailnet, and only here because something of this one is shared with its user.
    #[serde(deserialize_with = "or_default")]
    pub sharee_node: bool,
}

impl Node {
    /// Whether its key is good no more.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expired || self.key_expiry.is_some_and(|expiry| expiry <= now)
    }

    /// Whether it is a machine and nobody's.
    pub fn is_tagged(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Whether it is of another tailnet, either way of sharing.
    pub fn is_shared(&self) -> bool {
        self.sharer != 0 || self.hostinfo.sharee_node
    }
}
