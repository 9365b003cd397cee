//! How a connection came to us: through which door, and who is at its other end as far as the kernel knows.

use std::net::SocketAddr;

/// The way of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    /// The loopback port: this machine's own programs, proved by nothing.
    Loopback,
    /// `serve.sock`: tailscaled, which says for whom.
    Serve,
    /// A port on our own tailnet address: a machine of the tailnet.
    Tailnet(SocketAddr),
}

impl Hop {
    /// The door's name, for the node and for logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Serve => "serve",
            Self::Tailnet(_) => "tailnet",
        }
    }
}
