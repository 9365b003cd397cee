//! The handle to tailscaled: each method is one question, with its own limits, and a single attempt.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::time::timeout;

use crate::ask::Ask;
use crate::error::TailnetError;
use crate::exchange::exchange;
use crate::link::connect;
use crate::status::Status;
use crate::whois::Whois;

/// tailscaled of this machine, by its socket. Cheap to clone; holds no connection.
#[derive(Debug, Clone)]
pub struct LocalApi {
    pub(crate) socket: Arc<Path>,
}

impl LocalApi {
    /// By the path of its socket: [`crate::find_socket`] knows it.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into().into() }
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The state of this machine, without its peers: cheap in a large tailnet.
    pub async fn status(&self) -> Result<Status, TailnetError> {
        self.ask_status(&Ask::status(false)).await
    }

    /// The state of this machine and of every peer that it can see.
    pub async fn status_with_peers(&self) -> Result<Status, TailnetError> {
        self.ask_status(&Ask::status(true)).await
    }

    async fn ask_status(&self, ask: &Ask) -> Result<Status, TailnetError> {
        let answer = exchange(&self.socket, ask).await?;
        Status::parse(&answer.body).map_err(|error| ask.garbled(&error))
    }

    /// Who is at the other end of a TCP connection. Port 0 stands for an unknown one. `arrived_at` is the address of this
    /// machine that was called, for which the capabilities hold; tailscaled before 1.100 pays no heed to it.
    pub async fn whois(&self, caller: SocketAddr, arrived_at: Option<IpAddr>) -> Result<Whois, TailnetError> {
        let ask = Ask::whois(caller, arrived_at);
        let answer = exchange(&self.socket, &ask).await?;
        Whois::parse(&answer.body).map_err(|error| ask.garbled(&error))
    }

    /// The user that tailscaled runs as, root as a rule. The kernel says it, so no other process can claim to be it.
    pub async fn daemon_uid(&self) -> Result<u32, TailnetError> {
        let ask = Ask::uid();
        let connecting = timeout(ask.time, connect(&self.socket));
        let stream = connecting.await.unwrap_or_else(|_| Err(ask.timed_out()))?;
        let peer = rustix::net::sockopt::socket_peercred(&stream).map_err(|error| ask.broken(&error))?;
        Ok(peer.uid.as_raw())
    }
}
