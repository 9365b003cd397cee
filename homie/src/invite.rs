//! `homie invite` and `homie join`: a machine outside of the tailnet becomes one of the mesh, by a text that somebody carries from
//! one to the other.

use std::io::Read;
use std::sync::Arc;

use anyhow::anyhow;
use homie_circuit::client::Web;
use homie_gateway::reach::keyed_way;
use homie_gateway::{JOIN, JOINING};
use homie_protocol::code::{Code, Refusal};
use homie_trust::pairing::proof::{Prover, same_mac};
use homie_trust::{
    Actor, Attempt, GatewayFile, Invitation, Invitations, Joining, KeyPair, Roster, StateDir, SystemBootClock,
    SystemRandom, key_door,
};

use crate::cli::{InviteOptions, JoinOptions};
use crate::here::runtime;
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::settings::Settings;
use crate::{home, join, keys, on, pair};

/// Prints an invitation.
pub(crate) fn invite(options: &InviteOptions) -> Outcome {
    let closed = || {
        Failure::Refused(anyhow!(
            "no key door is open here; write `key-door` into the settings (`homie config`), then `homie up`"
        ))
    };
    let state = home::state_behind("gateway.sock")?.ok_or_else(closed)?;
    let key = KeyPair::machine_public(&state)?;
    let node = homie_trust::node_id(&key);
    let gateway = GatewayFile::read(&state)?.filter(|gateway| pair::is_ours(gateway.addr, &node));
    let door = gateway.and_then(|gateway| gateway.keyed).ok_or_else(closed)?;
    let at = door.origins.iter().filter_map(|origin| key_door(origin)).map(|(host, port)| (host.to_owned(), port));
    let root = Roster::find(&state).ok_or_else(closed)?.members()?.root();
    let invitation = Invitations::of(&state).give((node, root), at.collect(), &SystemBootClock, &SystemRandom)?;
    if options.json {
        return say_json(&serde_json::json!({ "invitation": invitation.to_string(), "valid_ms": 600_000 }));
    }
    say(&invitation.to_string());
    remark(
        "homie: type `homie join` and this on the machine that is to join, within ten minutes; it is good for one machine, as an owner's",
    );
    Ok(())
}

/// Joins the mesh that has invited this machine.
pub(crate) fn join_mesh(options: &JoinOptions) -> Outcome {
    let text = match options.invitation.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().take(4_096).read_to_string(&mut text)?;
            text
        }
        text => text.to_owned(),
    };
    let invitation: Invitation = text.parse().map_err(|error| Failure::Usage(anyhow::Error::new(error)))?;
    let name = options.name.clone().map_or_else(|| Ok(Settings::read()?.name()), anyhow::Ok)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(accept(&invitation, &name));
    runtime.shutdown_background();
    outcome
}

async fn accept(invitation: &Invitation, name: &str) -> Outcome {
    let state = home::state()?;
    keys::ready_to_call(&state).await?;
    let is_in_it = |roster: Roster| Ok::<_, anyhow::Error>(roster.members()?.machine(invitation.machine).is_some());
    if Roster::find(&state).map(is_in_it).transpose()? == Some(true) {
        remark("homie: this machine is one of that mesh already");
        return Ok(());
    }
    Roster::may_join(&state, Some(invitation.root)).map_err(|error| Failure::Refused(error.into()))?;
    let newcomer = Newcomer::of(&state, name)?;
    let at = newcomer.introduce(invitation).await?;
    let gateway = on::gateway_by_key(invitation.machine, (&at.0, at.1)).await?;
    let (root, entries) = join::told(&gateway).await?;
    if root != invitation.root {
        return Err(unproved().into());
    }
    let actor = Actor::local("homie join");
    Roster::join(&state, root, entries, invitation.machine, &actor).map_err(|error| Failure::Refused(error.into()))?;
    remark(
        "homie: this machine is one of the mesh now; its recovery words are that mesh's, and words of before count no more",
    );
    remark("homie: `homie up` starts Homie here, if it does not run yet");
    Ok(())
}

/// This machine, as it joins.
struct Newcomer {
    device: KeyPair,
    machine: Arc<KeyPair>,
    name: String,
}

impl Newcomer {
    fn of(state: &StateDir, name: &str) -> anyhow::Result<Self> {
        let (device, machine) = (Roster::own_key(state)?, Arc::new(KeyPair::machine(state)?));
        Ok(Self { device, machine, name: name.to_owned() })
    }

    /// At the first place that answers, which is given. A machine that has refused is asked nowhere else: the invitation is spent.
    async fn introduce(&self, invitation: &Invitation) -> Outcome<(String, u16)> {
        let mut refused = None;
        for (host, port) in &invitation.at {
            let web = keyed_way(invitation.machine, (host, *port), &self.machine);
            let web = web.map_err(|error| Failure::Failed(error.into()))?;
            match self.proves(invitation, &web).await {
                Ok(()) => return Ok((host.clone(), *port)),
                Err(refusal) if matches!(refusal.code, Code::Unreachable | Code::Timeout) => {
                    refused = refused.or(Some(refusal));
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
        Err(refused.unwrap_or_else(unproved).into())
    }

    async fn proves(&self, invitation: &Invitation, web: &Web) -> Result<(), Refusal> {
        let (device, machine) = (self.device.device_key(), self.machine.machine_key());
        let unbound = Attempt {
            host: invitation.machine,
            root: &invitation.root,
            machine: &machine,
            device: &device,
            name: &self.name,
            exporter: &[0; 32],
        };
        let (answer, exporter) = web
            .get_bound(JOIN, |exporter| {
                let attempt = Attempt { exporter, ..unbound };
                let said = Joining::of(&attempt, &self.device, &invitation.secret)?;
                let value = said.to_string().parse().map_err(|_| unproved())?;
                Ok::<_, Refusal>([(JOINING.parse().map_err(|_| unproved())?, value)].into_iter().collect())
            })
            .await?;
        let mac = Attempt { exporter: &exporter, ..unbound }.mac(Prover::Gateway, &invitation.secret)?;
        let said =
            homie_protocol::id::from_base32(&String::from_utf8_lossy(&answer)).and_then(|mac| mac.try_into().ok());
        let is_it = said.is_some_and(|said| same_mac(&mac, &homie_protocol::pairing::Mac(said)));
        if is_it { Ok(()) } else { Err(unproved()) }
    }
}

fn unproved() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        "another machine has answered than the one that has invited; nothing was changed",
    )
}
