//! The server's half of the hello, at the node and at the gateway: who calls, and what that caller may do.
//!
//! What a client says of its own role counts for nothing: it cannot say it. Roles come from the roster, and for callers
//! from the tailnet from what tailscaled says of them: the least of the two counts.

use std::net::Ipv4Addr;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, DeviceKey, Greet, Hello, Next, Prove, Ready, Role, Service, Welcome};
use homie_protocol::id::CircuitId;

use crate::exchange::{Exchange, Server, no_device};
use crate::host_origin::{HostOrigin, Seen};
use crate::keyed::Keyed;
use crate::peer::check_uid;
use crate::public::Public;
use crate::relayed::Relayed;
use crate::role_now::may_bring_news;
use crate::tailnet::TailnetCaller;
use crate::tries::{Knocker, Source, is_wrong};
use crate::via::Via;

mod admit;
mod progress;

use admit::{admit, on_the_internet};
use progress::Progress;

/// Whom a circuit belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A program of this user, known by the socket.
    Local {
        /// The user.
        uid: u32,
    },
    /// A device, known by its key.
    Device(DeviceKey),
    /// A machine of the tailnet, known by tailscaled, without a key.
    Machine {
        /// Its name for ever.
        stable_id: String,
    },
}

/// What the server knows of a circuit once the greeting is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who calls.
    pub who: Who,
    /// What it may do.
    pub role: Role,
    /// What kind of client it says it is.
    pub kind: ClientKind,
    /// Program and version as it says, for people.
    pub agent: String,
    /// The circuit's name in the logs.
    pub circuit: CircuitId,
    /// The version both speak.
    pub version: u16,
    /// What stands in between.
    pub via: Option<Via>,
    /// The key it has proved to the door, if that takes no others.
    pub keyed: Option<Keyed>,
    /// Whether it came from the internet, and from where.
    pub public: Option<Public>,
}

impl Caller {
    /// The key it has proved.
    pub fn device(&self) -> Option<&DeviceKey> {
        match &self.who {
            Who::Device(device) => Some(device),
            Who::Local { .. } | Who::Machine { .. } => None,
        }
    }
}

/// Through which of the node's sockets a circuit came, and which user is at its other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeDoor {
    /// `local.sock`: the peer itself calls.
    Local {
        /// The peer's user.
        uid: u32,
    },
    /// `mesh.sock`: the peer is the gateway, somebody behind it calls.
    Mesh {
        /// The peer's user.
        uid: u32,
        /// The user behind it, where that is one of this machine's and the gateway knows: whose tries are spent, and no more.
        behind: Option<u32>,
    },
}

/// Greets at a node.
#[derive(Debug)]
pub struct NodeGreeter {
    server: Arc<Server>,
    door: NodeDoor,
    from: Option<TailnetCaller>,
    keyed: Option<Keyed>,
    public: Option<Public>,
    relayed: Option<Relayed>,
    exporter: Option<[u8; 32]>,
    progress: Progress,
}

impl NodeGreeter {
    /// For one circuit.
    pub fn new(server: Arc<Server>, door: NodeDoor) -> Self {
        let (from, keyed, public, relayed) = (None, None, None, None);
        Self { server, door, from, keyed, public, relayed, exporter: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
    }

    /// Of one that has proved this key to the door.
    #[must_use]
    pub fn keyed(self, keyed: Option<Keyed>) -> Self {
        Self { keyed, ..self }
    }

    /// Of one that came from the internet.
    #[must_use]
    pub fn public(self, public: Option<Public>) -> Self {
        Self { public, ..self }
    }

    /// Of one behind another machine's gateway, which is that caller from the tailnet or has proved its key, and says this of it.
    #[must_use]
    pub fn relayed(self, relayed: Option<Relayed>) -> Self {
        Self { relayed, ..self }
    }

    /// Over TLS that ends here: what both ends know of it is signed.
    #[must_use]
    pub fn sealed(self, exporter: Option<[u8; 32]>) -> Self {
        Self { exporter, ..self }
    }

    /// Who calls, once the greeting is over.
    pub fn caller(&self) -> Option<&Caller> {
        self.progress.caller()
    }
}

impl Greet for NodeGreeter {
    fn hello(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.trying(is_wrong, |greeter| greeter.answer(hello))
    }

    fn prove(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        // A stranger with another roster has failed until that names it.
        let is_failure = |proved: &Result<Ready, Refusal>| match proved {
            Ok(ready) => ready.role == Role::None,
            Err(_) => is_wrong(proved),
        };
        self.trying(is_failure, |greeter| greeter.check(prove))
    }
}

impl NodeGreeter {
    /// At `local.sock` there are no tries: whoever comes through is this user already.
    fn trying<T>(
        &mut self,
        is_failure: impl FnOnce(&Result<T, Refusal>) -> bool,
        look: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let NodeDoor::Mesh { behind, .. } = self.door else { return look(self) };
        let here = || behind.map_or(Source::of(Ipv4Addr::LOCALHOST.into()), Source::User);
        let public = || self.public.as_ref().map_or_else(here, Public::source);
        let keyed = || self.keyed.as_ref().map_or_else(public, Keyed::source);
        let source = self.from.as_ref().map_or_else(keyed, TailnetCaller::source);
        let tries = self.server.tries.clone();
        // Whoever is behind another machine's gateway does not shut that machine's own programs out.
        let door = match (&self.relayed, &self.keyed, &self.public) {
            (Some(_), ..) => "mesh.sock, relayed",
            (None, Some(_), _) => "mesh.sock, keyed",
            (None, None, Some(_)) => "mesh.sock, public",
            (None, None, None) => "mesh.sock",
        };
        tries.spend(&(door, source), is_failure, || look(self))
    }

    fn answer(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.progress.start()?;
        let (keyless, via) = match self.relayed.clone() {
            None if self.keyed.is_some() => {
                self.admit_keyed(&hello)?;
                (None, None)
            }
            None if self.public.is_some() => (None, self.admit_public(&hello)?),
            None => admit(self.door, &self.server, &hello, self.from.as_ref())?,
            Some(relayed) => (None, Some(self.admit_relayed(relayed, &hello)?)),
        };
        let (exchange, welcome) =
            Exchange::open(&self.server, Service::Node, hello, via, self.exporter.as_ref().map(<[u8; 32]>::as_slice))?;
        if exchange.device.is_some() {
            self.progress = Progress::Welcomed(exchange);
            return Ok((welcome, Next::Prove));
        }
        let role = self.from.as_ref().map_or(Role::Operator, |from| from.without_key);
        let ready = self.progress.finish(exchange, (keyless.ok_or_else(no_device)?, role), (None, None));
        Ok((welcome, Next::Ready(ready)))
    }

    /// Who has proved its key to the door still says whom it calls, and with which device. Nothing stands in between.
    fn admit_keyed(&self, hello: &Hello) -> Result<(), Refusal> {
        if !self.is_mesh() {
            return Err(Refusal::new(Code::Origin, "keyed: a gateway of this user says so"));
        }
        HostOrigin::of_id(self.server.key.node_id()).hello(hello)?;
        if hello.device.is_none() {
            return Err(no_device());
        }
        self.keyed.map_or(Ok(()), |keyed| keyed.hello(hello))
    }

    /// Who comes from the internet has dialled the name of that door, and no other; its page is the one there, or another
    /// machine's of the mesh. Nobody else's word is asked, so there is no caller without a key.
    fn admit_public(&self, hello: &Hello) -> Result<Option<Via>, Refusal> {
        if !self.is_mesh() {
            return Err(Refusal::new(Code::Origin, "public: a gateway of this user says so"));
        }
        if hello.device.is_none() {
            return Err(no_device());
        }
        let allowed = on_the_internet(&self.server)?;
        allowed.hello(hello)?;
        Ok(allowed.via(hello.origin.as_deref()))
    }

    /// Whether a gateway of our own user is at the other end.
    fn is_mesh(&self) -> bool {
        matches!(self.door, NodeDoor::Mesh { uid, .. } if check_uid(uid).is_ok())
    }

    /// Whom tailscaled names, or whose key was proved, is the machine in between: it says nothing of who is behind it.
    fn admit_relayed(&self, relayed: Relayed, hello: &Hello) -> Result<Via, Refusal> {
        let is_it = self.keyed.map_or(self.from.is_some(), |keyed| keyed.passes_on(&relayed));
        if !self.is_mesh() || !is_it {
            return Err(Refusal::new(Code::Origin, "relayed: a gateway comes from the tailnet, or proves its key"));
        }
        if hello.device.is_none() {
            return Err(no_device());
        }
        relayed.hello(hello)?;
        let via = Via::Gateway(relayed);
        via.check(&*self.server.roster.members()?, self.server.key.node_id())?;
        Ok(via)
    }

    fn check(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let exchange = self.progress.welcomed()?;
        let device = exchange.proved(prove)?.clone();
        let between = (exchange.via.as_ref(), self.keyed.as_ref(), self.public);
        let role = self.server.role_of(&device, self.from.as_ref(), between)?;
        if role == Role::None && self.public.is_some() {
            return Err(unknown_at_public_door());
        }
        if role == Role::None && !may_bring_news(&self.server, &device, prove.roster)? {
            return Err(unknown_device());
        }
        Ok(self.progress.finish(exchange, (Who::Device(device), role), (self.keyed, self.public)))
    }
}

/// Greets at a gateway.
#[derive(Debug)]
pub struct GatewayGreeter {
    server: Arc<Server>,
    allowed: HostOrigin,
    seen: Seen,
    knocker: Knocker,
    from: Option<TailnetCaller>,
    keyed: Option<Keyed>,
    public: Option<Public>,
    progress: Progress,
}

impl GatewayGreeter {
    /// For one circuit through this door, whose HTTP request [`HostOrigin::http`] let pass.
    pub fn new(server: Arc<Server>, allowed: HostOrigin, seen: Seen, knocker: Knocker) -> Self {
        Self { server, allowed, seen, knocker, from: None, keyed: None, public: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
    }

    /// Of one that has proved this key to the door.
    #[must_use]
    pub fn keyed(self, keyed: Option<Keyed>) -> Self {
        Self { keyed, ..self }
    }

    /// Of one that came from the internet.
    #[must_use]
    pub fn public(self, public: Option<Public>) -> Self {
        Self { public, ..self }
    }

    /// Who calls, once the greeting is over.
    pub fn caller(&self) -> Option<&Caller> {
        self.progress.caller()
    }
}

impl Greet for GatewayGreeter {
    fn hello(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.trying(|greeter| greeter.answer(hello))
    }

    fn prove(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        self.trying(|greeter| greeter.check(prove))
    }
}

impl GatewayGreeter {
    fn trying<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let (tries, knocker) = (self.server.tries.clone(), self.knocker.clone());
        tries.spend(&knocker, is_wrong, || look(self))
    }

    fn answer(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.progress.start()?;
        self.allowed.hello(&hello)?;
        if hello.host != self.seen.host || hello.origin != self.seen.origin {
            return Err(Refusal::new(
                Code::Origin,
                "host, origin: the request that opened this circuit says otherwise",
            ));
        }
        if hello.device.is_none() {
            return Err(no_device());
        }
        self.keyed.map_or(Ok(()), |keyed| keyed.hello(&hello))?;
        let via = self.allowed.via(hello.origin.as_deref());
        let (exchange, welcome) = Exchange::open(&self.server, Service::Gateway, hello, via, None)?;
        self.progress = Progress::Welcomed(exchange);
        Ok((welcome, Next::Prove))
    }

    fn check(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let exchange = self.progress.welcomed()?;
        let device = exchange.proved(prove)?.clone();
        let between = (exchange.via.as_ref(), self.keyed.as_ref(), self.public);
        let role = self.server.role_of(&device, self.from.as_ref(), between)?;
        Ok(self.progress.finish(exchange, (Who::Device(device), role), (self.keyed, self.public)))
    }
}

fn unknown_device() -> Refusal {
    Refusal::new(Code::DeviceUnknown, "this device is not enrolled here; open a link of: homie pair --here")
}

fn unknown_at_public_door() -> Refusal {
    Refusal::new(Code::DeviceUnknown, "this device is not enrolled here; open a link of: homie pair --public")
}
