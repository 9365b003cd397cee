//! The server's half of the hello, at the node and at the gateway: who calls, and what that caller may do.
//!
//! What a client says of its own role counts for nothing: it cannot say it. Roles come from the roster, and for callers
//! from the tailnet from what tailscaled says of them: the least of the two counts.

use std::net::Ipv4Addr;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, DeviceKey, Greet, Hello, Next, Prove, Ready, Role, Service, Welcome};
use homie_protocol::id::CircuitId;
use homie_protocol::roster::RosterOffer;

use crate::device::Device;
use crate::exchange::{Exchange, Server, no_device};
use crate::gateway_file::GatewayFile;
use crate::host_origin::{HostOrigin, Seen};
use crate::peer::check_uid;
use crate::roster::Members;
use crate::tailnet::TailnetCaller;
use crate::tries::{Knocker, Source, is_wrong};
use crate::via::Via;

/// The host that clients of `local.sock` name.
const LOCAL_HOST: &str = "local";

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
    progress: Progress,
}

impl NodeGreeter {
    /// For one circuit.
    pub fn new(server: Arc<Server>, door: NodeDoor) -> Self {
        Self { server, door, from: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
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
        let source = self.from.as_ref().map_or_else(here, TailnetCaller::source);
        let tries = self.server.tries.clone();
        tries.spend(&("mesh.sock", source), is_failure, || look(self))
    }

    fn answer(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        self.progress.start()?;
        let (keyless, via) = admit(self.door, &self.server, &hello, self.from.as_ref())?;
        let (exchange, welcome) = Exchange::open(&self.server, Service::Node, hello, via)?;
        if exchange.device.is_some() {
            self.progress = Progress::Welcomed(exchange);
            return Ok((welcome, Next::Prove));
        }
        let role = self.from.as_ref().map_or(Role::Operator, |from| from.without_key);
        let ready = self.progress.finish(exchange, keyless.ok_or_else(no_device)?, role);
        Ok((welcome, Next::Ready(ready)))
    }

    fn check(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let exchange = self.progress.welcomed()?;
        let device = exchange.proved(prove)?.clone();
        let role = self.server.role_of(&device, self.from.as_ref(), exchange.via.as_ref())?;
        if role == Role::None && !may_bring_news(&self.server, &device, prove.roster)? {
            return Err(unknown_device());
        }
        Ok(self.progress.finish(exchange, Who::Device(device), role))
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
    progress: Progress,
}

impl GatewayGreeter {
    /// For one circuit through this door, whose HTTP request [`HostOrigin::http`] let pass.
    pub fn new(server: Arc<Server>, allowed: HostOrigin, seen: Seen, knocker: Knocker) -> Self {
        Self { server, allowed, seen, knocker, from: None, progress: Progress::Fresh }
    }

    /// Of a caller from the tailnet, which is what tailscaled of this machine says it is.
    #[must_use]
    pub fn of(self, from: Option<TailnetCaller>) -> Self {
        Self { from, ..self }
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
        let via = self.allowed.via(hello.origin.as_deref());
        let (exchange, welcome) = Exchange::open(&self.server, Service::Gateway, hello, via)?;
        self.progress = Progress::Welcomed(exchange);
        Ok((welcome, Next::Prove))
    }

    fn check(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let exchange = self.progress.welcomed()?;
        let device = exchange.proved(prove)?.clone();
        let role = self.server.role_of(&device, self.from.as_ref(), exchange.via.as_ref())?;
        Ok(self.progress.finish(exchange, Who::Device(device), role))
    }
}

/// How far a greeting is. Whatever fails leaves it over: nobody gets a second try on the same nonce.
#[derive(Debug)]
enum Progress {
    Fresh,
    Welcomed(Exchange),
    Greeted(Caller),
    Over,
}

impl Progress {
    fn start(&mut self) -> Result<(), Refusal> {
        match std::mem::replace(self, Self::Over) {
            Self::Fresh => Ok(()),
            Self::Welcomed(_) | Self::Greeted(_) | Self::Over => Err(out_of_turn("hello")),
        }
    }

    fn welcomed(&mut self) -> Result<Exchange, Refusal> {
        match std::mem::replace(self, Self::Over) {
            Self::Welcomed(exchange) => Ok(exchange),
            Self::Fresh | Self::Greeted(_) | Self::Over => Err(out_of_turn("prove")),
        }
    }

    fn finish(&mut self, exchange: Exchange, who: Who, role: Role) -> Ready {
        let Exchange { kind, agent, version, circuit, via, .. } = exchange;
        *self = Self::Greeted(Caller { who, role, kind, agent, circuit, version, via });
        Ready { role, circuit }
    }

    fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Greeted(caller) => Some(caller),
            Self::Fresh | Self::Welcomed(_) | Self::Over => None,
        }
    }
}

impl Server {
    /// What a caller may do here, as it is now.
    pub fn role_now(&self, caller: &Caller, from: Option<&TailnetCaller>) -> Result<Role, Refusal> {
        match (caller.device(), from) {
            (Some(device), from) => self.role_of(device, from, caller.via.as_ref()),
            (None, Some(from)) => Ok(from.without_key),
            (None, None) => Ok(caller.role),
        }
    }

    /// What a device may do here, as it is now: none if it is not enrolled and nobody knows it by other means. Behind another
    /// machine there are no other means: whom the tailnet names has not said what that machine makes of it.
    fn role_of(&self, device: &DeviceKey, from: Option<&TailnetCaller>, via: Option<&Via>) -> Result<Role, Refusal> {
        let members = self.roster.members()?;
        via.map_or(Ok(()), |via| via.check(&members))?;
        let enrolled = members.device(device).map(Device::may);
        Ok(match from {
            Some(from) if enrolled.is_some() || via.is_none() => from.role(enrolled),
            _ => enrolled.unwrap_or(Role::None),
        })
    }

    /// Whether the roster knows a device that may look. One that cannot be read knows nobody.
    pub fn is_enrolled(&self, device: &DeviceKey) -> bool {
        let role = |members: Arc<Members>| members.device(device).map(Device::may);
        self.roster.members().is_ok_and(|members| role(members) > Some(Role::None))
    }
}

/// Checks what the door demands, and gives who calls where no key has to say it, and what stands in between.
fn admit(
    door: NodeDoor,
    server: &Server,
    hello: &Hello,
    from: Option<&TailnetCaller>,
) -> Result<(Option<Who>, Option<Via>), Refusal> {
    match door {
        NodeDoor::Local { uid } => {
            check_uid(uid)?;
            if hello.host != LOCAL_HOST || hello.origin.is_some() || hello.kind != ClientKind::Cli {
                return Err(Refusal::new(
                    Code::Origin,
                    "host, origin, kind: a client of local.sock says local, none, cli",
                ));
            }
            Ok((Some(Who::Local { uid }), None))
        }
        NodeDoor::Mesh { uid, .. } => {
            check_uid(uid)?;
            if hello.device.is_none() && from.is_none() {
                return Err(no_device());
            }
            let gateway = GatewayFile::read(&server.dir)?.ok_or_else(no_gateway)?;
            let allowed = allowed(&gateway, server, from)?;
            allowed.hello(hello)?;
            let via = allowed.via(hello.origin.as_deref());
            if via.is_some() && hello.device.is_none() {
                return Err(no_device());
            }
            Ok((from.map(|from| Who::Machine { stable_id: from.stable_id.clone() }), via))
        }
    }
}

/// Who comes from the tailnet may come from a page of another machine of the mesh; at the loopback door nobody has to.
fn allowed(gateway: &GatewayFile, server: &Server, from: Option<&TailnetCaller>) -> Result<HostOrigin, Refusal> {
    let own = HostOrigin::from(gateway);
    if from.is_none() {
        return Ok(own);
    }
    Ok(own.with_pages(server.roster.members()?.pages()))
}

impl Server {
    /// Tells, whenever it is asked, whether the roster is another than last time. One that cannot be read takes nothing from
    /// those who are in: the log says so, and nobody new comes in.
    pub fn news(self: &Arc<Self>) -> impl FnMut() -> bool + Send + use<> {
        let (server, mut last) = (Arc::clone(self), None::<Arc<Members>>);
        move || {
            let members = server.roster.members().inspect_err(|error| tracing::error!("{error}"));
            let Ok(members) = members else { return false };
            let is_same = last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &members));
            last = Some(members);
            !is_same
        }
    }
}

/// Whether somebody whom the roster does not name may carry one that does: one of the same mesh that says something else.
fn may_bring_news(server: &Server, device: &DeviceKey, carried: Option<RosterOffer>) -> Result<bool, Refusal> {
    let members = server.roster.members()?;
    let ours = members.offer();
    let is_other = carried.is_some_and(|carried| carried.root == ours.root && carried.head != ours.head);
    Ok(is_other && members.device_of(device.id).is_none())
}

fn no_gateway() -> Refusal {
    Refusal::new(Code::Origin, "host: no gateway runs in this state directory, so no name is this machine's")
}

fn unknown_device() -> Refusal {
    Refusal::new(Code::DeviceUnknown, "this device is not enrolled here; open a link of: homie pair --here")
}

fn out_of_turn(what: &str) -> Refusal {
    Refusal::new(Code::UnexpectedFrame, format!("{what}: it has no place here or now"))
}
