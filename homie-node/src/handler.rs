//! What a node does with a client's circuit: requests to the service, frames to the holders.

use std::sync::Arc;

use homie_circuit::{Frame, Handler, Turn};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Request;
use homie_protocol::machine::answers::{Asker, Wish};
use homie_protocol::method::refusal;
use homie_protocol::methods::{mesh, presence, session, start};
use homie_trust::{Caller as Known, RosterDesk};

use crate::circuit::Circuit;
use crate::service::{Caller, Service};

/// One client's circuit and what serves it.
pub(crate) struct NodeHandler {
    pub(crate) service: Service,
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) asker: Asker,
    /// What the greeting has settled of it.
    pub(crate) known: Known,
    pub(crate) roster: RosterDesk,
}

impl Handler for NodeHandler {
    async fn request(&self, request: Request<'_>, turn: Turn) -> Vec<u8> {
        let wish = request.key.map(|key| Wish { asker: self.asker, key });
        let caller = Caller { circuit: Arc::clone(&self.circuit), turn, wish };
        let unknown = || Refusal::new(Code::UnknownMethod, format!("{} is not served here", request.method));
        if let Some(answer) = session::dispatch(&self.service, &caller, request).await {
            return answer;
        }
        if let Some(answer) = presence::dispatch(&self.service, &caller, request).await {
            return answer;
        }
        if let Some(answer) = start::dispatch(&self.service, &caller, request).await {
            return answer;
        }
        let answer = mesh::dispatch(&self.roster, &self.known, request).await;
        answer.unwrap_or_else(|| refusal(request.id, &unknown()))
    }

    fn answered(&self, turn: Turn) {
        self.circuit.answered(turn);
        self.service.shared.sessions.release(self.circuit.id(), turn);
    }

    fn frame(&self, frame: Frame) -> Result<(), Refusal> {
        self.circuit.frame(&frame)
    }

    fn closed(&self) {
        self.service.shared.sessions.unsubscribe(self.circuit.id());
        self.circuit.over();
    }
}
