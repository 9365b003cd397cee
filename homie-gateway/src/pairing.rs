//! `pairing.redeem`: a one-use link turns the key that a circuit has proved into a known device.

use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_protocol::methods::pairing::{PairingService, RedeemOutput, RedeemParams};
use homie_trust::{Actor, Caller, Device, OneUseLinks, Roster, Server, SystemBootClock, TrustError};

/// Links are made at the machine itself, so whoever has one sits at it.
const ROLE: Role = Role::Owner;

/// Enrols devices at this machine.
#[derive(Clone)]
pub(crate) struct Pairing {
    links: OneUseLinks,
    roster: Roster,
    node: NodeId,
}

impl Pairing {
    /// The pairing of this machine.
    pub(crate) fn new(server: &Server) -> Self {
        Self { links: OneUseLinks::of(&server.dir), roster: server.roster.clone(), node: server.key.node_id() }
    }

    fn enrol(&self, params: &RedeemParams, device: &Device) -> Result<(), TrustError> {
        self.links.redeem(&params.secret, &SystemBootClock)?;
        self.roster.enrol(device, &Actor::device(device.id(), "one-use link"))
    }
}

impl PairingService for Pairing {
    type Caller = Caller;

    async fn redeem(&self, caller: &Caller, params: RedeemParams) -> Result<RedeemOutput, Refusal> {
        let Some(key) = caller.device() else {
            return Err(Refusal::new(
                Code::Unauthenticated,
                "device: a link enrols the key of the greeting, and there was none",
            ));
        };
        let device = Device::new(key.clone(), &params.name, ROLE, caller.kind, now_ms())?;
        let output = RedeemOutput { device: device.id(), role: ROLE, node: self.node };
        let pairing = self.clone();
        let enrolled = tokio::task::spawn_blocking(move || pairing.enrol(&params, &device)).await;
        enrolled.map_err(|_| {
            Refusal::new(Code::Internal, "the link could not be redeemed; the gateway's log says why")
        })??;
        tracing::info!("device {} is enrolled", output.device);
        Ok(output)
    }
}

/// For people to read; nothing is decided by it.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
