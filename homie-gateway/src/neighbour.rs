//! Whose program is at the other end of a connection to the loopback port, as the kernel tells (`sock_diag(7)`): so that one user of
//! this machine does not spend the tries of another. It proves nothing, and lets nobody in.
//!
//! `/proc/net/tcp` has it too, and to read that is to walk through a table that is as large as the machine's memory lets it be: six
//! milliseconds for two connections.

use std::net::{IpAddr, SocketAddr};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SOCK_DIAG, recv, send, socket_with,
};
use tokio::net::TcpStream;

/// What is asked, and what an answer is that is no error.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const IPPROTO_TCP: u8 = 6;
/// It waits for others, so it is nobody's end of this connection.
const TCP_LISTEN: u8 = 10;

/// A question's length, and where in an answer its kind stands, the connection's state, its user and its inode.
const QUESTION: u32 = 72;
const KIND: usize = 4;
const STATE: usize = 17;
const USER: usize = 80;
const INODE: usize = 84;

/// Room for an answer and what a kernel may add to it.
const ROOM: usize = 512;

/// Both ends of a connection within this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neighbour {
    theirs: SocketAddr,
    ours: SocketAddr,
}

impl Neighbour {
    /// At the other end of this connection, unless it is gone already.
    pub(crate) fn at(socket: &TcpStream) -> Option<Self> {
        Some(Self { theirs: socket.peer_addr().ok()?, ours: socket.local_addr().ok()? })
    }

    /// The user whose program it is. Where the kernel does not say, nobody knows. It answers before the question is sent.
    pub(crate) fn user(self) -> Option<u32> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let kernel = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(SOCK_DIAG)).ok()?;
        send(&kernel, &self.question(), SendFlags::empty()).ok()?;
        let mut room = [0; ROOM];
        let (_, len) = recv(&kernel, &mut room[..], RecvFlags::empty()).ok()?;
        user_in(room.get(..len)?)
    }

    /// `nlmsghdr`, then `inet_diag_req_v2`: the socket whose own end is theirs, in any state, on any interface.
    fn question(self) -> Vec<u8> {
        let family = if self.theirs.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        // There are two families, and both numbers are small.
        let family = u8::try_from(family.as_raw()).unwrap_or_default();
        let mut question = Vec::new();
        question.extend(QUESTION.to_ne_bytes());
        question.extend([SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST].map(u16::to_ne_bytes).as_flattened());
        question.extend([0; 8]);
        question.extend([family, IPPROTO_TCP, 0, 0]);
        question.extend(u32::MAX.to_ne_bytes());
        question.extend([self.theirs.port(), self.ours.port()].map(u16::to_be_bytes).as_flattened());
        question.extend([self.theirs.ip(), self.ours.ip()].map(padded).as_flattened());
        question.extend(0_u32.to_ne_bytes());
        question.extend([u8::MAX; 8]);
        question
    }
}

/// `inet_diag_msg` behind its header. What its program has closed already has no inode, and is listed as root's.
fn user_in(answer: &[u8]) -> Option<u32> {
    let word = |at: usize| answer.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes);
    let kind = answer.get(KIND..)?.first_chunk().copied().map(u16::from_ne_bytes);
    let is_its = kind == Some(SOCK_DIAG_BY_FAMILY) && *answer.get(STATE)? != TCP_LISTEN && word(INODE)? != 0;
    is_its.then(|| word(USER))?
}

/// An address in the room of the longer kind.
fn padded(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(v6) => v6.octets(),
    }
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
            assert_eq!(Neighbour::at(&socket).unwrap().user(), Some(own_uid()), "{address}");
        }
    }

    #[tokio::test]
    async fn of_who_has_closed_or_only_listens_nobody_knows() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = listener.local_addr().unwrap();
        let client = TcpStream::connect(ours).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let neighbour = Neighbour::at(&socket).unwrap();
        drop(client);
        assert_eq!(neighbour.user(), None, "its program is not there any more");
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert_eq!(Neighbour { theirs: other.local_addr().unwrap(), ours }.user(), None);
    }

    #[test]
    fn an_answer_that_is_cut_off_or_an_error_says_nothing() {
        let mut answer = vec![0; 124];
        answer[KIND..KIND + 2].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        answer[STATE] = 1;
        answer[USER..USER + 4].copy_from_slice(&1001_u32.to_ne_bytes());
        assert_eq!(user_in(&answer), None, "no inode");
        answer[INODE] = 1;
        assert_eq!(user_in(&answer), Some(1001));
        for len in 0..INODE + 4 {
            assert_eq!(user_in(&answer[..len]), None);
        }
        answer[KIND..KIND + 2].copy_from_slice(&2_u16.to_ne_bytes());
        assert_eq!(user_in(&answer), None);
    }
}
