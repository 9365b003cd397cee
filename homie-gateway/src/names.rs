//! Which names and pages are this gateway's, at each of its doors. Those of the tailnet come and go with it;
//! at the door for keys it is called by its id.

use std::sync::{Arc, PoisonError, RwLock};

use homie_protocol::id::NodeId;
use homie_trust::{HostOrigin, PublicDoor};

use crate::hop::Hop;

/// The lists, shared by all doors.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    loopback: Arc<HostOrigin>,
    tailnet: Arc<RwLock<Arc<HostOrigin>>>,
    keyed: Arc<HostOrigin>,
    public: Arc<HostOrigin>,
}

impl Names {
    /// Of this machine's gateway, which no tailnet knows yet.
    pub(crate) fn new(loopback: HostOrigin, machine: NodeId, public: Option<&PublicDoor>) -> Self {
        let none = || HostOrigin::new(Vec::new(), Vec::new());
        let keyed = Arc::new(HostOrigin::of_id(machine));
        let public = Arc::new(public.map_or_else(none, PublicDoor::names));
        Self { loopback: Arc::new(loopback), tailnet: Arc::new(RwLock::new(Arc::new(none()))), keyed, public }
    }

    /// Those of a door: a name of one is not a name of another.
    pub(crate) fn at(&self, hop: Hop) -> Arc<HostOrigin> {
        match hop {
            Hop::Loopback(_) => Arc::clone(&self.loopback),
            Hop::Key(_) | Hop::Newcomer(_) => Arc::clone(&self.keyed),
            Hop::Public(_) => Arc::clone(&self.public),
            Hop::Serve | Hop::Tailnet(_) => Arc::clone(&self.tailnet.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// The tailnet calls us so from now on.
    pub(crate) fn set_tailnet(&self, names: HostOrigin) {
        *self.tailnet.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }
}
