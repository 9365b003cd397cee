//! Circuits with the gateway itself, from greeting to farewell: who has a place, and what is answered there.

use std::sync::Arc;

use homie_circuit::{
    Admission, AnswerBook, FrameReader, FrameWriter, Grants, Handler, Lobby, Place, Turn, greet, serve,
};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control;
use homie_protocol::hello::{Ready, Role, Service};
use homie_protocol::limits::CIRCUITS;
use homie_protocol::machine::answers::Asker;
use homie_protocol::method;
use homie_protocol::methods::{device, machine, mesh, pairing};
use homie_trust::pairing::SharedSecret;
use homie_trust::{
    Caller, GatewayGreeter, HostOrigin, KeysAlone, Knocker, RosterDesk, Seen, Server, Source, TailnetCaller, Watchman,
    own_uid,
};
use hyper::upgrade::OnUpgrade;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::devices::Devices;
use crate::homecoming::Homecoming;
use crate::join::own_circuit;
use crate::limits::LOBBY;
use crate::mesh::{Asked, Asking, Desk};
use crate::neighbour::Neighbour;
use crate::pairing::{Pairing, Visitor};
use crate::tasks::Stopping;

/// What the gateway's own circuits have in common.
pub(crate) struct OwnCircuits {
    server: Arc<Server>,
    pairing: Pairing,
    devices: Devices,
    mesh: Arc<Desk>,
    answers: AnswerBook,
    strangers: Lobby,
    /// Those from the internet: they do not take the places of others.
    outsiders: Lobby,
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

/// How a circuit came to us.
pub(crate) struct Came {
    /// By which names it may have come.
    pub(crate) allowed: HostOrigin,
    pub(crate) seen: Seen,
    pub(crate) neighbour: Option<Neighbour>,
    /// Through which door, and whose tries are spent there.
    pub(crate) knocker: Knocker,
    pub(crate) from: Option<TailnetCaller>,
    /// What its door knows of it, if that takes keys alone.
    pub(crate) alone: Option<KeysAlone>,
    pub(crate) watchman: Option<Watchman>,
    /// What it waits for before it is greeted, if it comes from the network.
    pub(crate) held: Option<Arc<Homecoming>>,
}

impl Came {
    /// By a socket of this machine, where clients name this host.
    pub(crate) fn by_socket(host: &str) -> Self {
        let allowed = HostOrigin::new(vec![host.to_owned()], Vec::new());
        let knocker = ("gateway.sock", Source::User(own_uid()));
        let seen = Seen { host: host.to_owned(), origin: None };
        Self { allowed, seen, neighbour: None, knocker, from: None, alone: None, watchman: None, held: None }
    }
}

impl OwnCircuits {
    /// None yet.
    pub(crate) fn new(server: Server, shared: Option<SharedSecret>, mesh: Arc<Desk>) -> Self {
        let server = Arc::new(server);
        Self {
            pairing: Pairing::new(Arc::clone(&server), shared),
            devices: Devices::new(Arc::clone(&server)),
            mesh,
            server,
            answers: AnswerBook::default(),
            strangers: Lobby::new(LOBBY),
            outsiders: Lobby::new(LOBBY),
            known: Arc::new(Semaphore::new(CIRCUITS)),
            grants: Grants::default(),
        }
    }

    /// A place for somebody whom nobody knows yet.
    pub(crate) fn strangers(&self) -> Place {
        self.strangers.enter()
    }

    /// The same for one from the internet.
    pub(crate) fn outsiders(&self) -> Place {
        self.outsiders.enter()
    }

    /// Serves a circuit once its handshake is answered.
    pub(crate) async fn run(&self, upgrade: OnUpgrade, came: Came, place: Place, stopping: Stopping) {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!("a client left during its handshake: {error}"),
        };
        match own_circuit(upgraded) {
            Ok((reader, writer)) => self.attend(reader, writer, came, place, stopping).await,
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// Serves one circuit.
    pub(crate) async fn attend(
        &self,
        reader: FrameReader,
        writer: FrameWriter,
        came: Came,
        place: Place,
        stopping: Stopping,
    ) {
        tokio::select! {
            () = self.converse(reader, &writer, came, Seat::Stranger(place)) => {}
            () = stopping.wait() => {
                writer.bye(&Refusal::new(Code::GoingAway, "the gateway stops; come back"));
                writer.closed().await;
            }
        }
    }

    async fn converse(&self, mut reader: FrameReader, writer: &FrameWriter, came: Came, mut seat: Seat) {
        let Came { allowed, seen, neighbour, mut knocker, from, alone, watchman, held } = came;
        if let Some(held) = held {
            tokio::select! {
                () = held.news() => {}
                () = seat.must_leave() => return writer.bye(&busy()),
            }
        }
        if let Some(user) = neighbour.and_then(Neighbour::user) {
            knocker.1 = Source::User(user);
        }
        let host = seen.host.clone();
        let greeter = GatewayGreeter::new(Arc::clone(&self.server), allowed, seen, knocker);
        let mut greeter = greeter.of(from).alone(alone);
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
        if ready.role == Role::None && caller.public().is_some() && !self.pairing.expects_from_internet().await {
            writer.bye(&Refusal::new(Code::DeviceUnknown, UNEXPECTED));
            return self.note(Code::DeviceUnknown).await;
        }
        if ready.role > Role::None {
            let Ok(permit) = Arc::clone(&self.known).try_acquire_owned() else { return writer.bye(&busy()) };
            seat = Seat::Known(permit);
            self.server.saw(&caller);
        }
        let (live, role) = watch::channel(ready.role);
        let Some(admission) = self.admission(ready, role, &caller) else { return };
        let found = watchman.as_ref().map(Watchman::caller);
        let following = self.follow(&caller, found.as_ref(), ready.role, &live);
        let watching = self.watch_over(watchman, &caller, &live);
        let handler = Arc::new(Conversation {
            pairing: self.pairing.clone(),
            devices: self.devices.clone(),
            roster: RosterDesk::new(Arc::clone(&self.server), found.clone()),
            visitor: Visitor { caller: caller.clone(), host, found: found.clone() },
            mesh: Asked(Arc::clone(&self.mesh)),
            server: Arc::clone(&self.server),
            writer: writer.clone(),
        });
        tokio::select! {
            served = serve(reader, writer.clone(), admission, handler) => {
                if let Err(refusal) = served {
                    tracing::info!("circuit {} was ended: {refusal}", ready.circuit);
                }
            }
            () = seat.must_leave() => writer.bye(&busy()),
            refusal = watching => writer.bye(&refusal),
            refusal = following => writer.bye(&refusal),
        }
        if ready.role > Role::None {
            self.server.saw(&caller);
        }
    }

    /// Asks about a caller from the tailnet again and again, until it must go.
    async fn watch_over(&self, watchman: Option<Watchman>, caller: &Caller, live: &watch::Sender<Role>) -> Refusal {
        let Some(watchman) = watchman else { return std::future::pending().await };
        watchman.keep(live, |from| self.server.role_now(caller, Some(from))).await
    }

    /// Gives a known device's circuit what the roster lets it do, whenever that changes, until that is nothing. Who calls from
    /// the tailnet is whom the watchman has `found` last: what it has lowered is not raised again here.
    async fn follow(
        &self,
        caller: &Caller,
        found: Option<&watch::Receiver<TailnetCaller>>,
        role: Role,
        live: &watch::Sender<Role>,
    ) -> Refusal {
        if role == Role::None {
            return std::future::pending().await;
        }
        let mut granted = self.grants.enter();
        granted.keep(live, || self.server.role_now(caller, found.map(watch::Receiver::borrow).as_deref())).await
    }

    /// Tells open circuits of every change of the roster.
    pub(crate) async fn tell_changes(&self) {
        self.grants.follow(self.server.news()).await;
    }

    /// Writes down who was sent away, where it waits for the disk and nobody else does.
    async fn note(&self, code: Code) {
        let server = Arc::clone(&self.server);
        let noted = tokio::task::spawn_blocking(move || server.refusals.note("gateway", code)).await;
        if let Ok(Err(error)) = noted {
            tracing::error!("who was sent away is not written down: {error}");
        }
    }

    /// This door greets nobody without a device.
    fn admission(&self, ready: Ready, role: watch::Receiver<Role>, caller: &Caller) -> Option<Admission> {
        let asker = Asker::Device(caller.device()?.id);
        Some(Admission { ready, role, service: Service::Gateway, asker, answers: self.answers.clone() })
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

/// What somebody is told whom nobody knows and nobody expects.
const UNEXPECTED: &str = "this device is not enrolled here; open a link of: homie pair --public";

fn busy() -> Refusal {
    Refusal::new(Code::Busy, "too many circuits at once; come back")
}

/// One circuit's requests.
struct Conversation {
    pairing: Pairing,
    devices: Devices,
    roster: RosterDesk,
    visitor: Visitor,
    mesh: Asked,
    server: Arc<Server>,
    writer: FrameWriter,
}

impl Conversation {
    /// Who asks for the machines. Whom only the tailnet knows is told of this one alone.
    fn asking(&self, turn: Turn) -> Asking {
        let caller = &self.visitor.caller;
        let is_member = caller.device().is_some_and(|device| self.server.is_enrolled(device));
        Asking { circuit: caller.circuit, writer: self.writer.clone(), turn, is_member }
    }
}

impl Handler for Conversation {
    async fn request(&self, request: control::Request<'_>, turn: Turn) -> Vec<u8> {
        let (id, name) = (request.id, request.method.to_owned());
        let unknown = || Refusal::new(Code::UnknownMethod, format!("{name} is not served by a gateway"));
        if !self.visitor.may_ask(&name) {
            let words = "nobody pairs from the internet but by a link of: homie pair --public";
            return method::refusal(id, &Refusal::new(Code::Forbidden, words));
        }
        if let Some(answer) = pairing::dispatch(&self.pairing, &self.visitor, request).await {
            return answer;
        }
        if let Some(answer) = device::dispatch(&self.devices, &self.visitor.caller, request).await {
            return answer;
        }
        if let Some(answer) = machine::dispatch(&self.mesh, &self.asking(turn), request).await {
            return answer;
        }
        let answer = mesh::dispatch(&self.roster, &self.visitor.caller, request).await;
        answer.unwrap_or_else(|| method::refusal(id, &unknown()))
    }

    fn frame(&self, _: homie_circuit::Frame) -> Result<(), Refusal> {
        Err(Refusal::new(Code::Channel, "channel: a gateway has no sessions, so none was opened"))
    }

    fn answered(&self, turn: Turn) {
        self.mesh.0.answered(self.visitor.caller.circuit, turn);
    }

    fn closed(&self) {
        self.mesh.0.closed(self.visitor.caller.circuit);
    }
}
