//! What a node does with a client's circuit: requests to the service, frames to the holders.

use std::sync::Arc;

use homie_circuit::{Frame, Handler, Turn};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Request;
use homie_protocol::machine::answers::{Asker, Wish};
use homie_protocol::method::refusal;
use homie_protocol::methods::session::dispatch;

use crate::circuit::Circuit;
use crate::service::{Caller, Service};

/// One client's circuit and what serves it.
pub(crate) struct NodeHandler {
    service: Service,
    circuit: Arc<Circuit>,
    asker: Asker,
}

impl NodeHandler {
    pub(crate) fn new(service: Service, circuit: Arc<Circuit>, asker: Asker) -> Self {
        Self { service, circuit, asker }
    }
}

impl Handler for NodeHandler {
    async fn request(&self, request: Request<'_>, turn: Turn) -> Vec<u8> {
        let wish = request.key.map(|key| Wish { asker: self.asker, key });
        let caller = Caller { circuit: Arc::clone(&self.circuit), turn, wish };
        let unknown = || Refusal::new(Code::UnknownMethod, format!("{} is not served here", request.method));
        dispatch(&self.service, &caller, request).await.unwrap_or_else(|| refusal(request.id, &unknown()))
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
