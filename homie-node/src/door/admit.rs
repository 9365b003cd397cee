//! From a fresh connection to a served circuit: greeting, then the server's loop.

use std::sync::Arc;

use homie_circuit::{Admission, FrameReader, FrameWriter, Grant, Granted, Place};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{DeviceKey, Role, Service as Server};
use homie_protocol::machine::answers::Asker;
use homie_trust::{Caller, NodeDoor, NodeGreeter, Who};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

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
        Err(refusal) => {
            tracing::info!(%refusal, "a caller was sent away");
            return note(shared, door, refusal.code).await;
        }
    };
    let Some(asker) = greeter.caller().map(asker) else { return };
    drop(place);
    let Ok(_circuit) = circuits.try_acquire_owned() else {
        return writer.bye(&Refusal::new(Code::Busy, "too many circuits at this door; close one and come back"));
    };
    tracing::debug!(circuit = %ready.circuit, role = ?ready.role, "a circuit is open");
    let granted = greeter.caller().and_then(Caller::device).map(|device| enter(shared, device));
    let grant = granted.as_ref().map_or_else(|| Grant::fixed(ready.role), |granted| granted.grant.clone());
    let admission = Admission { grant: grant.clone(), service: Server::Node, asker, answers: shared.answers.clone() };
    let circuit = Arc::new(Circuit::new(ready.circuit, grant, writer.clone()));
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

/// Writes down who was sent away, where it waits for the disk and nobody else does.
async fn note(shared: &Arc<Shared>, door: NodeDoor, code: Code) {
    let via = match door {
        NodeDoor::Local { .. } => "local.sock",
        NodeDoor::Mesh { .. } => "mesh.sock",
    };
    let server = Arc::clone(&shared.server);
    if let Ok(Err(error)) = spawn_blocking(move || server.refusals.note(via, code)).await {
        tracing::error!("who was sent away is not written down: {error}");
    }
}

/// A device's circuit, from now on among those that a change of the roster reaches.
fn enter(shared: &Shared, device: &DeviceKey) -> Granted {
    let server = &shared.server;
    shared
        .grants
        .enter(device, |device| server.roster.members().map_or(Role::None, |members| server.may(&members, device)))
}

fn asker(caller: &Caller) -> Asker {
    match &caller.who {
        Who::Local { uid } => Asker::User(*uid),
        Who::Device(key) => Asker::Device(key.id),
    }
}
