//! Another machine of the mesh that stands between a caller and this one. It can lower what the caller may do, and never
//! raise it: who comes so needs a key that the roster knows, whatever the tailnet says of the machine it comes from.

use homie_protocol::code::{Code, Refusal};

use crate::roster::Members;

/// What stands in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A page that another machine has served, by its origin.
    Page(String),
}

impl Via {
    /// Refuses what is none of the mesh any more.
    pub(crate) fn check(&self, members: &Members) -> Result<(), Refusal> {
        let Self::Page(origin) = self;
        if members.pages().any(|page| page == origin) { Ok(()) } else { Err(gone()) }
    }
}

fn gone() -> Refusal {
    Refusal::new(Code::Origin, "origin: the machine that has served this page is none of the mesh any more")
}
