//! The task that keeps a client's circuit: dials, greets, reads, and dials again.

use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{Role, Service};
use homie_protocol::machine::backoff::Backoff;
use tokio::time::{sleep, timeout};

use super::dial::is_final;
use super::hub::Hub;
use super::meeting::{Met, meet};
use super::ways::greeted;
use super::{State, Up};
use crate::frame::Frame;
use crate::pulse::Pulse;
use crate::reader::FrameReader;
use crate::writer::FrameWriter;

/// How long the server's last words may take when the link takes none of ours.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs until the client is closed, or refused for good.
pub(super) async fn keep(hub: Arc<Hub>) {
    tokio::select! {
        refusal = try_for_ever(&hub) => hub.close(&refusal),
        () = hub.closed() => hub.ground(),
    }
}

async fn try_for_ever(hub: &Arc<Hub>) -> Refusal {
    let mut backoff = Backoff::default();
    loop {
        hub.tell(State::Connecting);
        let refusal = hold(hub, &mut backoff).await;
        hub.ground();
        if is_final(refusal.code) {
            return refusal;
        }
        tracing::debug!(%refusal, "no circuit");
        hub.tell(State::Waiting(refusal));
        let wait = Duration::from_millis(backoff.failed(hub.now(), hub.chance()));
        tokio::select! {
            () = sleep(wait) => {}
            () = hub.woken() => backoff.reset(),
        }
    }
}

/// A single attempt: one circuit, from dialling to its end. Gives why it is over.
async fn hold(hub: &Arc<Hub>, backoff: &mut Backoff) -> Refusal {
    let (mut reader, writer, up) = match begin(hub).await {
        Ok(greeted) => greeted,
        Err(refusal) => return refusal,
    };
    backoff.succeeded(hub.now());
    hub.raise(writer.clone(), up);
    let ended = read(hub, &mut reader, &writer).await;
    match ended {
        Ended::Peer(refusal) => {
            writer.close();
            refusal
        }
        Ended::Ours(refusal) => {
            writer.bye(&refusal);
            reader.linger().await;
            refusal
        }
    }
}

/// Dials, and brings the rosters to the same. If the machine then thinks otherwise of this client it is greeted once more.
async fn begin(hub: &Hub) -> Result<(FrameReader, FrameWriter, Up), Refusal> {
    let (mut reader, writer, up) = greeted(&hub.config).await?;
    let begun = match meet(&hub.config, &mut reader, &writer, &up).await {
        Ok(Met::AsGreeted) => (reader, writer, up),
        Ok(Met::Anew) => {
            writer.close();
            greeted(&hub.config).await?
        }
        Err(refusal) => {
            writer.bye(&refusal);
            return Err(refusal);
        }
    };
    let (_, writer, up) = &begun;
    if up.ready.role == Role::None && hub.config.service == Service::Node {
        writer.close();
        return Err(Refusal::new(
            Code::DeviceUnknown,
            "this device is not enrolled there, nor in the roster it carries",
        ));
    }
    Ok(begun)
}

/// Who has ended a circuit, and why.
enum Ended {
    Peer(Refusal),
    Ours(Refusal),
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::Ours(refusal)
    }
}

async fn read(hub: &Arc<Hub>, reader: &mut FrameReader, writer: &FrameWriter) -> Ended {
    match pump(hub, reader, writer).await {
        Ok(never) => never,
        Err(ended) => ended,
    }
}

async fn pump(hub: &Arc<Hub>, reader: &mut FrameReader, writer: &FrameWriter) -> Result<Ended, Ended> {
    let mut pulse = Pulse::new();
    loop {
        tokio::select! {
            frame = reader.next() => {
                let lost = || Ended::Peer(Refusal::new(Code::Unreachable, "the link was lost"));
                let frame = frame?.ok_or_else(lost)?;
                pulse.heard(frame.header.kind());
                take(hub, writer, &frame)?;
            }
            () = pulse.due() => {
                if hub.has_typed() {
                    pulse.typed();
                }
                pulse.beat(writer)?;
            }
            () = hub.woken() => pulse.woke(),
            () = writer.closed() => return Ok(rest(hub, reader, writer).await),
        }
    }
}

/// The link takes nothing more. What the server has said before, its farewell above all, is still read.
async fn rest(hub: &Arc<Hub>, reader: &mut FrameReader, writer: &FrameWriter) -> Ended {
    let reading = async {
        while let Ok(Some(frame)) = reader.next().await {
            take(hub, writer, &frame)?;
        }
        Ok(())
    };
    match timeout(LAST_WORDS, reading).await {
        Ok(Err(ended)) => ended,
        Ok(Ok(())) | Err(_) => Ended::Peer(Refusal::new(Code::Unreachable, "the link broke")),
    }
}

fn take(hub: &Arc<Hub>, writer: &FrameWriter, frame: &Frame) -> Result<(), Ended> {
    let (header, channel) = (frame.header, frame.header.channel());
    match header.kind() {
        Kind::Control if channel.is_circuit() => return control(hub, &frame.payload),
        Kind::Ping => writer.send(Header::PONG, &frame.payload).map_err(Refusal::from)?,
        Kind::Pong => {}
        Kind::Control | Kind::Output | Kind::Snapshot | Kind::Ack => {
            if let Some(viewer) = hub.viewer(channel)? {
                viewer.frame(frame)?;
            }
        }
        Kind::Input | Kind::Chunk => {
            return Err(Refusal::new(Code::UnexpectedFrame, "kind: this one does not come from a server").into());
        }
    }
    Ok(())
}

fn control(hub: &Arc<Hub>, payload: &[u8]) -> Result<(), Ended> {
    match control::decode(payload, Reading::Answers).map_err(Refusal::from)? {
        Control::Response(response) => Ok(hub.answer(response.id, response.outcome)?),
        Control::Event(event) => Ok(hub.session_changed(&event)?),
        Control::Bye(refusal) => Err(Ended::Peer(refusal)),
        _ => Err(Refusal::new(Code::UnknownVariant, "t: has no place here").into()),
    }
}
