//! Why a gateway does not start, or cannot do what it was asked.

use std::net::SocketAddr;
use std::path::PathBuf;

use homie_protocol::code::Refusal;
use homie_trust::TrustError;

/// Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Somebody else listens there.
    #[error(
        "port {0} of this machine is taken by another program: stop it, or give another with --port (0 takes any free one)"
    )]
    PortTaken(u16),
    /// The port cannot be had for another reason.
    #[error("cannot listen on port {port} of this machine: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The door for keys cannot be had.
    #[error(
        "cannot listen at {address}, where `key-door` in the settings wants it: {source}; `ss -ltnp` tells who does"
    )]
    KeyDoor {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The door to the internet cannot be had.
    #[error("cannot listen at {address}, where `public-listen` in the settings wants it: {source}; {}", advice(source))]
    Public {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// TLS cannot be had.
    #[error("no TLS: {0}")]
    Tls(rustls::Error),
    /// TLS with keys cannot be had.
    #[error("no door for keys: {0}")]
    Keys(Refusal),
    /// The socket for this machine's own programs cannot be had.
    #[error("cannot open {}: {source}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The program ends already.
    #[error("the program is stopping already")]
    Stopping,
    /// The state directory, the key, the lock.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

fn advice(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "below 1024 a program needs a right: `sudo sysctl net.ipv4.ip_unprivileged_port_start=443`, or a port above in \
             `public-listen` to which the router leads"
        }
        _ => "`ss -ltnp` tells who does",
    }
}
