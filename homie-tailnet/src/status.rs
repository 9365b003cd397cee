//! What tailscaled says of itself, its tailnet and its peers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use crate::backend_state::BackendState;
use crate::lenient::{addresses, moment, or_default, text};

/// The state of this machine in its tailnet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Status {
    /// tailscaled's own version; not always three numbers.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// Whether the kernel has an interface for the tailnet. If not, every port of this machine's loopback can be reached
    /// from the tailnet, through tailscaled.
    #[serde(rename = "TUN", deserialize_with = "or_default")]
    pub tun: bool,
    /// Whether it is connected.
    #[serde(deserialize_with = "or_default")]
    pub backend_state: BackendState,
    /// Where to log in, if it waits for that.
    #[serde(rename = "AuthURL", deserialize_with = "text")]
    pub auth_url: Option<String>,
    /// This machine's addresses in the tailnet.
    #[serde(rename = "TailscaleIPs", deserialize_with = "addresses")]
    pub addresses: Vec<IpAddr>,
    /// This machine.
    #[serde(rename = "Self", deserialize_with = "or_default")]
    pub own: Peer,
    /// The tailnet, while there is one.
    #[serde(rename = "CurrentTailnet")]
    pub tailnet: Option<Tailnet>,
    /// The names for which it can get certificates. Empty where the tailnet has HTTPS switched off.
    #[serde(deserialize_with = "or_default")]
    pub cert_domains: Vec<String>,
    /// What ails it, in its own words.
    #[serde(deserialize_with = "or_default")]
    pub health: Vec<String>,
    /// The other machines that this one can see, if they were asked for. One that cannot be read is left out.
    #[serde(rename = "Peer", deserialize_with = "peers")]
    pub peers: Vec<Peer>,
}

/// The tailnet that this machine is in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tailnet {
    /// Its name, for reading.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What follows a machine's name in its DNS, without a dot at either end.
    #[serde(rename = "MagicDNSSuffix", deserialize_with = "or_default")]
    pub magic_dns_suffix: String,
}

/// A machine, as the status describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Peer {
    /// Its name for ever: what [`crate::Node`] calls `stable_id`.
    #[serde(rename = "ID", deserialize_with = "or_default")]
    pub stable_id: String,
    /// Its number, by which the change bus calls it; older versions do not tell it.
    #[serde(rename = "NodeID", deserialize_with = "or_default")]
    pub id: i64,
    /// Its full name in the tailnet's DNS, with a dot at the end.
    #[serde(rename = "DNSName", deserialize_with = "or_default")]
    pub dns_name: String,
    /// Its own name for itself.
    #[serde(rename = "HostName", deserialize_with = "or_default")]
    pub hostname: String,
    /// `linux`, `macOS`, `windows`, `iOS`, `android` …
    #[serde(rename = "OS", deserialize_with = "or_default")]
    pub os: String,
    /// The number of the user it belongs to. Of a tagged machine it says nothing.
    #[serde(rename = "UserID", deserialize_with = "or_default")]
    pub user: i64,
    /// Its addresses in the tailnet.
    #[serde(rename = "TailscaleIPs", deserialize_with = "addresses")]
    pub addresses: Vec<IpAddr>,
    /// Its tags. If there is one it is nobody's machine.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Whether the control server hears it. Not whether it lives: the answer comes late.
    #[serde(deserialize_with = "or_default")]
    pub online: bool,
    /// That its key has expired, or that it has logged out.
    #[serde(deserialize_with = "or_default")]
    pub expired: bool,
    /// Until when its key is good, if not for ever.
    #[serde(deserialize_with = "moment")]
    pub key_expiry: Option<SystemTime>,
    /// That it is of another tailnet, and only here because something of this one is shared with its user.
    #[serde(deserialize_with = "or_default")]
    pub sharee_node: bool,
}

impl Status {
    /// Reads an answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Whether it is connected.
    pub fn is_running(&self) -> bool {
        self.backend_state == BackendState::Running
    }

    /// This machine's full name in the tailnet's DNS, without the dot at its end: what Serve and certificates call it.
    pub fn dns_name(&self) -> Option<&str> {
        Some(self.own.dns_name.trim_end_matches('.')).filter(|name| !name.is_empty())
    }
}

/// By key in the answer; the key is nothing that anybody needs.
fn peers<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Peer>, D::Error> {
    let written: BTreeMap<String, Value> = or_default(from)?;
    Ok(written.into_values().filter_map(|peer| serde_json::from_value(peer).ok()).collect())
}
