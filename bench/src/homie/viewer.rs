//! One session on one channel of a circuit of its own. It acknowledges what it has read, as every client does.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::event::{Detached, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::hello::Identity;
use homie_protocol::id::{Channel, Offset, SessionId, WriterId};
use homie_protocol::methods::session::{Attach, AttachMode, AttachParams, Delivery, Gap, Size, WriterClaim};
use homie_trust::DeviceIdentity;

use super::circuit::{Circuit, Way};
use crate::pty::SIZE;
use crate::view::View;

const CHANNEL: u32 = 1;

/// A viewer that dials when it begins.
pub(crate) struct Viewer {
    way: Way,
    identity: Arc<DeviceIdentity>,
    session: SessionId,
    delivery: Delivery,
    line: Option<Line>,
}

/// The circuit, once it is dialled.
struct Line {
    circuit: Circuit,
    typed: u64,
    place: Place,
}

/// How far the output has been read.
struct Place {
    delivery: Delivery,
    at: u64,
    acked: u64,
    /// Where a whole snapshot was read that is not acknowledged.
    snapshot: Option<Offset>,
}

impl Viewer {
    pub(crate) const fn new(way: Way, identity: Arc<DeviceIdentity>, session: SessionId, delivery: Delivery) -> Self {
        Self { way, identity, session, delivery, line: None }
    }

    fn line(&mut self) -> anyhow::Result<&mut Line> {
        self.line.as_mut().context("this viewer has not begun")
    }
}

/// How a viewer that types asks for a session.
pub(super) fn attaching(
    channel: Channel,
    session: SessionId,
    identity: &DeviceIdentity,
    delivery: Delivery,
) -> anyhow::Result<AttachParams> {
    let nonce = identity.nonce();
    let id = nonce.first_chunk().copied().map(WriterId::from_bytes).context("a nonce is long")?;
    let (cols, rows) = SIZE;
    Ok(AttachParams {
        channel,
        session,
        incarnation: None,
        from: None,
        mode: AttachMode::Interactive,
        writer: Some(WriterClaim { id, sent: Offset::ZERO }),
        size: Size::new(cols, rows),
        visible: true,
        delivery: Some(delivery),
        theme: None,
    })
}

impl View for Viewer {
    fn begin(&mut self) -> anyhow::Result<()> {
        let mut circuit = Circuit::open(&self.way, &self.identity)?;
        let params = attaching(Channel::new(CHANNEL), self.session, &self.identity, self.delivery)?;
        let attached = circuit.request::<Attach>(&params)?;
        let at = attached.from.get();
        let place = Place { delivery: self.delivery, at, acked: at, snapshot: None };
        self.line = Some(Line { circuit, typed: 0, place });
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let line = self.line()?;
        let offset = Offset::new(line.typed).context("too much was typed")?;
        line.typed += bytes.len() as u64;
        line.circuit.send(Header::new(Kind::Input, Channel::new(CHANNEL), offset)?, bytes)
    }

    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize> {
        let line = self.line()?;
        let before = shown.len();
        let mut ping = false;
        let place = &mut line.place;
        line.circuit.read(within, most, &mut |header, payload| {
            ping |= header.kind() == Kind::Ping;
            place.take(header, payload, shown)
        })?;
        if ping {
            line.circuit.send(Header::PONG, &[])?;
        }
        Ok(shown.len() - before)
    }

    fn seen(&mut self) -> anyhow::Result<()> {
        self.line()?.acknowledge()
    }
}

impl Line {
    fn acknowledge(&mut self) -> anyhow::Result<()> {
        let channel = Channel::new(CHANNEL);
        if let Some(offset) = self.place.snapshot.take() {
            self.circuit.send(Header::with_flags(Kind::Ack, Flags::LAST, channel, offset)?, &[])?;
            self.place.acked = offset.get();
        }
        if self.place.at != self.place.acked {
            self.place.acked = self.place.at;
            let offset = Offset::new(self.place.at).context("offset")?;
            self.circuit.send(Header::new(Kind::Ack, channel, offset)?, &[])?;
        }
        Ok(())
    }
}

impl Place {
    fn take(&mut self, header: Header, payload: &[u8], shown: &mut Vec<u8>) -> anyhow::Result<()> {
        match header.kind() {
            Kind::Output => {
                if header.offset().get() != self.at {
                    bail!("output at {} instead of {}", header.offset().get(), self.at);
                }
                self.at += payload.len() as u64;
                shown.extend_from_slice(payload);
            }
            Kind::Snapshot => {
                shown.extend_from_slice(payload);
                if header.flags().has(Flags::LAST) {
                    self.at = header.offset().get();
                    self.snapshot = Some(header.offset());
                }
            }
            Kind::Control if !header.channel().is_circuit() => self.told(payload)?,
            _ => {}
        }
        Ok(())
    }

    /// A gap is no loss to a viewer that wants no more than the screen.
    fn told(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let Control::Event(event) = control::decode(payload, Reading::Answers)? else { return Ok(()) };
        if event.topic == Detached::NAME {
            bail!("this viewer was detached");
        }
        if event.topic == Gap::NAME {
            if self.delivery == Delivery::Lossless {
                bail!("output was lost to a lossless viewer");
            }
            self.at = homie_protocol::codec::decode_scanned::<Gap>(event.data)?.to.get();
        }
        Ok(())
    }
}
