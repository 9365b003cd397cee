//! `pairing.*`: how a key that a circuit has proved becomes a known device: by a one-use link, or because somebody who may
//! decide has typed the digits it shows.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::{DeviceKey, MachineKey, Role};
use homie_protocol::methods::pairing::{
    ApproveOutput, ApproveParams, AwaitOutput, AwaitParams, BeginOutput, BeginParams, OfferOutput, OfferParams,
    PairingService, PendingOutput, PendingParams, RedeemOutput, RedeemParams, RefuseParams, RevealParams,
};
use homie_trust::pairing::{Admission, Newcomer, Revealed, SharedSecret};
use homie_trust::{Actor, Caller, Device, OneUseLinks, Server, SystemBootClock, TailnetCaller, TrustError};
use tokio::sync::watch;

use crate::blocking::blocking;

mod counter;
mod invite;

use counter::Counter;
use invite::Invited;

/// Links are made at the machine itself, so whoever has one sits at it.
const ROLE: Role = Role::Owner;

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
}

/// Enrols devices at this machine.
#[derive(Clone)]
pub(crate) struct Pairing {
    links: OneUseLinks,
    server: Arc<Server>,
    counter: Arc<Counter>,
}

impl Pairing {
    /// The pairing of this gateway.
    pub(crate) fn new(server: Arc<Server>, shared: Option<SharedSecret>) -> Self {
        let counter = Arc::new(Counter::new(server.key.machine_key(), shared));
        Self { links: OneUseLinks::of(&server.dir), server, counter }
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
        let device = Device::new(key.clone(), &params.name, ROLE, visitor.caller.kind, now_ms())?;
        let output = RedeemOutput { device: device.id(), role: ROLE, node: self.server.key.node_id() };
        let pairing = self.clone();
        blocking(move || {
            pairing.links.redeem(&params.secret, &SystemBootClock)?;
            pairing.enrol(&device, None, &Actor::device(device.id(), "one-use link"))
        })
        .await?;
        tracing::info!("device {} is enrolled", output.device);
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
