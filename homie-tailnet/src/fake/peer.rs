//! A machine of the fake's tailnet, in the three shapes in which tailscaled shows one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value, json};

/// What follows the machines' names.
pub(super) const SUFFIX: &str = "tail.test";

/// The login that tagged machines have in place of one.
const TAGGED: &str = "tagged-devices";

/// A machine. Its number makes its addresses: 100.64.0.N and `fd7a:115c:a1e0::N`.
#[derive(Debug, Clone)]
pub struct FakePeer {
    pub(super) id: i64,
    pub(super) stable_id: String,
    machine: String,
    login: String,
    number: u8,
    v4: Ipv4Addr,
    os: String,
    tags: Vec<String>,
    capabilities: Map<String, Value>,
    expired: bool,
    sharer: i64,
    sharee: bool,
    online: bool,
}

impl FakePeer {
    /// A person's machine.
    pub fn user(login: &str, machine: &str, number: u8) -> Self {
        Self {
            id: i64::from(number),
            stable_id: format!("n{number}CNTRL"),
            machine: machine.to_owned(),
            login: login.to_owned(),
            number,
            v4: Ipv4Addr::new(100, 64, 0, number),
            os: "linux".to_owned(),
            tags: Vec::new(),
            capabilities: Map::new(),
            expired: false,
            sharer: 0,
            sharee: false,
            online: true,
        }
    }

    /// Nobody's machine.
    pub fn tagged(tag: &str, machine: &str, number: u8) -> Self {
        Self { tags: vec![tag.to_owned()], ..Self::user(TAGGED, machine, number) }
    }

    /// The policy grants it something here.
    #[must_use]
    pub fn with_capability(mut self, name: &str, values: &[Value]) -> Self {
        self.capabilities.insert(name.to_owned(), values.into());
        self
    }

    /// Its key has expired, or it has logged out: user and capabilities are still told.
    #[must_use]
    pub fn expired(self) -> Self {
        Self { expired: true, ..self }
    }

    /// Another tailnet has shared it into this one.
    #[must_use]
    pub fn shared_in(self) -> Self {
        Self { sharer: user_number("sharer@example.org"), ..self }
    }

    /// It is of another tailnet, with whose user something of this one is shared.
    #[must_use]
    pub fn sharee(self) -> Self {
        Self { sharee: true, ..self }
    }

    /// On another operating system, as Tailscale calls it.
    #[must_use]
    pub fn on(self, os: &str) -> Self {
        Self { os: os.to_owned(), ..self }
    }

    /// At this machine's loopback address, where a test may listen for it on a port of its own.
    #[must_use]
    pub fn at_loopback(self) -> Self {
        Self { v4: Ipv4Addr::LOCALHOST, ..self }
    }

    /// The control server does not hear it.
    #[must_use]
    pub fn offline(self) -> Self {
        Self { online: false, ..self }
    }

    /// Its name for ever.
    pub fn stable_id(&self) -> &str {
        &self.stable_id
    }

    /// The number of its user.
    pub fn user_id(&self) -> i64 {
        user_number(&self.login)
    }

    /// Its IPv4 address.
    pub fn v4(&self) -> IpAddr {
        self.v4.into()
    }

    /// Its IPv6 address.
    pub fn v6(&self) -> IpAddr {
        Ipv6Addr::new(0xfd7a, 0x115c, 0xa1e0, 0, 0, 0, 0, u16::from(self.number)).into()
    }

    /// What follows its name: `machine.tail.test`.
    pub fn dns_name(&self) -> String {
        format!("{}.{SUFFIX}", self.machine)
    }

    /// As whois answers.
    pub(super) fn whois(&self) -> Value {
        let capabilities = Some(&self.capabilities).filter(|capabilities| !capabilities.is_empty());
        json!({ "Node": self.node(), "UserProfile": self.profile(), "CapMap": capabilities })
    }

    /// As whois and the change bus show it.
    pub(super) fn node(&self) -> Value {
        let prefixes = [format!("{}/32", self.v4()), format!("{}/128", self.v6())];
        let mut node = json!({
            "ID": self.id,
            "StableID": self.stable_id,
            "Name": format!("{}.", self.dns_name()),
            "User": self.user_id(),
            "Key": self.key(),
            "Machine": format!("mkey:{:064x}", self.number),
            "DiscoKey": format!("discokey:{:064x}", self.number),
            "Addresses": prefixes,
            "AllowedIPs": prefixes,
            "HomeDERP": 999,
            "Hostinfo": { "OS": self.os, "Hostname": self.machine },
            "Created": "2026-11-01T08:00:00.5Z",
            "Cap": 131,
            "MachineAuthorized": true,
            "CapMap": { "https://tailscale.com/cap/is-admin": null },
            "ComputedName": self.machine,
            "ComputedNameWithHost": self.machine,
        });
        self.omit_zero(&mut node);
        if self.sharer != 0 {
            put(&mut node, "Sharer", json!(self.sharer));
        }
        if self.sharee {
            let hostinfo = json!({ "OS": self.os, "Hostname": self.machine, "ShareeNode": true });
            put(&mut node, "Hostinfo", hostinfo);
        }
        put(&mut node, "Online", json!(self.online));
        node
    }

    /// As the status shows it.
    pub(super) fn status(&self) -> Value {
        let mut peer = json!({
            "ID": self.stable_id,
            "NodeID": self.id,
            "PublicKey": self.key(),
            "HostName": self.machine,
            "DNSName": format!("{}.", self.dns_name()),
            "OS": self.os,
            "UserID": self.user_id(),
            "TailscaleIPs": [self.v4(), self.v6()],
            "Addrs": null,
            "CurAddr": "",
            "Relay": "test",
            "LastSeen": "0001-01-01T00:00:00Z",
            "Online": self.online,
            "PeerAPIURL": null,
            "InNetworkMap": true,
        });
        self.omit_zero(&mut peer);
        if self.sharee {
            put(&mut peer, "ShareeNode", json!(true));
        }
        peer
    }

    /// What both shapes leave out when it is empty.
    fn omit_zero(&self, value: &mut Value) {
        if !self.tags.is_empty() {
            put(value, "Tags", json!(self.tags));
        }
        if self.expired {
            put(value, "Expired", json!(true));
            put(value, "KeyExpiry", json!("2026-11-20T08:00:00.123456789Z"));
        }
    }

    pub(super) fn profile(&self) -> Value {
        let name = self.login.split('@').next().unwrap_or_default();
        json!({ "ID": self.user_id(), "LoginName": self.login, "DisplayName": name })
    }

    pub(super) fn key(&self) -> String {
        format!("nodekey:{:064x}", self.number)
    }
}

fn put(value: &mut Value, key: &str, inner: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), inner);
    }
}

/// The same for the same login; that of tagged machines is the real one.
fn user_number(login: &str) -> i64 {
    if login == TAGGED {
        return 2_147_455_555;
    }
    login.bytes().fold(7, |number, byte| (number * 31 + i64::from(byte)) % 1_000_000_007)
}
