//! What the fake is to say, and what it was asked.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::Sender;
use hyper::body::Frame;
use serde_json::{Map, Value, json};

use super::peer::{FakePeer, SUFFIX};
use crate::backend_state::BackendState;

/// As a plain build says it.
const VERSION: &str = "1.102.3-ERR-BuildInfo";

/// What the user behind the socket may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    Root,
    /// `--operator`: write, but serve no unix socket.
    Operator,
    /// Any other user: read.
    Reader,
}

/// Whether there are certificates.
#[derive(Debug, Clone)]
pub enum Certificates {
    /// HTTPS is switched off in the tailnet.
    Off,
    /// These, as PEM, key before chain.
    Pair {
        /// The private key.
        key: String,
        /// The certificates.
        chain: String,
    },
    /// The authority wants no more orders for so long.
    TooMany(Duration),
}

/// What goes wrong at an endpoint.
#[derive(Debug, Clone)]
pub enum Mishap {
    /// It never answers.
    Silence,
    /// It answers this, whatever was asked.
    Answer(u16, Bytes),
    /// It never ends.
    Endless,
    /// It closes the connection instead.
    HangUp,
}

#[derive(Debug)]
pub(super) struct Script {
    pub(super) own: FakePeer,
    pub(super) peers: Vec<FakePeer>,
    pub(super) version: String,
    pub(super) state: BackendState,
    pub(super) tun: bool,
    pub(super) health: Vec<String>,
    pub(super) certificates: Certificates,
    pub(super) rights: Rights,
    pub(super) serve: Value,
    pub(super) overtaking: Option<(u32, Value)>,
    pub(super) mishaps: HashMap<&'static str, Mishap>,
    pub(super) asked: Vec<String>,
    pub(super) watchers: Vec<Sender<Bytes>>,
}

impl Script {
    pub(super) fn new(own: FakePeer) -> Self {
        Self {
            own,
            peers: Vec::new(),
            version: VERSION.to_owned(),
            state: BackendState::Running,
            tun: true,
            health: Vec::new(),
            certificates: Certificates::Off,
            rights: Rights::Root,
            serve: Value::Null,
            overtaking: None,
            mishaps: HashMap::new(),
            asked: Vec::new(),
            watchers: Vec::new(),
        }
    }

    /// A line for all who listen. Who does not keep up is dropped, as in reality.
    pub(super) fn push(&mut self, line: Value) {
        let line = bus_line(line);
        self.watchers.retain_mut(|watcher| watcher.try_send(Frame::data(line.clone())).is_ok());
    }

    /// The first line for who begins to listen.
    pub(super) fn first_line(&self) -> Bytes {
        bus_line(json!({
            "SessionID": "0123456789abcdef",
            "State": self.state_number(),
            "InitialStatus": self.status(true),
        }))
    }

    pub(super) fn state_number(&self) -> u64 {
        (0..7).find(|number| BackendState::numbered(*number) == self.state).unwrap_or_default()
    }

    pub(super) fn at(&self, ip: IpAddr) -> Option<&FakePeer> {
        let mut all = self.peers.iter().chain([&self.own]);
        all.find(|peer| peer.v4() == ip || peer.v6() == ip)
    }

    pub(super) fn status(&self, with_peers: bool) -> Value {
        let domains = match &self.certificates {
            Certificates::Off => Value::Null,
            Certificates::Pair { .. } | Certificates::TooMany(_) => json!([self.own.dns_name()]),
        };
        let peers: Map<String, Value> = self.peers.iter().map(|peer| (peer.key(), peer.status())).collect();
        let users: Map<String, Value> =
            self.peers.iter().chain([&self.own]).map(|peer| (peer.user_id().to_string(), peer.profile())).collect();
        let is_logged_in = !matches!(self.state, BackendState::NoState | BackendState::NeedsLogin);
        json!({
            "Version": self.version,
            "TUN": self.tun,
            "BackendState": self.state.to_string(),
            "HaveNodeKey": true,
            "AuthURL": "",
            "TailscaleIPs": is_logged_in.then(|| [self.own.v4(), self.own.v6()]),
            "Self": self.own.status(),
            "Health": self.health,
            "MagicDNSSuffix": SUFFIX,
            "CurrentTailnet": is_logged_in.then(|| json!({
                "Name": SUFFIX, "MagicDNSSuffix": SUFFIX, "MagicDNSEnabled": true,
            })),
            "CertDomains": domains,
            "Peer": with_peers.then_some(peers),
            "User": with_peers.then_some(users),
            "ClientVersion": null,
        })
    }

    /// Another program is faster than whoever has just read.
    pub(super) fn be_overtaken(&mut self) {
        let Some((times @ 1.., config)) = &mut self.overtaking else { return };
        *times -= 1;
        self.serve.clone_from(config);
        if let Some(fields) = self.serve.as_object_mut() {
            fields.insert("Mark".to_owned(), (*times).into());
        }
    }

    /// The state that a write must name.
    pub(super) fn etag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.serve.to_string().hash(&mut hasher);
        format!("{:064x}", hasher.finish())
    }
}

fn bus_line(mut line: Value) -> Bytes {
    if let Some(fields) = line.as_object_mut() {
        fields.insert("Version".to_owned(), VERSION.into());
        for empty in ["ErrMessage", "LoginFinished", "Prefs", "NetMap", "Engine", "BrowseToURL", "DriveShares"] {
            fields.entry(empty).or_insert(Value::Null);
        }
    }
    format!("{line}\n").into()
}
