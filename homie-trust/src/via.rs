//! Another machine of the mesh that stands between a caller and this one. It can lower what the caller may do, and never
//! raise it: who comes so needs a key that the roster knows, whatever the tailnet says of the machine it comes from.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::NodeId;

use crate::relayed::Relayed;
use crate::roster::Members;

/// What stands in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A page that another machine has served, by its origin.
    Page(String),
    /// Another machine's gateway, that passes the circuit on.
    Gateway(Relayed),
}

impl Via {
    /// Refuses what is none of the mesh, or none any more; `own` is this machine.
    pub(crate) fn check(&self, members: &Members, own: NodeId) -> Result<(), Refusal> {
        match self {
            Self::Page(origin) => members.pages().any(|page| page == origin).then_some(()).ok_or_else(gone),
            Self::Gateway(relayed) => relayed.check(members, own),
        }
    }
}

fn gone() -> Refusal {
    Refusal::new(Code::Origin, "origin: the machine that has served this page is none of the mesh any more")
}
