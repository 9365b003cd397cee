//! One viewer of a holder's link: how far it has come, and what of its frames waits.
//!
//! The holder numbers its events, and the node says some of its own on the same channel: the viewer counts both as one.

use homie_circuit::Frame;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Event, Reading, renumber};
use homie_protocol::event::{Detached, Driver, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::Opened;
use homie_protocol::id::{Channel, Offset};
use tokio::sync::oneshot;

use crate::link::seat::Seat;

/// A viewer and its place.
#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) seat: Seat,
    pub(super) stage: Stage,
    /// The channel on the holder's link.
    channel: Channel,
    /// The number of the last event that was told.
    seq: u32,
    /// How many of them were the node's own.
    own: u32,
    at: Offset,
    /// The pieces of a snapshot for this offset are on their way: nothing of ours comes between them.
    snapshot: Option<Offset>,
    /// What the viewer is to be told once they are through: whether it drives.
    owed: Option<bool>,
}

/// How far a viewer's channel has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// The holder has not answered.
    Asked(oneshot::Sender<Result<Opened, Refusal>>),
    /// It has, but the client has not been told: frames wait. `is_over`: the last of them closes the channel.
    Held { frames: Vec<Frame>, is_over: bool },
    /// Frames go straight through.
    Open,
}

impl Viewer {
    pub(super) fn new(seat: Seat, channel: Channel, answer: oneshot::Sender<Result<Opened, Refusal>>) -> Self {
        let (stage, at) = (Stage::Asked(answer), Offset::ZERO);
        Self { seat, stage, channel, seq: 0, own: 0, at, snapshot: None, owed: None }
    }

    /// The holder has opened the channel: its frames wait for the client to be told.
    pub(super) fn opened(&mut self, opened: Opened) {
        self.at = opened.from;
        let held = Stage::Held { frames: Vec::new(), is_over: false };
        if let Stage::Asked(answer) = std::mem::replace(&mut self.stage, held) {
            // Nobody listens any more: whoever asked has closed the channel.
            let _nobody = answer.send(Ok(opened));
        }
    }

    /// The holder has not opened the channel, and will not.
    pub(super) fn not_opened(self, reason: Refusal) {
        if let Stage::Asked(answer) = self.stage {
            let _nobody = answer.send(Err(reason));
        }
    }

    /// Remembers how far the viewer has come, and gives the frame as it is to be told. Whether it is the viewer's last.
    pub(super) fn note(&mut self, frame: Frame) -> Result<(Frame, bool), Refusal> {
        let header = frame.header;
        if self.snapshot.is_some() && !matches!(header.kind(), Kind::Ack | Kind::Control | Kind::Snapshot) {
            return Err(unexpected("kind: a snapshot is sent whole before anything else"));
        }
        match header.kind() {
            Kind::Output => self.at = header.offset().plus(frame.payload.len() as u64),
            Kind::Ack => {}
            Kind::Snapshot => self.piece(header)?,
            Kind::Control => return self.event(frame),
            Kind::Input | Kind::Chunk | Kind::Ping | Kind::Pong => {
                return Err(unexpected("kind: a holder sends output, snapshots, acknowledgements and events"));
            }
        }
        Ok((frame, false))
    }

    /// A piece of a snapshot: the viewer stands at its offset, wherever it was before.
    fn piece(&mut self, header: Header) -> Result<(), Refusal> {
        if self.snapshot.is_some_and(|offset| offset != header.offset()) {
            return Err(Refusal::new(Code::Offset, "offset: all pieces of a snapshot have the same"));
        }
        self.at = header.offset();
        self.snapshot = (!header.flags().has(Flags::LAST)).then_some(header.offset());
        Ok(())
    }

    fn event(&mut self, frame: Frame) -> Result<(Frame, bool), Refusal> {
        let event = event(&frame.payload)?;
        let is_last = event.topic == Detached::NAME;
        if self.snapshot.is_some() && !is_last {
            return Err(unexpected("kind: a snapshot is sent whole before anything else"));
        }
        self.seq = event.seq.saturating_add(self.own);
        if self.own == 0 {
            return Ok((frame, is_last));
        }
        let payload = renumber(self.seq, &frame.payload)?;
        Ok((Frame { header: frame.header, payload: payload.into() }, is_last))
    }

    /// Tells the viewer whether it drives the size now; in its time, if frames wait or a snapshot is on its way. One whose
    /// attach is not answered yet learns it from the answer.
    pub(super) fn tell_drives(&mut self, drives: bool) {
        if !matches!(self.stage, Stage::Asked(_)) {
            self.owed = Some(drives);
            self.settle();
        }
    }

    /// Tells what had to wait, if nothing is in its way any more.
    pub(super) fn settle(&mut self) {
        if self.snapshot.is_some() || !matches!(self.stage, Stage::Open) {
            return;
        }
        if let Some(drives) = self.owed.take() {
            self.say(&Driver { drives });
        }
    }

    /// Sends a frame to the client, with the ack before it, or lets both wait for the response.
    pub(super) fn pass(&mut self, ack: Option<Frame>, frame: Frame) {
        match &mut self.stage {
            Stage::Held { frames, .. } => frames.extend(ack.into_iter().chain([frame])),
            Stage::Open => self.seat.send(ack.as_ref(), &frame),
            Stage::Asked(_) => {}
        }
    }

    /// The last frame of the channel, said by the node itself. It may cut a snapshot short.
    pub(super) fn end(&mut self, reason: &Refusal) {
        if matches!(self.stage, Stage::Held { is_over: true, .. }) {
            return;
        }
        self.say(&Detached { reason: reason.clone() });
        if let Stage::Held { is_over, .. } = &mut self.stage {
            *is_over = true;
        }
    }

    fn say(&mut self, event: &impl Topic) {
        self.seq = self.seq.saturating_add(1);
        self.own = self.own.saturating_add(1);
        // An event of ours always encodes, and a session's channel may carry it anywhere.
        let header = Header::new(Kind::Control, self.channel, self.at);
        if let (Ok(header), Ok(payload)) = (header, event.encode(self.seq)) {
            self.pass(None, Frame { header, payload: payload.into() });
        }
    }
}

fn event(payload: &[u8]) -> Result<Event<'_>, Refusal> {
    match control::decode(payload, Reading::Answers)? {
        Control::Event(event) => Ok(event),
        _ => Err(unexpected("t: a session's channel carries events alone")),
    }
}

pub(super) fn unexpected(message: &'static str) -> Refusal {
    Refusal::new(Code::UnexpectedFrame, message)
}
