//! From a fresh connection to a served circuit: greeting, then the server's loop.

use std::sync::Arc;

use homie_circuit::{Admission, FrameReader, FrameWriter, Place};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Service as Server;
use homie_protocol::machine::answers::Asker;
use homie_trust::{Caller, NodeDoor, NodeGreeter, Who};
use tokio::sync::Semaphore;

use crate::circuit::Circuit;
use crate::handler::NodeHandler;
use crate::service::Service;
use crate::shared::Shared;

/// Greets a caller, gives its place at the door back, and serves it until the circuit or the node ends.
pub(super) async fn admit(
    mut reader: FrameReader,
    writer: FrameWriter,
    door: NodeDoor,
    (mut place, circuits): (Place, Arc<Semaphore>),
    shared: &Arc<Shared>,
) {
    let mut greeter = NodeGreeter::new(Arc::clone(&shared.server), door);
    let outcome = tokio::select! {
        outcome = homie_circuit::greet(&mut reader, &writer, &mut greeter) => outcome,
        () = place.must_leave() => {
            return writer.bye(&Refusal::new(Code::Busy, "others came who had more to say; come back"));
        }
    };
    let ready = match outcome {
        Ok(ready) => ready,
        Err(refusal) => return tracing::info!(%refusal, "a caller was sent away"),
    };
    let Some(asker) = greeter.caller().map(asker) else { return };
    drop(place);
    let Ok(_circuit) = circuits.try_acquire_owned() else {
        return writer.bye(&Refusal::new(Code::Busy, "too many circuits at this door; close one and come back"));
    };
    tracing::debug!(circuit = %ready.circuit, role = ?ready.role, "a circuit is open");
    let admission = Admission { ready, service: Server::Node, asker, answers: shared.answers.clone() };
    let circuit = Arc::new(Circuit::new(ready.circuit, ready.role, writer.clone()));
    let handler = NodeHandler::new(Service { shared: Arc::clone(shared) }, circuit, asker);
    let mut served = std::pin::pin!(homie_circuit::serve(reader, writer.clone(), admission, Arc::new(handler)));
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = shared.tasks.stopping() => {
            writer.bye(&Refusal::new(Code::GoingAway, "the node is stopping; come back when it is up again"));
            served.await
        }
    };
    if let Err(refusal) = ended {
        tracing::info!(circuit = %ready.circuit, %refusal, "a circuit was ended");
    }
}

fn asker(caller: &Caller) -> Asker {
    match &caller.who {
        Who::Local { uid } => Asker::User(*uid),
        Who::Device(key) => Asker::Device(key.id),
    }
}
