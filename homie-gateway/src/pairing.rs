//! `pairing.*`: how a key that a circuit has proved becomes a known device: by a one-use link, or because somebody who may
//! decide has typed the digits it shows.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::{DeviceKey, MachineKey, Role};
use homie_protocol::id::LinkSecret;
use homie_protocol::method::Method;
use homie_protocol::methods::pairing::{
    ApproveOutput, ApproveParams, Await, AwaitOutput, AwaitParams, Begin, BeginOutput, BeginParams, OfferOutput,
    OfferParams, PairingService, PendingOutput, PendingParams, Redeem, RedeemOutput, RedeemParams, RefuseParams,
    Reveal, RevealParams,
};
use homie_trust::pairing::{Admission, Newcomer, Revealed, SharedSecret};
use homie_trust::{Actor, Caller, Device, OneUseLinks, Public, Server, SystemBootClock, TailnetCaller, TrustError};
use tokio::sync::watch;

use crate::blocking::{blocking, refusing};

mod counter;
mod invite;

use counter::Counter;
use invite::Invited;

/// What is told of a link from the internet that counts no more, or never did.
const SPENT: &str = "this link was used already, or is older than ten minutes; make another with: homie pair --public";

/// Who calls, and where it has dialled.
pub(crate) struct Visitor {
    /// What the greeting has settled.
    pub(crate) caller: Caller,
    /// The authority it has dialled.
    pub(crate) host: String,
    /// Who it is in the tailnet, as is found last, if it came from there.
    pub(crate) found: Option<watch::Receiver<TailnetCaller>>,
}

impl Visitor {
    /// Whether its tailnet says that it is the owner's.
    fn is_owners(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.borrow().highest == Role::Owner)
    }

    /// Whether it may call this method by the door that it has come by. From the internet nobody pairs by digits, which are for
    /// people who see both devices, and whom nobody knows may bring a link, and nothing else.
    pub(crate) fn may_ask(&self, method: &str) -> bool {
        let pairs = [Begin::ROW.name, Reveal::ROW.name, Await::ROW.name].contains(&method);
        match (self.caller.public(), self.caller.role) {
            (None, _) => true,
            (Some(_), Role::None) => method == Redeem::ROW.name,
            (Some(_), _) => !pairs,
        }
    }
}

/// Enrols devices at this machine.
#[derive(Clone)]
pub(crate) struct Pairing {
    /// For browsers of this machine: whoever has one sits at it.
    links: OneUseLinks,
    /// For the door to the internet.
    public_links: OneUseLinks,
    server: Arc<Server>,
    counter: Arc<Counter>,
}

impl Pairing {
    /// The pairing of this gateway.
    pub(crate) fn new(server: Arc<Server>, shared: Option<SharedSecret>) -> Self {
        let counter = Arc::new(Counter::new(server.key.machine_key(), shared));
        let (links, public_links) = (OneUseLinks::of(&server.dir), OneUseLinks::public(&server.dir));
        Self { links, public_links, server, counter }
    }

    /// Whether a device that nobody knows is expected from the internet.
    pub(crate) async fn expects_from_internet(&self) -> bool {
        let links = self.public_links.clone();
        blocking(move || Ok::<_, TrustError>(links.is_open(&SystemBootClock))).await.unwrap_or(false)
    }

    /// Spends a link of the door that the caller came by, and gives what who has brought it becomes. Wrong ones are counted at
    /// the door to the internet.
    fn spend(&self, secret: &LinkSecret, public: Option<Public>) -> Result<Role, Refusal> {
        let Some(public) = public else { return Ok(self.links.redeem(secret, &SystemBootClock)?) };
        let no_such = |error| match error {
            TrustError::LinkInvalid => Refusal::new(Code::LinkInvalid, SPENT),
            other => Refusal::from(other),
        };
        let redeem = || self.public_links.redeem(secret, &SystemBootClock).map_err(no_such);
        self.server.tries.spend(&("public link", public.source()), Result::is_err, redeem)
    }

    /// Writes down that a device was wrong.
    async fn note(&self, code: Code) -> Result<(), Refusal> {
        let server = Arc::clone(&self.server);
        blocking(move || server.refusals.note("pairing", code)).await
    }

    /// Lets a device in, and the machine that joins with it: the only place where one is enrolled. `actor` let it in.
    fn enrol(&self, device: &Device, machine: Option<(MachineKey, &str)>, actor: &Actor) -> Result<(), TrustError> {
        match machine {
            None => self.server.roster.enrol(device, actor),
            Some((machine, name)) => self.server.roster.enrol_machine(device, machine, name, actor),
        }
    }

    /// Writes down a device that may enter, and tells it.
    async fn admit(&self, admission: Admission, actor: Actor) -> Result<Device, Refusal> {
        let id = admission.id();
        let pairing = self.clone();
        let entering = blocking(move || {
            let device = admission.device(now_ms())?;
            let paired = admission.paired(pairing.server.key.node_id())?;
            pairing.enrol(&device, admission.machine(), &actor)?;
            Ok((device, paired))
        });
        let entered = entering.await;
        self.counter.entered(id, entered.as_ref().ok().map(|(_, paired)| paired.clone()));
        let (device, _) = entered?;
        tracing::info!("device {} is paired as {}", device.id(), device.role.name());
        Ok(device)
    }
}

impl PairingService for Pairing {
    type Caller = Visitor;

    async fn redeem(&self, visitor: &Visitor, params: RedeemParams) -> Result<RedeemOutput, Refusal> {
        let key = proved(visitor)?;
        // Whatever is wrong with it does not cost the link.
        let device = Device::new(key.clone(), &params.name, Role::Viewer, visitor.caller.kind, now_ms())?;
        let (pairing, public, node) = (self.clone(), visitor.caller.public(), self.server.key.node_id());
        let via = if public.is_some() { "public link" } else { "one-use link" };
        let enrolled = refusing(move || {
            let role = pairing.spend(&params.secret, public)?;
            let device = Device { role, ..device };
            pairing.enrol(&device, None, &Actor::device(device.id(), via))?;
            Ok(RedeemOutput { device: device.id(), role, node })
        });
        let output = enrolled.await;
        if let (Err(refusal), Some(_)) = (&output, public) {
            self.note(refusal.code).await?;
        }
        let output = output?;
        tracing::info!("device {} is enrolled as {}", output.device, output.role.name());
        Ok(output)
    }

    async fn offer(&self, _: &Visitor, params: OfferParams) -> Result<OfferOutput, Refusal> {
        let server = Arc::clone(&self.server);
        let Invited { id, secret, output } = blocking(move || Invited::draw(&server, params.way)).await?;
        self.counter.offer(id, secret)?;
        tracing::info!("pairing {id} is offered");
        Ok(output)
    }

    async fn pending(&self, _: &Visitor, params: PendingParams) -> Result<PendingOutput, Refusal> {
        let (revision, pairing) = self.counter.pending(params.seen).await?;
        Ok(PendingOutput { revision, pairing })
    }

    async fn approve(&self, visitor: &Visitor, params: ApproveParams) -> Result<ApproveOutput, Refusal> {
        let actor = Actor::device(proved(visitor)?.id, "pairing");
        let device = self.admit(self.counter.approve(&params)?, actor).await?;
        Ok(ApproveOutput { device: device.id(), name: device.name, role: device.role })
    }

    async fn refuse(&self, _: &Visitor, params: RefuseParams) -> Result<Empty, Refusal> {
        self.counter.refuse(params.id)?;
        tracing::info!("pairing {} is refused", params.id);
        Ok(Empty {})
    }

    async fn begin(&self, visitor: &Visitor, params: BeginParams) -> Result<BeginOutput, Refusal> {
        let (begun, opening) = self.counter.begin(newcomer(visitor)?, &params, &*self.server.random)?;
        let sig = self.server.key.sign(&opening)?;
        Ok(BeginOutput { id: begun.id, key: self.server.key.machine_key(), nonce: begun.nonce, sig })
    }

    async fn reveal(&self, visitor: &Visitor, params: RevealParams) -> Result<Empty, Refusal> {
        let revealed = self.counter.reveal(newcomer(visitor)?, &params);
        if let Err(refusal) = &revealed {
            tracing::warn!("pairing {}: {refusal}", params.id);
            self.note(refusal.code).await?;
        }
        let revealed = revealed?;
        if let Revealed::MayEnter(admission) = revealed {
            self.admit(*admission, Actor::device(proved(visitor)?.id, "shared secret")).await?;
        }
        Ok(Empty {})
    }

    async fn wait(&self, visitor: &Visitor, params: AwaitParams) -> Result<AwaitOutput, Refusal> {
        let paired = self.counter.outcome(params.id, proved(visitor)?.id).await?;
        Ok(AwaitOutput { paired })
    }
}

fn newcomer(visitor: &Visitor) -> Result<Newcomer<'_>, Refusal> {
    Ok(Newcomer {
        key: proved(visitor)?,
        kind: visitor.caller.kind,
        host: &visitor.host,
        is_owners: visitor.is_owners(),
    })
}

fn proved(visitor: &Visitor) -> Result<&DeviceKey, Refusal> {
    let none =
        || Refusal::new(Code::Unauthenticated, "device: the key of the greeting is enrolled, and there was none");
    visitor.caller.device().ok_or_else(none)
}

/// For people to read; nothing is decided by it.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
