//! A circuit as a client has it: the greeting, and requests one after the other.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use homie_protocol::codec;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{ClientKind, Hello, Identity, Nonce, Prove, Side, Transcript};
use homie_protocol::id::RequestKey;
use homie_protocol::method::Method;
use homie_protocol::version::SPOKEN;
use homie_trust::DeviceIdentity;

use super::wire::{Take, Wire};
use crate::view::{LIMIT, READ};

/// Where a circuit leads.
#[derive(Clone)]
pub(crate) enum Way {
    /// To the node's own socket.
    Local { socket: PathBuf },
    /// Through a gateway's splice.
    Gateway { host: String, path: String },
}

/// A circuit that has been greeted.
pub(crate) struct Circuit {
    wire: Wire,
    identity: Arc<DeviceIdentity>,
    last_id: u32,
    kept: VecDeque<(Header, Vec<u8>)>,
}

impl Circuit {
    pub(crate) fn open(way: &Way, identity: &Arc<DeviceIdentity>) -> anyhow::Result<Self> {
        let (wire, host, origin) = match way {
            Way::Local { socket } => (Wire::unix(socket)?, "local".to_owned(), None),
            Way::Gateway { host, path } => (Wire::web(host, path)?, host.clone(), Some(format!("http://{host}"))),
        };
        let mut circuit = Self { wire, identity: Arc::clone(identity), last_id: 0, kept: VecDeque::new() };
        circuit.greet(host, origin)?;
        Ok(circuit)
    }

    fn greet(&mut self, host: String, origin: Option<String>) -> anyhow::Result<()> {
        let kind = if origin.is_some() { ClientKind::Web } else { ClientKind::Cli };
        let device = self.identity.device();
        let nonce = Nonce(self.identity.nonce());
        let hello = Hello { versions: SPOKEN, device, kind, agent: "bench".to_owned(), nonce, host, origin };
        self.tell(&Outgoing::<Empty>::Hello(&hello))?;
        let payload = self.control()?;
        let Control::Welcome(welcome) = control::decode(&payload, Reading::Greeting)? else { bail!("no welcome") };
        let transcript = Transcript::of(&hello, &welcome);
        let (server, client) = Side::of(welcome.service);
        self.identity.check_machine(&welcome.key, &transcript.bytes(server), &welcome.sig)?;
        if hello.device.is_some() {
            let sig = self.identity.sign(&transcript.bytes(client))?;
            self.tell(&Outgoing::<Empty>::Prove(&Prove { sig, roster: None }))?;
        }
        let payload = self.control()?;
        match control::decode(&payload, Reading::Greeting)? {
            Control::Ready(_) => Ok(()),
            other => Err(anyhow!("not ready: {other:?}")),
        }
    }

    /// Sends a frame.
    pub(crate) fn send(&mut self, header: Header, payload: &[u8]) -> anyhow::Result<()> {
        self.wire.send(header, payload)
    }

    fn tell<P: serde::Serialize>(&mut self, message: &Outgoing<'_, P>) -> anyhow::Result<()> {
        self.wire.send(Header::CIRCUIT, &message.encode()?)
    }

    /// Asks, and does not wait for the answer.
    pub(crate) fn ask<M: Method>(&mut self, params: &M::Params) -> anyhow::Result<u32> {
        self.last_id += 1;
        let id = self.last_id;
        let nonce = self.identity.nonce();
        let key = nonce.first_chunk().copied().filter(|_| M::ROW.keyed).map(RequestKey::from_bytes);
        self.tell(&Outgoing::Request { id, method: M::ROW.name, params, key })?;
        Ok(id)
    }

    /// Asks and waits. What comes before the answer is kept for the next read.
    pub(crate) fn request<M: Method>(&mut self, params: &M::Params) -> anyhow::Result<M::Output> {
        let asked = self.ask::<M>(params)?;
        self.answer::<M>(asked)
    }

    /// The answer to what was asked. Those to others may come before it.
    pub(crate) fn answer<M: Method>(&mut self, asked: u32) -> anyhow::Result<M::Output> {
        let mut others = Vec::new();
        loop {
            let payload = self.control()?;
            match control::decode(&payload, Reading::Answers)? {
                Control::Response(response) if response.id == asked => {
                    self.kept.extend(others);
                    let ok = response.outcome.map_err(|refusal| anyhow!("{}: {refusal}", M::ROW.name))?;
                    return Ok(codec::decode_scanned(ok)?);
                }
                _ => others.push((Header::CIRCUIT, payload)),
            }
        }
    }

    /// Reads once, and hands on the frames that are there, those first that came with an answer.
    pub(crate) fn read(&mut self, within: Duration, most: usize, take: Take<'_>) -> anyhow::Result<()> {
        if self.kept.is_empty() {
            return self.wire.read(within, most, take);
        }
        self.kept.drain(..).try_for_each(|(header, payload)| take(header, &payload))
    }

    /// The next control envelope of the circuit itself.
    fn control(&mut self) -> anyhow::Result<Vec<u8>> {
        let begun = Instant::now();
        loop {
            let is_control = |(header, _): &(Header, Vec<u8>)| *header == Header::CIRCUIT;
            if let Some((_, payload)) = self.kept.iter().position(is_control).and_then(|at| self.kept.remove(at)) {
                return Ok(payload);
            }
            if begun.elapsed() > LIMIT {
                bail!("the node does not answer");
            }
            let kept = &mut self.kept;
            let mut pinged = false;
            self.wire.read(Duration::from_secs(1), READ, &mut |header, payload| {
                match header.kind() {
                    Kind::Ping => pinged = true,
                    _ => kept.push_back((header, payload.to_vec())),
                }
                Ok(())
            })?;
            if pinged {
                self.wire.send(Header::PONG, &[])?;
            }
        }
    }
}
