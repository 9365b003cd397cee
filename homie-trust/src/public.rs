//! A caller from the internet, at the door with a certificate of the owner's own. Whoever can dial may come as far as the greeting,
//! so its device's key alone counts there: nobody vouches for it, and its role is the roster's, below this machine's ceiling.

use std::net::SocketAddr;

use homie_protocol::hello::Role;

use crate::tries::Source;

/// Such a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Public {
    /// From where.
    pub address: SocketAddr,
    /// More than this it does not get here, whatever its device may do elsewhere.
    pub highest: Role,
}

impl Public {
    /// Whose tries it spends.
    pub fn source(&self) -> Source {
        Source::of(self.address.ip())
    }
}
