//! Whose program is at the other end of a connection to the loopback port, as Linux tells in `/proc/net/tcp`: so that one user of
//! this machine does not spend the tries of another. It proves nothing, and lets nobody in.

use std::fs;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::task::spawn_blocking;

/// Both ends of a connection within this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neighbour {
    theirs: SocketAddr,
    ours: SocketAddr,
}

/// The user whose program it is, if there is one. Where the system does not say, nobody knows.
pub(crate) async fn user_of(neighbour: Option<Neighbour>) -> Option<u32> {
    let neighbour = neighbour?;
    // The list is as long as there are connections.
    spawn_blocking(move || neighbour.find(&fs::read_to_string(neighbour.table()).ok()?)).await.ok()?
}

impl Neighbour {
    /// At the other end of this connection, unless it is gone already.
    pub(crate) fn at(socket: &TcpStream) -> Option<Self> {
        Some(Self { theirs: socket.peer_addr().ok()?, ours: socket.local_addr().ok()? })
    }

    const fn table(self) -> &'static str {
        if self.theirs.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" }
    }

    /// In a line stand number, own end, other end, state, queues, timer, retransmissions, user, probes and inode. What its
    /// program has closed already has no inode, and is listed as root's.
    fn find(self, table: &str) -> Option<u32> {
        let (theirs, ours) = (as_listed(self.theirs), as_listed(self.ours));
        table.lines().find_map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let [_, own, other, _, _, _, _, user, _, inode, ..] = cells[..] else { return None };
            (own == theirs && other == ours && inode != "0").then(|| user.parse().ok())?
        })
    }
}

/// An address as the kernel lists it: words of four bytes, each as a number of this machine.
fn as_listed(address: SocketAddr) -> String {
    let bytes = match address.ip() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let word = |bytes: &[u8; 4]| format!("{:08X}", u32::from_ne_bytes(*bytes));
    let words: String = bytes.as_chunks().0.iter().map(word).collect();
    format!("{words}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use homie_trust::own_uid;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_kernel_says_whose_program_it_is() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // Where there is no IPv6 nobody comes by it.
            let Ok(listener) = TcpListener::bind(address).await else { continue };
            let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (socket, _) = listener.accept().await.unwrap();
            assert_eq!(user_of(Neighbour::at(&socket)).await, Some(own_uid()), "{address}");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_line_of_this_connection_and_of_its_other_end_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1237 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n\
            1: 0100007F:1237 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 0 10 -1\n\
            2: 0100007F:9C40 0100007F:1237 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 20 4 0 10 -1\n\
            3: 0100007F:9C41 0100007F:1237 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n";
        let at =
            |theirs: u16| Neighbour { theirs: ([127, 0, 0, 1], theirs).into(), ours: ([127, 0, 0, 1], 0x1237).into() };
        assert_eq!(at(40_000).find(table), Some(1001));
        assert_eq!((at(40_001).find(table), at(40_002).find(table)), (None, None));
    }
}
