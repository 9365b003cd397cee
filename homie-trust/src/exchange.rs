//! The signed part of a greeting: what the server says, and what the client must have signed.

use std::fmt;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{
    Algorithm, ClientKind, DeviceKey, Hello, Nonce, Prove, Service, Side, Transcript, Welcome,
};
use homie_protocol::id::CircuitId;
use homie_protocol::limits::NAME_MAX;
use homie_protocol::version::{SPOKEN, Versions};

use crate::audit::Refusals;
use crate::device::check_device_key;
use crate::key_pair::KeyPair;
use crate::random::{Random, random_bytes};
use crate::roster::Roster;
use crate::signature::verify;
use crate::state_dir::StateDir;
use crate::tries::Tries;
use crate::via::Via;

/// What all circuits of a server share.
pub struct Server {
    /// The machine's key.
    pub key: Arc<KeyPair>,
    /// The machine's name, for people.
    pub name: String,
    /// Where this machine's names are looked up.
    pub dir: StateDir,
    /// Who belongs to the mesh.
    pub roster: Roster,
    /// Whom it sends away.
    pub refusals: Refusals,
    /// Whose greetings failed.
    pub tries: Tries,
    /// Nonces and names of circuits.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("key", &self.key).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A greeting that the server has answered.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) device: Option<DeviceKey>,
    pub(crate) kind: ClientKind,
    pub(crate) agent: String,
    pub(crate) version: u16,
    pub(crate) circuit: CircuitId,
    pub(crate) via: Option<Via>,
    /// What the client's signature must cover.
    to_prove: Vec<u8>,
}

impl Exchange {
    /// Checks the hello in itself and answers it, signed over a fresh nonce.
    pub(crate) fn open(
        server: &Server,
        service: Service,
        hello: Hello,
        via: Option<Via>,
        exporter: Option<&[u8]>,
    ) -> Result<(Self, Welcome), Refusal> {
        let version = agree(hello.versions)?;
        check_agent(&hello.agent)?;
        if let Some(device) = &hello.device {
            check_device_key(device)?;
        }
        let key = server.key.machine_key();
        let nonce = Nonce(random_bytes(&*server.random)?);
        let transcript = Transcript {
            server: &key,
            device: hello.device.as_ref().map(|device| &device.id),
            client_nonce: &hello.nonce,
            server_nonce: &nonce,
            client_versions: hello.versions,
            server_versions: SPOKEN,
            version,
            host: &hello.host,
            origin: hello.origin.as_deref(),
            exporter,
        };
        let (side, client) = Side::of(service);
        let sig = server.key.sign(&transcript.bytes(side))?;
        let to_prove = transcript.bytes(client);
        let name = server.name.clone();
        let alg = Algorithm::Ed25519;
        // Who cannot read its own roster greets nobody who is in it, and says so there.
        let roster = server.roster.members().ok().map(|members| members.offer());
        let welcome = Welcome { version, versions: SPOKEN, service, key, alg, nonce, name, sig, roster };
        let circuit = CircuitId::from_bytes(random_bytes(&*server.random)?);
        let Hello { device, kind, agent, .. } = hello;
        Ok((Self { device, kind, agent, version, circuit, via, to_prove }, welcome))
    }

    /// The device, if this is its signature.
    pub(crate) fn proved(&self, prove: &Prove) -> Result<&DeviceKey, Refusal> {
        let device = self.device.as_ref().ok_or_else(no_device)?;
        verify(device.alg, &device.key, &self.to_prove, &prove.sig)?;
        Ok(device)
    }
}

pub(crate) fn no_device() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        "device: this door needs a key that is enrolled; open a link of: homie pair --here",
    )
}

fn agree(versions: Versions) -> Result<u16, Refusal> {
    let words = || {
        let Versions { min, max } = versions;
        format!("versions: you speak {min} to {max}, this machine {} to {}; update the older", SPOKEN.min, SPOKEN.max)
    };
    SPOKEN.common(versions).ok_or_else(|| Refusal::new(Code::Version, words()))
}

/// The agent stands in logs, so it must not be able to write lines of its own.
fn check_agent(agent: &str) -> Result<(), Refusal> {
    if agent.chars().count() > NAME_MAX || agent.chars().any(char::is_control) {
        return Err(Refusal::new(Code::OutOfRange, "agent: at most 64 characters, no control characters"));
    }
    Ok(())
}
