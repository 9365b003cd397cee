//! A client with patience: it keeps one circuit to one server, and what was begun on it survives the circuit.
//!
//! In reading order: [`Config`] (whom to call, as whom), [`Route`] (on which way: a socket of this machine, or [`Web`]),
//! [`Client`] (request, attach, subscribe), [`State`] (how it goes).
//! Behind them: `hub` (what handles and tasks share), `keeper` (the task that dials and reads), `ways` (which way it takes), `dial` (one of them), `hello` (the greeting), `meeting` (rosters after it),
//! `viewer` (one attachment's place in output and input), `sessions` (the list).

use std::path::PathBuf;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::hello::{Carry, ClientKind, Identity, MachineKey, Ready, Service};
use homie_protocol::id::WriterId;
use homie_protocol::method::Method;
use homie_protocol::roster::RosterOffer;
use tokio::sync::{oneshot, watch};

mod attachment;
mod dial;
mod hello;
mod hub;
mod inbox;
mod keeper;
mod meeting;
mod sessions;
mod viewer;
mod ways;
mod web;

pub use attachment::{AttachOptions, Attachment, Viewed};
use hub::Hub;
pub use sessions::SessionList;
pub use web::{ABOUT, Agreed, Dial, Dialling, Duplex, Line, Web, tcp};

/// The way to a server.
#[derive(Debug, Clone)]
pub enum Route {
    /// A unix socket of this machine.
    Socket(PathBuf),
    /// A WebSocket in TLS, to another machine.
    Web(Web),
    /// TLS with the machine itself, through a gateway: whoever passes it on reads nothing of it.
    Sealed(Web),
    /// Nobody here knows one, and why: the further ways are all there are.
    Nowhere(String),
}

/// A further way to the same server, for when the first one leads nowhere.
#[derive(Debug, Clone)]
pub struct Detour {
    /// The way.
    pub route: Route,
    /// The authority that is dialled on it.
    pub host: String,
    /// The gateway in between, if it is a way round about.
    pub through: Option<String>,
}

/// Whom to call, and as whom.
#[derive(Clone)]
pub struct Config {
    /// On which way.
    pub route: Route,
    /// Further ways, in this order.
    pub detours: Vec<Detour>,
    /// The authority this client has dialled; `local` on a unix socket of the same machine.
    pub host: String,
    /// Which server is expected there.
    pub service: Service,
    /// What kind of client this is.
    pub kind: ClientKind,
    /// Program and version, for people; at most 64 characters.
    pub agent: String,
    /// The page's origin; programs have none.
    pub origin: Option<String>,
    /// Its key, and the machine it expects.
    pub identity: Arc<dyn Identity>,
}

impl Config {
    /// The `homie` command or another program, calling this machine's node at its socket.
    pub fn local(path: impl Into<PathBuf>, identity: Arc<dyn Identity>) -> Self {
        Self {
            route: Route::Socket(path.into()),
            detours: Vec::new(),
            host: "local".to_owned(),
            service: Service::Node,
            kind: ClientKind::Cli,
            agent: concat!("homie/", env!("CARGO_PKG_VERSION")).to_owned(),
            origin: None,
            identity,
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Config").field("route", &self.route).field("host", &self.host).finish_non_exhaustive()
    }
}

/// How the circuit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is being dialled and greeted.
    Connecting,
    /// It is up.
    Up(Up),
    /// It is down for this reason, and will be dialled again.
    Waiting(Refusal),
    /// It is over for this reason, and will not be dialled again.
    Closed(Refusal),
}

/// What the greeting has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Up {
    /// What this circuit may do, and its name.
    pub ready: Ready,
    /// The machine's key, checked.
    pub key: MachineKey,
    /// The machine's name, for people.
    pub name: String,
    /// The version spoken.
    pub version: u16,
    /// What it has of which mesh.
    pub roster: Option<RosterOffer>,
    /// The gateway in between, if the way is not straight.
    pub through: Option<String>,
}

/// A handle on the circuit. Clones share it; when the last is dropped, with all attachments, it is closed.
#[derive(Debug, Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle(Arc<Hub>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(&Refusal::new(Code::GoingAway, "this client has left"));
    }
}

impl Client {
    /// Begins to dial, and goes on until it is refused for good. Must be called within a tokio runtime.
    pub fn start(config: Config) -> Self {
        let hub = Arc::new(Hub::new(config));
        tokio::spawn(keeper::keep(Arc::clone(&hub)));
        Self { handle: Arc::new(Handle(hub)) }
    }

    /// A single attempt: the circuit is up when this returns, and is kept up from then on.
    pub async fn connect(config: Config) -> Result<Self, Refusal> {
        let client = Self::start(config);
        let mut state = client.state();
        loop {
            match &*state.borrow_and_update() {
                State::Connecting => {}
                State::Up(_) => break,
                State::Waiting(refusal) | State::Closed(refusal) => return Err(refusal.clone()),
            }
            // The sender lives as long as the client.
            let _ = state.changed().await;
        }
        Ok(client)
    }

    /// How the circuit is, now and later.
    pub fn state(&self) -> watch::Receiver<State> {
        self.hub().state()
    }

    /// Calls a method, with patience: while there is no circuit it waits, and a circuit that ends before the answer came
    /// is asked again on the next. An act keeps its key, so it is done once. Drop the future to stop waiting.
    pub async fn request<M: Method>(&self, params: &M::Params) -> Result<M::Output, Refusal>
    where
        M::Output: 'static,
    {
        let hub = self.hub();
        // At most 128 wait at the server; more wait here.
        let _place = hub.place().await?;
        let key = M::ROW.keyed.then(|| hub.request_key());
        let (answer_tx, answer_rx) = oneshot::channel();
        let answer = Box::new(move |outcome: hub::Outcome<'_>| {
            let decoded = outcome.and_then(|ok| Ok(codec::decode_scanned::<M::Output>(ok)?));
            // Nobody waits any more: that is their choice.
            let _ = answer_tx.send(decoded);
            Ok(())
        });
        let _asked = hub.ask(M::ROW.name, params, key, answer)?;
        answer_rx.await.unwrap_or_else(|_| Err(hub.why_closed()))
    }

    /// Takes what the machine knows more of who belongs to the mesh than is carried: what was done with the greeting, once more.
    pub async fn catch_up(&self, carried: &Arc<dyn Carry>) -> Result<(), Refusal> {
        meeting::catch_up(self, carried).await
    }

    /// Attaches to a session. From then on the attachment survives the circuit: it attaches again where it was.
    pub async fn attach(&self, options: AttachOptions) -> Result<Attachment, Refusal> {
        Attachment::open(self.clone(), options).await
    }

    /// The sessions of the machine, kept up to date on this circuit and the next.
    pub fn subscribe(&self) -> watch::Receiver<SessionList> {
        self.hub().subscribe()
    }

    /// The network came back, or this machine was asleep: dial at once, or find out at once whether the circuit lives.
    pub fn wake(&self) {
        self.hub().wake();
    }

    /// A fresh writer id.
    pub fn writer_id(&self) -> WriterId {
        self.hub().writer_id()
    }

    /// Ends the circuit for good; what waits for an answer is told so.
    pub fn close(&self) {
        self.hub().close(&Refusal::new(Code::GoingAway, "this client was closed"));
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.handle.0
    }
}
