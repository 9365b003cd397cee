//! `gateway.json`: what the gateway tells the other processes of this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "start the gateway again: it writes it anew";

/// The port that browsers leave out of http addresses.
const HTTP_PORT: u16 = 80;

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
    /// What clients may dial, exactly.
    pub hosts: Vec<String>,
    /// From which pages, exactly.
    pub origins: Vec<String>,
}

impl GatewayFile {
    /// Of a gateway that this machine's own browsers alone can reach.
    pub fn loopback(pid: u32, addr: SocketAddr) -> Self {
        let hosts: Vec<String> = LOOPBACK.iter().map(|name| authority(name, addr.port())).collect();
        let origins = hosts.iter().map(|host| format!("http://{host}")).collect();
        Self { pid, addr, hosts, origins }
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
        let path = path(dir);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))?;
        private_file::replace(&dir.writing()?, &path, &bytes)
    }

    /// What the gateway that started last has told; `None` if there was none, or it has stopped in order.
    pub fn read(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        let path = path(dir);
        let Some(bytes) = private_file::read(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))
    }

    /// Takes it back, when the gateway stops.
    pub fn remove(dir: &StateDir) -> Result<(), TrustError> {
        let _writing = dir.writing()?;
        private_file::remove(&path(dir)).map(drop)
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("gateway.json")
}

fn authority(name: &str, port: u16) -> String {
    if port == HTTP_PORT { name.to_owned() } else { format!("{name}:{port}") }
}
