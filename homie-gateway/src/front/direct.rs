//! The door on our own tailnet addresses: its sockets, and those of the other doors to networks.
//!
//! They are bound before the addresses are there, and outlive that these go and come back: an IPv6 address is tentative
//! for a moment, and tailscaled may start after us.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use rustix::net::sockopt::{set_ip_freebind, set_ipv6_freebind, set_ipv6_v6only};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that the kernel holds until we take them.
const BACKLOG: u32 = 128;

/// Listens on all of these addresses, on the first of the ports that is free on all.
pub(super) fn bind(addresses: &[IpAddr], ports: &[u16]) -> io::Result<Vec<TcpListener>> {
    let mut taken = ErrorKind::AddrInUse.into();
    for port in ports {
        match addresses.iter().map(|ip| listen(SocketAddr::new(*ip, *port))).collect() {
            Err(error) if error.kind() == ErrorKind::AddrInUse => taken = error,
            bound => return bound,
        }
    }
    Err(taken)
}

/// Listens at each of these, or nowhere; and where that is. `failed` says which it was.
pub(crate) fn listen_at_all<E>(
    addresses: &[SocketAddr],
    failed: impl Fn(SocketAddr, io::Error) -> E,
) -> Result<(Vec<SocketAddr>, Vec<TcpListener>), E> {
    let bound = addresses.iter().map(|address| {
        let bound = listen(*address).and_then(|listener| Ok((listener.local_addr()?, listener)));
        bound.map_err(|source| failed(*address, source))
    });
    Ok(bound.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
}

/// Listens at this address, which need not be there yet; at one of IPv6 for that alone.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => {
            let socket = TcpSocket::new_v4()?;
            set_ip_freebind(&socket, true)?;
            socket
        }
        SocketAddr::V6(_) => {
            let socket = TcpSocket::new_v6()?;
            set_ipv6_freebind(&socket, true)?;
            set_ipv6_v6only(&socket, true)?;
            socket
        }
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 192.0.2.0/24 is nobody's.
    #[tokio::test]
    async fn an_address_need_not_be_there_yet_and_a_taken_port_is_passed_over() {
        let absent: IpAddr = "192.0.2.7".parse().unwrap();
        let first = bind(&[absent], &[40_663, 40_664]).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let second = bind(&[absent], &[port, 40_665]).unwrap();
        assert!(second[0].local_addr().unwrap().port() == 40_665);
    }
}
