//! The door's sockets: both loopback addresses on one port.
//!
//! A browser that is told `localhost` may try `::1` first. If that were free, another user of this machine could wait
//! there, answer in our name, and read the secret out of a one-use link.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::error::GatewayError;
use crate::limits::{DEFAULT_PORT, PORTS_TRIED};

/// How often another free port is tried when the one found is taken on the other address.
const TRIES: usize = 16;

/// One port of this machine's loopback addresses; `v6` is missing where there is no IPv6.
pub(crate) struct Listeners {
    pub(crate) v4: TcpListener,
    pub(crate) v6: Option<TcpListener>,
}

/// Takes the port that somebody chose, or none; 0 takes any free one. Where nobody chose, the usual one, or the next one that
/// is free: others of this machine may run Homie too.
pub(crate) async fn listen(chosen: Option<u16>) -> Result<Listeners, GatewayError> {
    let Some(port) = chosen else { return listen_nearby().await };
    listen_on(port).await
}

async fn listen_nearby() -> Result<Listeners, GatewayError> {
    for port in DEFAULT_PORT..=DEFAULT_PORT.saturating_add(PORTS_TRIED) {
        let listening = listen_on(port).await;
        if !matches!(listening, Err(GatewayError::PortTaken(_))) {
            return listening;
        }
    }
    listen_on(0).await
}

async fn listen_on(port: u16) -> Result<Listeners, GatewayError> {
    let mut listening = bind_both(port).await;
    let mut left = if port == 0 { TRIES } else { 0 };
    while left > 0 && is_taken(&listening) {
        listening = bind_both(port).await;
        left -= 1;
    }
    listening.map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => GatewayError::PortTaken(port),
        _ => GatewayError::Listen { port, source },
    })
}

async fn bind_both(port: u16) -> io::Result<Listeners> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let SocketAddr::V4(found) = v4.local_addr()? else { return Err(ErrorKind::AddrNotAvailable.into()) };
    match TcpListener::bind((Ipv6Addr::LOCALHOST, found.port())).await {
        Ok(v6) => Ok(Listeners { v4, v6: Some(v6) }),
        // Whatever else is wrong with IPv6 here, nobody has that address.
        Err(error) if error.kind() != ErrorKind::AddrInUse => {
            tracing::debug!("no IPv6 on this machine: {error}");
            Ok(Listeners { v4, v6: None })
        }
        Err(error) => Err(error),
    }
}

fn is_taken(listening: &io::Result<Listeners>) -> bool {
    listening.as_ref().is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
