//! A circuit with the gateway itself, from handshake (`GET /ws`) or socket to farewell.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::{
    Admission, AnswerBook, FrameReader, FrameWriter, Grant, Granted, Grants, Handler, Lobby, Place, Turn, greet, serve,
    upgrade,
};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control;
use homie_protocol::hello::{DeviceKey, Role, Service};
use homie_protocol::limits::CIRCUITS;
use homie_protocol::machine::answers::Asker;
use homie_protocol::method;
use homie_protocol::methods::pairing;
use homie_trust::{Caller, GatewayGreeter, HostOrigin, Seen, Server};
use hyper::upgrade::OnUpgrade;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::LOBBY;
use crate::pairing::{Pairing, Visitor};
use crate::routes::Shared;
use crate::tasks::Stopping;

/// What the gateway's own circuits have in common.
pub(crate) struct OwnCircuits {
    server: Arc<Server>,
    allowed: HostOrigin,
    pairing: Pairing,
    answers: AnswerBook,
    strangers: Lobby,
    known: Arc<Semaphore>,
    grants: Grants,
}

/// Why a circuit may be here.
enum Seat {
    /// Nobody knows who it is yet: it gives way to newer ones.
    Stranger(Place),
    /// A device of ours.
    Known(#[expect(dead_code, reason = "its drop gives the permit back")] OwnedSemaphorePermit),
}

/// Answers the handshake, and starts the circuit.
pub(crate) fn circuit(shared: Shared, mut request: Request<Body>) -> Response {
    let answer = match upgrade::accept(&request) {
        Ok(answer) => answer,
        Err(error) => return (error.status(), format!("{error}\n")).into_response(),
    };
    let Some(seen) = request.extensions_mut().remove::<Seen>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let place = shared.circuits.strangers();
    let upgrade = hyper::upgrade::on(&mut request);
    let tasks = shared.tasks.clone();
    tasks.spawn_polite(|stopping| async move { shared.circuits.run(upgrade, seen, place, stopping).await });
    answer.map(|()| Body::empty())
}

impl OwnCircuits {
    /// None yet.
    pub(crate) fn new(server: Server, allowed: HostOrigin) -> Self {
        let server = Arc::new(server);
        Self {
            pairing: Pairing::new(Arc::clone(&server)),
            server,
            allowed,
            answers: AnswerBook::default(),
            strangers: Lobby::new(LOBBY),
            known: Arc::new(Semaphore::new(CIRCUITS)),
            grants: Grants::default(),
        }
    }

    /// A place for somebody whom nobody knows yet.
    pub(crate) fn strangers(&self) -> Place {
        self.strangers.enter()
    }

    async fn run(&self, upgrade: OnUpgrade, seen: Seen, place: Place, stopping: Stopping) {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!("a client left during its handshake: {error}"),
        };
        match upgrade::circuit(upgraded) {
            Ok((reader, writer)) => {
                self.attend(reader, writer, (self.allowed.clone(), seen), place, stopping).await;
            }
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// Serves one circuit. `door`: by which names it may have come, and what is known of how it came.
    pub(crate) async fn attend(
        &self,
        reader: FrameReader,
        writer: FrameWriter,
        door: (HostOrigin, Seen),
        place: Place,
        stopping: Stopping,
    ) {
        tokio::select! {
            () = self.converse(reader, &writer, door, Seat::Stranger(place)) => {}
            () = stopping.wait() => {
                writer.bye(&Refusal::new(Code::GoingAway, "the gateway stops; come back"));
                writer.closed().await;
            }
        }
    }

    async fn converse(
        &self,
        mut reader: FrameReader,
        writer: &FrameWriter,
        (allowed, seen): (HostOrigin, Seen),
        mut seat: Seat,
    ) {
        let host = seen.host.clone();
        let mut greeter = GatewayGreeter::new(Arc::clone(&self.server), allowed, seen);
        let outcome = tokio::select! {
            outcome = greet(&mut reader, writer, &mut greeter) => outcome,
            () = seat.must_leave() => return writer.bye(&busy()),
        };
        let (ready, caller) = match (outcome, greeter.caller()) {
            (Ok(ready), Some(caller)) => (ready, caller.clone()),
            (Err(refusal), _) => {
                tracing::info!("a client was not greeted: {refusal}");
                return self.note(refusal.code).await;
            }
            (Ok(_), None) => return tracing::error!("a client was greeted that is nobody"),
        };
        if ready.role > Role::None {
            let Ok(permit) = Arc::clone(&self.known).try_acquire_owned() else { return writer.bye(&busy()) };
            seat = Seat::Known(permit);
        }
        let granted = (ready.role > Role::None).then(|| caller.device().map(|device| self.enter(device))).flatten();
        let grant = granted.as_ref().map_or_else(|| Grant::fixed(ready.role), |granted| granted.grant.clone());
        let Some(admission) = self.admission(grant, &caller) else { return };
        let handler = Arc::new(Conversation { pairing: self.pairing.clone(), visitor: Visitor { caller, host } });
        tokio::select! {
            served = serve(reader, writer.clone(), admission, handler) => {
                if let Err(refusal) = served {
                    tracing::info!("circuit {} was ended: {refusal}", ready.circuit);
                }
            }
            () = seat.must_leave() => writer.bye(&busy()),
        }
    }

    /// Writes down who was sent away, where it waits for the disk and nobody else does.
    async fn note(&self, code: Code) {
        let server = Arc::clone(&self.server);
        let noted = tokio::task::spawn_blocking(move || server.refusals.note("gateway", code)).await;
        if let Ok(Err(error)) = noted {
            tracing::error!("who was sent away is not written down: {error}");
        }
    }

    /// A known device's circuit, from now on among those that a change of the roster reaches.
    fn enter(&self, device: &DeviceKey) -> Granted {
        let server = &self.server;
        self.grants
            .enter(device, |device| server.roster.members().map_or(Role::None, |members| server.may(&members, device)))
    }

    /// Gives open circuits what their devices may do, whenever that changes.
    pub(crate) async fn follow(&self) {
        self.grants.follow(self.server.news()).await;
    }

    /// This door greets nobody without a device.
    fn admission(&self, grant: Grant, caller: &Caller) -> Option<Admission> {
        let asker = Asker::Device(caller.device()?.id);
        Some(Admission { grant, service: Service::Gateway, asker, answers: self.answers.clone() })
    }
}

impl Seat {
    async fn must_leave(&mut self) {
        match self {
            Self::Stranger(place) => place.must_leave().await,
            Self::Known(_) => std::future::pending().await,
        }
    }
}

fn busy() -> Refusal {
    Refusal::new(Code::Busy, "too many circuits at once; come back")
}

/// One circuit's requests.
struct Conversation {
    pairing: Pairing,
    visitor: Visitor,
}

impl Handler for Conversation {
    async fn request(&self, request: control::Request<'_>, _: Turn) -> Vec<u8> {
        let (id, name) = (request.id, request.method.to_owned());
        let unknown = || Refusal::new(Code::UnknownMethod, format!("{name} is not served by a gateway"));
        let answer = pairing::dispatch(&self.pairing, &self.visitor, request).await;
        answer.unwrap_or_else(|| method::refusal(id, &unknown()))
    }

    fn frame(&self, _: homie_circuit::Frame) -> Result<(), Refusal> {
        Err(Refusal::new(Code::Channel, "channel: a gateway has no sessions, so none was opened"))
    }

    fn closed(&self) {}
}
