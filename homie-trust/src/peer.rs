//! Who is at the other end of a unix socket. The kernel says it; the peer cannot.

use std::os::fd::AsFd;
use std::path::Path;

use homie_protocol::code::{Code, Refusal};

use crate::error::TrustError;

/// The user this process runs as.
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The user at the other end.
pub fn peer_uid(socket: impl AsFd) -> Result<u32, TrustError> {
    rustix::net::sockopt::socket_peercred(socket)
        .map(|credentials| credentials.uid.as_raw())
        .map_err(|errno| TrustError::file("ask who is at", Path::new("the socket"))(errno.into()))
}

/// The user at the other end, refused unless it is ours: then close without a word.
pub fn check_peer(socket: impl AsFd) -> Result<u32, Refusal> {
    let uid = peer_uid(socket)?;
    check_uid(uid)?;
    Ok(uid)
}

pub(crate) fn check_uid(uid: u32) -> Result<(), Refusal> {
    if uid != own_uid() {
        return Err(Refusal::new(Code::Unauthenticated, "this socket is for the user who runs Homie"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn the_kernel_names_the_peer() {
        let (ours, _theirs) = UnixStream::pair().expect("a pair of sockets");
        assert_eq!(check_peer(&ours), Ok(own_uid()));
    }

    #[test]
    fn what_is_no_unix_socket_has_no_peer() {
        let file = tempfile::tempfile().expect("a file");
        assert!(peer_uid(&file).is_err());
    }

    #[test]
    fn another_user_is_refused() {
        let refusal = check_uid(own_uid().wrapping_add(1)).expect_err("another user");
        assert_eq!(refusal.code, Code::Unauthenticated);
    }
}
