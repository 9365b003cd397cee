//! The channels of one holder link: numbers that go up, and what waits until the viewer knows of its channel.

use std::collections::HashMap;

use homie_circuit::Frame;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Event, Reading};
use homie_protocol::event::{Detached, Topic};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::holder::{OpenRefused, Opened};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::CHANNELS;
use homie_protocol::machine::channels::{self, Channels, Opener};
use tokio::sync::oneshot;

use super::seat::Seat;

/// Frames that may wait for a response to leave. A holder sends one output window, then waits for acknowledgements;
/// beyond this bound the client's circuit is closed as one that does not read.
const HELD: usize = 1024;

/// The channels of one holder link.
#[derive(Debug)]
pub(super) struct Seats {
    channels: Channels,
    viewers: HashMap<Channel, Viewer>,
    ended: Option<Refusal>,
}

#[derive(Debug)]
struct Viewer {
    seat: Seat,
    stage: Stage,
    seq: u32,
    at: Offset,
}

/// How far a viewer's channel has come.
#[derive(Debug)]
enum Stage {
    /// The holder has not answered.
    Asked(oneshot::Sender<Result<Opened, Refusal>>),
    /// It has, but the client has not been told: frames wait. `is_over`: the last of them closes the channel.
    Held { frames: Vec<Frame>, is_over: bool },
    /// Frames go straight through.
    Open,
}

/// Where a frame of the holder's goes.
#[derive(Debug)]
pub(super) enum Place {
    /// On to this viewer.
    Viewer(Seat, Frame),
    /// On to this viewer, whose channel is closed with it.
    Last(Seat, Frame),
    /// It waits, or the channel is closed.
    Nowhere,
    /// Too much waits for this viewer.
    Overrun(Seat),
}

impl Default for Seats {
    fn default() -> Self {
        Self { channels: Channels::new(Opener::Client), viewers: HashMap::new(), ended: None }
    }
}

impl Seats {
    /// Gives a viewer the next channel.
    pub(super) fn open(
        &mut self,
        seat: Seat,
        answer: oneshot::Sender<Result<Opened, Refusal>>,
    ) -> Result<Channel, Refusal> {
        if let Some(reason) = &self.ended {
            return Err(reason.clone());
        }
        let channel = self.channels.open_next().map_err(crowded)?;
        self.viewers.insert(channel, Viewer { seat, stage: Stage::Asked(answer), seq: 0, at: Offset::ZERO });
        Ok(channel)
    }

    /// The holder has opened a channel: from now on its frames wait for the client to be told.
    pub(super) fn opened(&mut self, opened: Opened) -> Result<(), Refusal> {
        let Some(viewer) = self.asked(opened.channel)? else { return Ok(()) };
        viewer.at = opened.from;
        let held = Stage::Held { frames: Vec::new(), is_over: false };
        if let Stage::Asked(answer) = std::mem::replace(&mut viewer.stage, held) {
            let _nobody = answer.send(Ok(opened));
        }
        Ok(())
    }

    /// The holder has refused to open a channel.
    pub(super) fn open_refused(&mut self, refused: &OpenRefused) -> Result<(), Refusal> {
        if self.asked(refused.channel)?.is_some() {
            self.refuse(refused.channel, &refused.reason);
        }
        Ok(())
    }

    /// The client has been told: what waited goes out, and nothing waits from now on. Gives the seat back if the channel
    /// was closed meanwhile.
    pub(super) fn release(&mut self, channel: Channel) -> Option<Seat> {
        let viewer = self.viewers.get_mut(&channel)?;
        let Stage::Held { frames, is_over } = std::mem::replace(&mut viewer.stage, Stage::Open) else { return None };
        for frame in frames {
            viewer.seat.send(&frame);
        }
        if is_over { self.close(channel) } else { None }
    }

    /// Finds out where a frame goes. A frame that no holder may send ends the link.
    pub(super) fn place(&mut self, frame: Frame) -> Result<Place, Refusal> {
        let channel = frame.header.channel();
        if self.channels.place(channel)? == channels::Place::Closed {
            return Ok(Place::Nowhere);
        }
        let Some(viewer) = self.viewers.get_mut(&channel) else { return Ok(Place::Nowhere) };
        let is_last = viewer.note(&frame)?;
        match &mut viewer.stage {
            Stage::Asked(_) => Err(unexpected("channel: a holder opens it before it sends on it")),
            Stage::Held { is_over: true, .. } => Ok(Place::Nowhere),
            Stage::Held { frames, .. } if frames.len() >= HELD => Ok(Place::Overrun(viewer.seat.clone())),
            Stage::Held { frames, is_over } => {
                frames.push(frame);
                *is_over = is_last;
                Ok(Place::Nowhere)
            }
            Stage::Open if is_last => Ok(self.close(channel).map_or(Place::Nowhere, |seat| Place::Last(seat, frame))),
            Stage::Open => Ok(Place::Viewer(viewer.seat.clone(), frame)),
        }
    }

    /// Closes a channel and gives its seat back; `None` if it was not open. Frames that waited are dropped.
    pub(super) fn close(&mut self, channel: Channel) -> Option<Seat> {
        self.channels.close(channel);
        self.viewers.remove(&channel).map(|viewer| viewer.seat)
    }

    /// Closes a channel from this side and tells the viewer why, in order. Gives the seat back, unless the viewer is yet
    /// to learn of its channel.
    pub(super) fn refuse(&mut self, channel: Channel, reason: &Refusal) -> Option<Seat> {
        let viewer = self.viewers.get_mut(&channel)?;
        match &mut viewer.stage {
            Stage::Asked(_) => {
                self.channels.close(channel);
                self.viewers.remove(&channel)?.answer(Err(reason.clone()));
                None
            }
            Stage::Held { is_over: true, .. } => None,
            Stage::Held { frames, is_over } => {
                frames.extend(farewell(channel, viewer.at, viewer.seq, reason));
                *is_over = true;
                None
            }
            Stage::Open => {
                if let Some(frame) = farewell(channel, viewer.at, viewer.seq, reason) {
                    viewer.seat.send(&frame);
                }
                self.close(channel)
            }
        }
    }

    /// Closes every channel, for good, and gives the seats back.
    pub(super) fn end(&mut self, reason: &Refusal) -> Vec<Seat> {
        self.ended.get_or_insert_with(|| reason.clone());
        let open: Vec<Channel> = self.viewers.keys().copied().collect();
        open.into_iter().filter_map(|channel| self.refuse(channel, reason)).collect()
    }

    /// Viewers that look now.
    pub(super) fn viewers(&self) -> u32 {
        let open = self.viewers.values().filter(|viewer| !matches!(viewer.stage, Stage::Asked(_)));
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    /// The viewer that waits for this answer; `None` if it has gone meanwhile.
    fn asked(&mut self, channel: Channel) -> Result<Option<&mut Viewer>, Refusal> {
        if self.channels.place(channel)? == channels::Place::Closed {
            return Ok(None);
        }
        match self.viewers.get_mut(&channel) {
            Some(viewer) if matches!(viewer.stage, Stage::Asked(_)) => Ok(Some(viewer)),
            _ => Err(unexpected("channel: was answered before")),
        }
    }
}

impl Viewer {
    /// Remembers how far the viewer has come. Whether this frame is its last.
    fn note(&mut self, frame: &Frame) -> Result<bool, Refusal> {
        match frame.header.kind() {
            Kind::Output => self.at = frame.header.offset().plus(frame.payload.len() as u64),
            Kind::Ack => {}
            Kind::Control => {
                let event = event(&frame.payload)?;
                self.seq = event.seq;
                return Ok(event.topic == Detached::NAME);
            }
            Kind::Input | Kind::Snapshot | Kind::Chunk | Kind::Ping | Kind::Pong => {
                return Err(unexpected("kind: a holder sends output, acknowledgements and events"));
            }
        }
        Ok(false)
    }

    fn answer(self, outcome: Result<Opened, Refusal>) {
        if let Stage::Asked(answer) = self.stage {
            // Nobody listens any more: whoever asked has closed the channel.
            let _nobody = answer.send(outcome);
        }
    }
}

fn event(payload: &[u8]) -> Result<Event<'_>, Refusal> {
    match control::decode(payload, Reading::Answers)? {
        Control::Event(event) => Ok(event),
        _ => Err(unexpected("t: a session's channel carries events alone")),
    }
}

/// The last frame of a channel, said by the node itself.
fn farewell(channel: Channel, at: Offset, seq: u32, reason: &Refusal) -> Option<Frame> {
    let header = Header::new(Kind::Control, channel, at).ok()?;
    let payload = Detached { reason: reason.clone() }.encode(seq.saturating_add(1)).ok()?;
    Some(Frame { header, payload: payload.into() })
}

/// The rule is the circuit's, here it bounds the viewers of one session.
fn crowded(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::Busy => {
            Refusal::new(Code::Busy, format!("session: {CHANNELS} viewers look at it already; close one first"))
        }
        _ => refusal,
    }
}

fn unexpected(message: &'static str) -> Refusal {
    Refusal::new(Code::UnexpectedFrame, message)
}

#[cfg(test)]
mod tests;
