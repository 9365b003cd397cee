//! How a connection came to us: through which door, and who is at its other end as far as the kernel or TLS knows.

use std::net::{Ipv4Addr, SocketAddr};

use homie_circuit::sealed::Exporter;
use homie_protocol::hello::MachineKey;
use homie_trust::{Keyed, Public, Source};

use crate::neighbour::Neighbour;

/// The way of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    /// The loopback port: this machine's own programs, proved by nothing. Where they are, if that is known.
    Loopback(Option<Neighbour>),
    /// `serve.sock`: tailscaled, which says for whom.
    Serve,
    /// A port on our own tailnet address: a machine of the tailnet.
    Tailnet(SocketAddr),
    /// The key door, or a connection that we have left with another machine: whoever has proved this key of the roster.
    Key(Keyed),
    /// The key door, while somebody is invited: a key that nobody knows, which may join and nothing else.
    Newcomer(Newcomer),
    /// The door to the internet: anybody.
    Public(Public),
}

/// A machine that may have been invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newcomer {
    /// Its key, which it has proved.
    pub(crate) key: MachineKey,
    /// From where.
    pub(crate) address: SocketAddr,
    /// What both ends know of the connection.
    pub(crate) exporter: Exporter,
}

impl Hop {
    /// The program of this machine that came by it, if one did.
    pub(crate) const fn neighbour(self) -> Option<Neighbour> {
        match self {
            Self::Loopback(neighbour) => neighbour,
            Self::Serve | Self::Tailnet(_) | Self::Key(_) | Self::Newcomer(_) | Self::Public(_) => None,
        }
    }

    /// Whether it came from the tailnet.
    pub(crate) const fn is_of_tailnet(self) -> bool {
        matches!(self, Self::Serve | Self::Tailnet(_))
    }

    /// Whether its socket carries what the client says as it is, and not TLS that ends here.
    pub(crate) const fn is_plain(self) -> bool {
        matches!(self, Self::Loopback(_) | Self::Serve)
    }

    /// Whether it came from another machine.
    pub(crate) const fn is_from_elsewhere(self) -> bool {
        !matches!(self, Self::Loopback(_))
    }

    /// The key of the roster that was proved, where no other one is let in.
    pub(crate) const fn keyed(self) -> Option<Keyed> {
        match self {
            Self::Key(keyed) => Some(keyed),
            Self::Loopback(_) | Self::Serve | Self::Tailnet(_) | Self::Newcomer(_) | Self::Public(_) => None,
        }
    }

    /// Whoever it is that came from the internet.
    pub(crate) const fn public(self) -> Option<Public> {
        match self {
            Self::Public(public) => Some(public),
            Self::Loopback(_) | Self::Serve | Self::Tailnet(_) | Self::Key(_) | Self::Newcomer(_) => None,
        }
    }

    /// Whose requests are counted until more is known.
    pub(crate) fn source(self) -> Source {
        match self {
            Self::Loopback(_) | Self::Serve => Source::of(Ipv4Addr::LOCALHOST.into()),
            Self::Tailnet(peer) => Source::of(peer.ip()),
            Self::Key(keyed) => keyed.source(),
            Self::Newcomer(newcomer) => Source::of(newcomer.address.ip()),
            Self::Public(public) => public.source(),
        }
    }

    /// The door's name, for the node and for logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Loopback(_) => "loopback",
            Self::Serve => "serve",
            Self::Tailnet(_) => "tailnet",
            Self::Key(_) => "key",
            Self::Newcomer(_) => "join",
            Self::Public(_) => "public",
        }
    }
}
