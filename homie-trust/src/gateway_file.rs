//! `gateway.json`: what the gateway tells the other processes of this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::host_origin::HostOrigin;
use crate::json_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "start the gateway again: it writes it anew";

/// The port that browsers leave out of http addresses.
const HTTP_PORT: u16 = 80;

/// The same of https addresses.
const HTTPS_PORT: u16 = 443;

/// How this machine calls itself.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Where the gateway listens, and by which names it may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayFile {
    /// The gateway's process.
    pub pid: u32,
    /// Where it listens.
    pub addr: SocketAddr,
    /// The usual port, if it could not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<u16>,
    /// What clients may dial, exactly.
    pub hosts: Vec<String>,
    /// From which pages, exactly.
    pub origins: Vec<String>,
    /// The door to the tailnet, if one is open; its name and page are in both lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<OpenDoor>,
    /// What is in the way of one, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedDoor>,
    /// The door for keys of the roster, if it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyed: Option<KeyDoor>,
    /// The door to the internet, if it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicDoor>,
}

/// A door with a certificate of the owner's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicDoor {
    /// Where it listens.
    pub listening: Vec<SocketAddr>,
    /// The page's origin; also its address.
    pub origin: String,
}

impl PublicDoor {
    /// The one name that is dialled there, and the one page that comes from there.
    pub fn names(&self) -> HostOrigin {
        HostOrigin::new(vec![host_of(&self.origin).to_owned()], vec![self.origin.clone()])
    }
}

/// A door that takes keys of the roster alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyDoor {
    /// Where it listens.
    pub listening: Vec<SocketAddr>,
    /// What others dial, as the roster has it.
    pub origins: Vec<String>,
}

/// Why no door to the tailnet is open: one sentence, and the one command that helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedDoor {
    /// What kind of reason it is, for programs.
    pub kind: String,
    /// What is in the way.
    pub sentence: String,
    /// What to run.
    pub command: String,
}

/// A door through which other machines come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenDoor {
    /// `serve`: behind Tailscale Serve; `tailnet`: on our own addresses in the tailnet.
    pub kind: String,
    /// The page's origin; also its address.
    pub origin: String,
    /// Why it is open, for people.
    pub why: String,
    /// Whether the gateway has set it up in Serve, and takes it away when it stops.
    pub is_added: bool,
}

impl GatewayFile {
    /// Of a gateway that this machine's own browsers alone can reach.
    pub fn loopback(pid: u32, addr: SocketAddr) -> Self {
        let hosts: Vec<String> = LOOPBACK.iter().map(|name| authority(name, addr.port())).collect();
        let origins = hosts.iter().map(|host| format!("http://{host}")).collect();
        Self { pid, addr, instead_of: None, hosts, origins, door: None, closed: None, keyed: None, public: None }
    }

    /// The same with a door to the tailnet.
    #[must_use]
    pub fn with_door(&self, door: &OpenDoor) -> Self {
        let mut file = self.clone();
        file.hosts.push(door.host().to_owned());
        file.origins.push(door.origin.clone());
        file.door = Some(door.clone());
        file
    }

    /// The same without one, and why.
    #[must_use]
    pub fn with_closed(&self, why: ClosedDoor) -> Self {
        Self { closed: Some(why), ..self.clone() }
    }

    /// The page's address to open on another device; where nobody but this machine's own browsers can come, theirs.
    pub fn front(&self) -> &str {
        let own = || self.origins.iter().find(|origin| origin.starts_with("http://localhost"));
        self.for_others().or_else(own).map(String::as_str).unwrap_or_default()
    }

    /// Whether other devices can come.
    pub fn is_for_others(&self) -> bool {
        self.for_others().is_some()
    }

    fn for_others(&self) -> Option<&String> {
        let is_own = |origin: &str| {
            let name = origin.trim_start_matches("http://");
            LOOPBACK.iter().any(|own| name == *own || name.starts_with(&format!("{own}:")))
        };
        self.origins.iter().find(|origin| !is_own(origin))
    }

    /// Tells it.
    pub fn write(&self, dir: &StateDir) -> Result<(), TrustError> {
        json_file::write(&dir.writing()?, &path(dir), self, REMEDY)
    }

    /// What the gateway that started last has told; `None` if there was none, or it has stopped in order.
    pub fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        json_file::read(&path(dir), REMEDY)
    }

    /// Takes it back, when the gateway stops.
    pub fn remove(dir: &StateDir) -> Result<(), TrustError> {
        json_file::remove(dir, &path(dir))
    }
}

impl OpenDoor {
    /// Behind Serve, on this port of this name.
    pub fn served(name: &str, port: u16, is_https: bool, is_added: bool) -> Self {
        let (scheme, usual) = if is_https { ("https", HTTPS_PORT) } else { ("http", HTTP_PORT) };
        let why = "Tailscale Serve hands it to serve.sock, and says who is calling".to_owned();
        Self { kind: "serve".to_owned(), origin: origin(scheme, name, port, usual), why, is_added }
    }

    /// On our own addresses in the tailnet.
    pub fn direct(name: &str, port: u16) -> Self {
        let why = "this machine's tailnet addresses, with the tailnet's certificate".to_owned();
        let origin = origin("https", name, port, HTTPS_PORT);
        Self { kind: "tailnet".to_owned(), origin, why, is_added: false }
    }

    /// What clients dial.
    pub fn host(&self) -> &str {
        host_of(&self.origin)
    }
}

fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, host)| host)
}

fn origin(scheme: &str, name: &str, port: u16, usual: u16) -> String {
    if port == usual { format!("{scheme}://{name}") } else { format!("{scheme}://{name}:{port}") }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("gateway.json")
}

/// Whether a machine's own programs dial it so: a loopback name, and its port where it is not the usual one.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_port = |port: &str| port.parse().is_ok_and(|port: u16| port > 0 && host.ends_with(&format!(":{port}")));
    let is_rest = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    LOOPBACK.iter().any(|name| host.strip_prefix(name).is_some_and(is_rest))
}

fn authority(name: &str, port: u16) -> String {
    if port == HTTP_PORT { name.to_owned() } else { format!("{name}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_names_are_told_exactly() {
        for own in ["localhost", "localhost:4663", "127.0.0.1:1", "[::1]:65535"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "",
            "localhost:",
            "localhost:0",
            "localhost:04663",
            "localhost:65536",
            "localhost:+1",
            "localhost.evil.example",
            "localhost:1.evil.example",
            "LOCALHOST:1",
            "127.0.0.11:1",
            "127.0.0.2:1",
            "[::1]x:1",
            "a.localhost:1",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
