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
use crate::keys_alone::KeysAlone;
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
    /// What its door knows of it, if that takes keys alone.
    pub alone: Option<KeysAlone>,
}

impl Caller {
    /// The key it has proved.
    pub fn device(&self) -> Option<&DeviceKey> {
        match &self.who {
            Who::Device(device) => Some(device),
            Who::Local { .. } | Who::Machine { .. } => None,
        }
    }

    /// Where on the internet it is, if it came from there.
    pub fn public(&self) -> Option<Public> {
        self.alone.and_then(KeysAlone::public)
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
    alone: Option<KeysAlone>,
    relayed: Option<Relayed>,
    exporter: Option<[u8; 32]>,
    progress: Progress,
}

impl NodeGreeter {
    /// For one circuit.
    pub fn new(server: Arc<Server>, door: NodeDoor) -> Self {
        Self { server, door, from: None, alone: None, relayed: None, exporter: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
    }

    /// Of one at a door that takes keys alone.
    #[must_use]
    pub fn alone(self, alone: Option<KeysAlone>) -> Self {
        Self { alone, ..self }
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
        let here = || ("mesh.sock", behind.map_or(Source::of(Ipv4Addr::LOCALHOST.into()), Source::User));
        let (mut door, mut source) = self.alone.as_ref().map_or_else(here, KeysAlone::knocker);
        if let Some(from) = &self.from {
            source = from.source();
        }
        if self.relayed.is_some() {
            // Whoever is behind another machine's gateway does not shut that machine's own programs out.
            door = "mesh.sock, relayed";
        }
        let tries = self.server.tries.clone();
        tries.spend(&(door, source), is_failure, || look(self))
    }

    fn answer(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.progress.start()?;
        let (keyless, via) = match (self.relayed.clone(), self.alone) {
            (Some(relayed), _) => (None, Some(self.admit_relayed(relayed, &hello)?)),
            (None, Some(KeysAlone::Keyed(keyed))) => {
                self.admit_keyed(keyed, &hello)?;
                (None, None)
            }
            (None, Some(KeysAlone::Public(_))) => (None, self.admit_public(&hello)?),
            (None, None) => admit(self.door, &self.server, &hello, self.from.as_ref())?,
        };
        let (exchange, welcome) =
            Exchange::open(&self.server, Service::Node, hello, via, self.exporter.as_ref().map(<[u8; 32]>::as_slice))?;
        if exchange.device.is_some() {
            self.progress = Progress::Welcomed(exchange);
            return Ok((welcome, Next::Prove));
        }
        let role = self.from.as_ref().map_or(Role::Operator, |from| from.without_key);
        let ready = self.progress.finish(exchange, (keyless.ok_or_else(no_device)?, role), None);
        Ok((welcome, Next::Ready(ready)))
    }

    /// Who has proved its key to the door still says whom it calls, and with which device. Nothing stands in between.
    fn admit_keyed(&self, keyed: Keyed, hello: &Hello) -> Result<(), Refusal> {
        if !self.is_mesh() {
            return Err(Refusal::new(Code::Origin, "keyed: a gateway of this user says so"));
        }
        HostOrigin::of_id(self.server.key.node_id()).hello(hello)?;
        if hello.device.is_none() {
            return Err(no_device());
        }
        keyed.hello(hello)
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
        let keyed = self.alone.and_then(KeysAlone::keyed);
        let is_it = keyed.map_or(self.from.is_some(), |keyed| keyed.passes_on(&relayed));
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
        let role = self.server.role_of(&device, self.from.as_ref(), (exchange.via.as_ref(), self.alone))?;
        if role == Role::None && matches!(self.alone, Some(KeysAlone::Public(_))) {
            return Err(unknown_at_public_door());
        }
        if role == Role::None && !may_bring_news(&self.server, &device, prove.roster)? {
            return Err(unknown_device());
        }
        Ok(self.progress.finish(exchange, (Who::Device(device), role), self.alone))
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
    alone: Option<KeysAlone>,
    progress: Progress,
}

impl GatewayGreeter {
    /// For one circuit through this door, whose HTTP request [`HostOrigin::http`] let pass.
    pub fn new(server: Arc<Server>, allowed: HostOrigin, seen: Seen, knocker: Knocker) -> Self {
        Self { server, allowed, seen, knocker, from: None, alone: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
    }

    /// Of one at a door that takes keys alone.
    #[must_use]
    pub fn alone(self, alone: Option<KeysAlone>) -> Self {
        Self { alone, ..self }
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
        self.alone.map_or(Ok(()), |alone| alone.hello(&hello))?;
        let via = self.allowed.via(hello.origin.as_deref());
        let (exchange, welcome) = Exchange::open(&self.server, Service::Gateway, hello, via, None)?;
        self.progress = Progress::Welcomed(exchange);
        Ok((welcome, Next::Prove))
    }

    fn check(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let exchange = self.progress.welcomed()?;
        let device = exchange.proved(prove)?.clone();
        let role = self.server.role_of(&device, self.from.as_ref(), (exchange.via.as_ref(), self.alone))?;
        Ok(self.progress.finish(exchange, (Who::Device(device), role), self.alone))
    }
}

fn unknown_device() -> Refusal {
    Refusal::new(Code::DeviceUnknown, "this device is not enrolled here; open a link of: homie pair --here")
}

fn unknown_at_public_door() -> Refusal {
    Refusal::new(Code::DeviceUnknown, "this device is not enrolled here; open a link of: homie pair --public")
}
