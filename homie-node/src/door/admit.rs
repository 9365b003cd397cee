//! From a fresh connection to a served circuit: greeting, then the server's loop.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::sealed::Exporter;
use homie_circuit::{Admission, FrameReader, FrameWriter, Place};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Ready, Role, Service as Server};
use homie_protocol::limits::HELLO_MS;
use homie_protocol::machine::answers::Asker;
use homie_trust::{
    Caller, Claim, KeysAlone, NodeDoor, NodeGreeter, Relayed, RosterDesk, TailnetCaller, Watchman, Who, device_id,
};
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::circuit::Circuit;
use crate::handler::NodeHandler;
use crate::service::Service;
use crate::shared::Shared;

/// How long somebody whom the roster does not name may take to bring one that does.
const BROUGHT_WITHIN: Duration = Duration::from_millis(HELLO_MS);

/// How a caller came here.
pub(super) struct Guest {
    pub(super) door: NodeDoor,
    /// From the tailnet, if it did.
    pub(super) from: Option<(Claim, TailnetCaller)>,
    /// What the gateway knows of it, if it came by a door that takes keys alone.
    pub(super) alone: Option<KeysAlone>,
    /// What either says of whoever is behind it.
    pub(super) relayed: Option<Relayed>,
    /// What both ends know of TLS, if that ends here.
    pub(super) exporter: Option<Exporter>,
}

/// Greets a caller, gives its place at the door back, and serves it until the circuit or the node ends.
pub(super) async fn admit(
    mut reader: FrameReader,
    writer: FrameWriter,
    guest: Guest,
    (mut place, circuits): (Place, Arc<Semaphore>),
    shared: &Arc<Shared>,
) {
    let door = guest.door;
    let from = guest.from.as_ref().map(|(_, from)| from.clone());
    let mut greeter = NodeGreeter::new(Arc::clone(&shared.server), door)
        .of(from)
        .alone(guest.alone)
        .relayed(guest.relayed.clone())
        .sealed(guest.exporter);
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
    let Some(caller) = greeter.caller() else { return };
    if ready.role == Role::None {
        return hear_out((reader, writer), (ready, caller), (guest, place), shared).await;
    }
    drop(place);
    let Ok(_circuit) = circuits.try_acquire_owned() else {
        return writer.bye(&Refusal::new(Code::Busy, "too many circuits at this door; close one and come back"));
    };
    tracing::debug!(circuit = %ready.circuit, role = ?ready.role, "a circuit is open");
    shared.server.saw(caller);
    let watchman = watchman(guest, shared);
    let found = watchman.as_ref().map(Watchman::caller);
    let (live, role) = watch::channel(ready.role);
    let (admission, handler) = serving((ready, role), caller, found.clone(), &writer, shared);
    let mut served = std::pin::pin!(homie_circuit::serve(reader, writer.clone(), admission, handler));
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = shared.tasks.stopping() => {
            writer.bye(&Refusal::new(Code::GoingAway, "the node is stopping; come back when it is up again"));
            served.await
        }
        refusal = watch_over(watchman, caller, &live, shared) => {
            writer.bye(&refusal);
            served.await
        }
        refusal = follow(caller, found.as_ref(), &live, shared) => {
            writer.bye(&refusal);
            served.await
        }
    };
    shared.server.saw(caller);
    if let Err(refusal) = ended {
        tracing::info!(circuit = %ready.circuit, %refusal, "a circuit was ended");
    }
}

/// What serves a circuit.
fn serving(
    (ready, role): (Ready, watch::Receiver<Role>),
    caller: &Caller,
    found: Option<watch::Receiver<TailnetCaller>>,
    writer: &FrameWriter,
    shared: &Arc<Shared>,
) -> (Admission, Arc<NodeHandler>) {
    let asker = asker(caller);
    let circuit = Arc::new(Circuit::new(ready.circuit, role.clone(), writer.clone()));
    let handler = NodeHandler {
        service: Service { shared: Arc::clone(shared) },
        circuit,
        asker,
        known: caller.clone(),
        roster: RosterDesk::new(Arc::clone(&shared.server), found),
    };
    let admission = Admission { ready, role, service: Server::Node, asker, answers: shared.answers.clone() };
    (admission, Arc::new(handler))
}

/// Somebody whom the roster does not name, and who carries another: takes what it brings, and sends it away. If it was
/// named there, it comes back.
async fn hear_out(
    (reader, writer): (FrameReader, FrameWriter),
    (ready, caller): (Ready, &Caller),
    (guest, mut place): (Guest, Place),
    shared: &Arc<Shared>,
) {
    let (_live, role) = watch::channel(Role::None);
    // It is gone before it could become somebody else.
    let found = guest.from.map(|(_, from)| watch::channel(from).1);
    let (admission, handler) = serving((ready, role), caller, found, &writer, shared);
    let refusal = tokio::select! {
        served = homie_circuit::serve(reader, writer.clone(), admission, handler) => {
            return tracing::debug!(circuit = %ready.circuit, ?served, "somebody has brought entries of the roster");
        }
        () = place.must_leave() => Refusal::new(Code::Busy, "others came who had more to say; come back"),
        () = shared.tasks.stopping() => Refusal::new(Code::GoingAway, "the node is stopping; come back"),
        () = sleep(BROUGHT_WITHIN) => {
            Refusal::new(Code::DeviceUnknown, "this device is not enrolled here, and was not in what it brought")
        }
    };
    writer.bye(&refusal);
    note(shared, guest.door, refusal.code).await;
}

/// Over whoever came from the tailnet.
fn watchman(guest: Guest, shared: &Shared) -> Option<Watchman> {
    let ((claim, from), watch) = (guest.from?, shared.watch.as_ref()?);
    Some(watch.over(claim, &from))
}

/// Asks about a caller from the tailnet again and again, until it must go.
async fn watch_over(
    watchman: Option<Watchman>,
    caller: &Caller,
    live: &watch::Sender<Role>,
    shared: &Shared,
) -> Refusal {
    let Some(watchman) = watchman else { return std::future::pending().await };
    watchman.keep(live, |from: &TailnetCaller| shared.server.role_now(caller, Some(from))).await
}

/// Gives a device's circuit what the roster lets it do, whenever that changes, until that is nothing. Who calls from the
/// tailnet is whom the watchman has `found` last: what it has lowered is not raised again here.
async fn follow(
    caller: &Caller,
    found: Option<&watch::Receiver<TailnetCaller>>,
    live: &watch::Sender<Role>,
    shared: &Shared,
) -> Refusal {
    if caller.device().is_none() {
        return std::future::pending().await;
    }
    let mut granted = shared.grants.enter();
    granted.keep(live, || shared.server.role_now(caller, found.map(watch::Receiver::borrow).as_deref())).await
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

fn asker(caller: &Caller) -> Asker {
    match &caller.who {
        Who::Local { uid } => Asker::User(*uid),
        Who::Device(key) => Asker::Device(key.id),
        Who::Machine { stable_id } => Asker::Machine(device_id(stable_id.as_bytes())),
    }
}
