//! What all routes have in common.

use std::path::PathBuf;
use std::sync::Arc;

use homie_protocol::id::NodeId;
use homie_trust::{Beats, Invitations, Members, Refusals, Roster, Tailnet};
use tokio::sync::Semaphore;

use crate::circuits::OwnCircuits;
use crate::homecoming::Homecoming;
use crate::hop::Hop;
use crate::names::Names;
use crate::page::Page;
use crate::public::{Crowd, Spot};
use crate::rate::Rates;
use crate::reach::Atlas;
use crate::spare::Spares;
use crate::tasks::Tasks;
use crate::twin::Twin;

/// The rooms of the house.
pub(crate) struct House {
    /// The machine's own node.
    pub(crate) node: NodeId,
    /// Where it listens.
    pub(crate) mesh_sock: PathBuf,
    /// Which names and pages are this gateway's.
    pub(crate) names: Names,
    /// How often whoever may ask.
    pub(crate) rates: Rates,
    /// Whom to ask about callers from the tailnet.
    pub(crate) tailnet: Option<Tailnet>,
    /// When to ask about them again.
    pub(crate) beats: Option<Beats>,
    /// The page.
    pub(crate) page: Page,
    /// To which machines it may speak.
    pub(crate) roster: Roster,
    /// What `/.well-known/homie` says.
    pub(crate) about: String,
    /// And what it says to the internet.
    pub(crate) about_in_public: String,
    /// Whether another machine has this one's key.
    pub(crate) twin: Arc<Twin>,
    /// Where the other machines are.
    pub(crate) atlas: Atlas,
    /// Connections of machines that cannot be dialled.
    pub(crate) spares: Spares,
    /// One permit for each circuit joined to the node.
    pub(crate) splices: Arc<Semaphore>,
    /// One for each circuit passed on to another machine.
    pub(crate) relays: Arc<Semaphore>,
    /// Holds circuits back until this machine has heard what is new.
    pub(crate) homecoming: Arc<Homecoming>,
    /// Who is invited.
    pub(crate) invitations: Invitations,
    /// Whom that sends away.
    pub(crate) refusals: Refusals,
    /// Places for circuits of callers from the internet.
    pub(crate) crowd: Crowd,
    /// Circuits with the gateway itself.
    pub(crate) circuits: OwnCircuits,
    /// Everything that runs on after an answer.
    pub(crate) tasks: Tasks,
}

/// The house, for every request.
pub(crate) type Shared = Arc<House>;

impl House {
    /// A place for a circuit that came so, where those are counted; an error if there is none.
    pub(crate) fn seat(&self, hop: Option<Hop>) -> Result<Option<Spot>, ()> {
        let Some(public) = hop.and_then(Hop::public) else { return Ok(None) };
        self.crowd.enter(&public.source()).map(Some).ok_or(())
    }

    /// The machines that the browser of somebody who came so may speak to. Strangers on the internet do not learn which there
    /// are: a page there speaks to the gateway that has served it alone.
    pub(crate) fn told_of(&self, hop: Option<Hop>) -> Option<Arc<Members>> {
        if hop.and_then(Hop::public).is_some() { None } else { self.roster.members().ok() }
    }
}
