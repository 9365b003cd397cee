//! `homie up --join`: this machine becomes one of another's mesh. It shows six digits; whoever may decide types them there.

use anyhow::anyhow;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Nonce, Role};
use homie_protocol::id::PairingId;
use homie_protocol::limits::{ENTRIES, ENTRIES_READ};
use homie_protocol::methods::mesh::{ReadParams, RosterNames, RosterRead};
use homie_protocol::methods::pairing::{
    Await, AwaitParams, Begin, BeginParams, JoiningMachine, Paired, Reveal, RevealParams, Way,
};
use homie_protocol::pairing::{Newcomer, PAIRING_VERSION, Transcript};
use homie_protocol::roster::SignedEntry;
use homie_trust::pairing::Begun;
use homie_trust::pairing::proof::{self, Prover};
use homie_trust::{Actor, KeyPair, Roster, StateDir, SystemRandom, node_id, random_bytes, verify};

use crate::here::{connect, runtime};
use crate::home;
use crate::on::{self, FarGateway};
use crate::outcome::{Failure, Outcome, remark};

/// Who joins has nothing to prove but its keys.
const NO_SECRET: &[u8] = &[];

/// Joins the mesh of the machine that somebody has typed. Says whether Homie has to be started here: it may run already.
pub(crate) fn join(first: &str, name: &str) -> Outcome<bool> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let (gateway, state) = (on::gateway(first).await?, home::state()?);
        if is_in_it(&state, &gateway)? {
            remark(&format!("homie: this machine is one of {first}'s mesh already"));
        } else {
            Roster::may_join(&state, None).map_err(|error| Failure::Refused(error.into()))?;
            become_one(&state, &gateway, first, name).await?;
        }
        Ok(connect().await.is_err())
    });
    runtime.shutdown_background();
    outcome
}

fn is_in_it(state: &StateDir, gateway: &FarGateway) -> anyhow::Result<bool> {
    let members = Roster::find(state).map(|roster| roster.members()).transpose()?;
    Ok(members.is_some_and(|members| members.machine(gateway.node).is_some()))
}

async fn become_one(state: &StateDir, gateway: &FarGateway, first: &str, name: &str) -> Outcome {
    let joining = Joining::of(state, name)?;
    let (id, opening, transcript) = joining.introduce(gateway).await?;
    remark(&format!(
        "homie: type these six digits at {first}, within two minutes: {}",
        proof::digits(&transcript).grouped()
    ));
    remark("homie: `homie approve` takes them there, and so does \"Add a device\" on the page of whoever may decide");
    let paired = decided(gateway, id).await?;
    joining.check(gateway, &paired, &opening, &transcript)?;
    let (root, entries) = told(gateway).await?;
    let actor = Actor::local("homie up --join");
    Roster::join(state, root, entries, gateway.node, &actor).map_err(|error| Failure::Refused(error.into()))?;
    remark(&format!(
        "homie: this machine is one of {first}'s mesh now; its recovery words are that mesh's, and words of before count no more"
    ));
    Ok(())
}

/// This machine, as it introduces itself.
struct Joining {
    device: KeyPair,
    machine: KeyPair,
    device_key: DeviceKey,
    machine_key: MachineKey,
    salt: Nonce,
    name: String,
}

impl Joining {
    fn of(state: &StateDir, name: &str) -> anyhow::Result<Self> {
        let (device, machine) = (Roster::own_key(state)?, KeyPair::machine(state)?);
        let (device_key, machine_key) = (device.device_key(), machine.machine_key());
        let salt = Nonce(random_bytes(&SystemRandom)?);
        Ok(Self { device, machine, device_key, machine_key, salt, name: name.to_owned() })
    }

    fn newcomer(&self) -> Newcomer<'_> {
        let newcomer = Newcomer::new(&self.device_key, &self.salt, &self.name, std::env::consts::OS);
        newcomer.with_machine(Some(&self.machine_key))
    }

    /// Commits, hears the gateway, and reveals.
    async fn introduce(&self, gateway: &FarGateway) -> Outcome<(PairingId, Vec<u8>, Transcript)> {
        let commitment = proof::commitment(&self.newcomer());
        let said = BeginParams { version: PAIRING_VERSION, way: Way::Machine, id: None, commitment };
        let begun = gateway.ask::<Begin>(&said).await?;
        let answer = Begun { id: begun.id, nonce: begun.nonce };
        let opening = answer.opening(&begun.key, &said, &gateway.authority).bytes();
        if node_id(&begun.key) != gateway.node {
            return Err(unproved());
        }
        verify(Algorithm::Ed25519, &begun.key.0, &opening, &begun.sig)?;
        let transcript = Transcript::after(&opening, &self.newcomer());
        gateway.ask::<Reveal>(&self.revealed(begun.id, &opening, &transcript)?).await?;
        Ok((begun.id, opening, transcript))
    }

    fn revealed(&self, id: PairingId, opening: &[u8], transcript: &Transcript) -> anyhow::Result<RevealParams> {
        Ok(RevealParams {
            id,
            device: self.device_key.clone(),
            salt: self.salt,
            name: self.name.clone(),
            platform: std::env::consts::OS.to_owned(),
            sig: self.device.sign(transcript.bytes())?,
            mac: proof::mac(Prover::Device, NO_SECRET, opening, transcript.bytes())?,
            machine: Some(JoiningMachine { key: self.machine_key, sig: self.machine.sign(transcript.bytes())? }),
        })
    }

    /// What was approved must be what was asked for.
    fn check(&self, gateway: &FarGateway, paired: &Paired, opening: &[u8], transcript: &Transcript) -> Outcome {
        let said = transcript.enrolled(&paired.device, paired.role, &paired.node);
        let mac = proof::mac(Prover::Gateway, NO_SECRET, opening, &said)?;
        let is_ours = paired.device == self.device_key.id && paired.node == gateway.node && paired.role == Role::Owner;
        if is_ours && mac == paired.mac { Ok(()) } else { Err(unproved()) }
    }
}

/// Waits until somebody has decided.
async fn decided(gateway: &FarGateway, id: PairingId) -> Outcome<Paired> {
    loop {
        if let Some(paired) = gateway.ask::<Await>(&AwaitParams { id }).await?.paired {
            return Ok(paired);
        }
    }
}

/// Who belongs to the mesh.
pub(crate) async fn told(gateway: &FarGateway) -> Outcome<(MachineKey, Vec<SignedEntry>)> {
    let told = gateway.ask::<RosterNames>(&Empty {}).await?;
    if told.names.len() > ENTRIES {
        let words = "names: that machine tells of more than the 1,000 entries that a roster has; it was not joined";
        return Err(Failure::Refused(anyhow!(Refusal::new(Code::TooMany, words))));
    }
    let mut entries = Vec::new();
    for names in told.names.chunks(ENTRIES_READ) {
        entries.extend(gateway.ask::<RosterRead>(&ReadParams { names: names.to_vec() }).await?.entries);
    }
    Ok((told.root, entries))
}

fn unproved() -> Failure {
    let words = "another machine has answered than the one that was asked; nothing was changed";
    Failure::Refused(anyhow!(Refusal::new(Code::Unauthenticated, words)))
}
