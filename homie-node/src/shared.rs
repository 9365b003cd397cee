//! What all parts of a node share.

use std::sync::{Arc, Mutex};

use homie_circuit::sealed::Sealer;
use homie_circuit::{AnswerBook, Grants};
use homie_protocol::hello::Role;
use homie_protocol::methods::presence::Presence;
use homie_trust::{Beats, Board, Claim, Server, StateDir, Tailnet, TailnetCaller, Watchman};

use crate::history::History;
use crate::recordings::Recordings;
use crate::sessions::Sessions;
use crate::spawn::SpawnHolder;
use crate::tasks::Tasks;

/// What all parts of a node share.
pub(crate) struct Shared {
    /// Where everything lies.
    pub(crate) dir: StateDir,
    /// Counts the node's starts: a later node displaces an earlier one at its holders.
    pub(crate) epoch: u64,
    /// Who we are, for greetings.
    pub(crate) server: Arc<Server>,
    /// Ends TLS with clients that others have passed on.
    pub(crate) sealer: Sealer,
    /// What the devices of open circuits may do.
    pub(crate) grants: Grants,
    /// How holders are started.
    pub(crate) spawn: Arc<dyn SpawnHolder>,
    /// The sessions.
    pub(crate) sessions: Sessions,
    /// Sessions that are over.
    pub(crate) history: History,
    /// What is recorded of them.
    pub(crate) recordings: Recordings,
    /// What this machine says of itself.
    pub(crate) presence: Presence,
    /// Where the gateways of the mesh tell their starts.
    pub(crate) starts: Mutex<Board>,
    /// Names the machine's present boot.
    pub(crate) boot: String,
    /// First answers to requests with a key.
    pub(crate) answers: AnswerBook,
    /// Whom to ask about callers from the tailnet.
    pub(crate) watch: Option<Watch>,
    /// What callers get at most who have proved a key of the roster to a door; nothing if there is no such door.
    pub(crate) keyed: Option<Role>,
    /// The same at the door to the internet.
    pub(crate) public: Option<Role>,
    /// Everything that runs.
    pub(crate) tasks: Tasks,
}

/// tailscaled of this machine, and when to ask it again. What a gateway says of a caller is looked up here once more: it
/// can lower what the caller may do, and raise nothing.
pub(crate) struct Watch {
    /// Whom to ask.
    pub(crate) tailnet: Tailnet,
    /// When.
    pub(crate) beats: Beats,
}

impl Watch {
    /// Watches over a circuit of this caller.
    pub(crate) fn over(&self, claim: Claim, caller: &TailnetCaller) -> Watchman {
        Watchman::new(self.tailnet.clone(), self.beats.clone(), claim, caller)
    }
}
