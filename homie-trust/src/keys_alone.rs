//! A caller at a door where nobody vouches for anybody, so that its device's key alone counts: the key door, or the one to the internet.

use homie_protocol::code::Refusal;
use homie_protocol::hello::{Hello, Role};

use crate::keyed::Keyed;
use crate::public::Public;
use crate::roster::Members;
use crate::tries::Source;

/// Such a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysAlone {
    /// It has proved a key of the roster to the door.
    Keyed(Keyed),
    /// It came from the internet.
    Public(Public),
}

impl KeysAlone {
    /// What it has proved to the door.
    pub const fn keyed(self) -> Option<Keyed> {
        match self {
            Self::Keyed(keyed) => Some(keyed),
            Self::Public(_) => None,
        }
    }

    /// Where on the internet it is.
    pub const fn public(self) -> Option<Public> {
        match self {
            Self::Keyed(_) => None,
            Self::Public(public) => Some(public),
        }
    }

    /// More than this it does not get here, whatever its device may do elsewhere.
    pub(crate) const fn highest(self) -> Role {
        match self {
            Self::Keyed(keyed) => keyed.highest,
            Self::Public(public) => public.highest,
        }
    }

    /// Whose tries it spends, and at which door of a node.
    pub(crate) fn knocker(&self) -> (&'static str, Source) {
        match self {
            Self::Keyed(keyed) => ("mesh.sock, keyed", keyed.source()),
            Self::Public(public) => ("mesh.sock, public", public.source()),
        }
    }

    /// Refuses whoever may come no more.
    pub(crate) fn check(self, members: &Members) -> Result<(), Refusal> {
        self.keyed().map_or(Ok(()), |keyed| keyed.check(members))
    }

    /// Refuses whoever greets as somebody else than it has proved to be.
    pub(crate) fn hello(self, hello: &Hello) -> Result<(), Refusal> {
        self.keyed().map_or(Ok(()), |keyed| keyed.hello(hello))
    }
}
