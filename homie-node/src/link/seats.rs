//! The channels of one holder link: numbers that go up, what waits until the viewer knows of its channel, and who of the
//! viewers drives the size.
//!
//! Whatever is sent to a viewer is sent from here, under the lock of this table: so the events of the node's own have their
//! place among the holder's. A send never waits.

use std::collections::HashMap;
use std::time::Instant;

use homie_circuit::Frame;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Drives, OpenRefused, Opened};
use homie_protocol::id::{Channel, WriterId};
use homie_protocol::limits::VIEWERS;
use homie_protocol::machine::channels::{self, Channels};
use tokio::sync::oneshot;

use super::driving::{Change, Driving, Leaving, Looker, LostDriver, Room};
use super::seat::Seat;

mod viewer;

use viewer::{Stage, Viewer, unexpected};

/// Frames that may wait for a response to leave. A holder sends one output window, then waits for acknowledgements;
/// beyond this bound the client's circuit is closed as one that does not read.
const HELD: usize = 1024;

/// The channels of one holder link.
#[derive(Debug)]
pub(super) struct Seats {
    channels: Channels,
    viewers: HashMap<Channel, Viewer>,
    driving: Driving,
    /// The size that is to be set, and has not been asked of the holder.
    size: Option<Room>,
    /// Who drives, as the holder knows it.
    known_driver: Option<WriterId>,
    ended: Option<Refusal>,
}

/// What became of a frame of the holder's.
#[derive(Debug)]
pub(super) enum Passed {
    /// It was sent, it waits, or nobody wants it.
    On,
    /// It was sent, and the viewer's channel is closed with it.
    Last(Seat),
    /// Too much waits for this viewer.
    Overrun(Seat),
}

impl Seats {
    /// Nobody looks yet; the driver that was lost with an earlier link may come back.
    pub(super) fn new(lost: Option<LostDriver>) -> Self {
        let (driving, channels) = (Driving::after(lost), Channels::of_viewers());
        let known_driver = driving.writer();
        Self { channels, viewers: HashMap::new(), driving, size: None, known_driver, ended: None }
    }

    /// The size that the last step has brought, to be asked of the holder.
    pub(super) fn take_size(&mut self) -> Option<Room> {
        self.size.take()
    }

    /// Who drives now, or that nobody does, if the holder knows otherwise.
    pub(super) fn take_driver(&mut self) -> Option<Drives> {
        let writer = self.driving.writer();
        (std::mem::replace(&mut self.known_driver, writer) != writer).then_some(Drives { writer })
    }

    /// Gives a viewer the next channel.
    pub(super) fn open(
        &mut self,
        seat: Seat,
        looker: Looker,
        answer: oneshot::Sender<Result<Opened, Refusal>>,
        now: Instant,
    ) -> Result<Channel, Refusal> {
        if let Some(reason) = &self.ended {
            return Err(reason.clone());
        }
        let channel = self.channels.open_next().map_err(crowded)?;
        self.viewers.insert(channel, Viewer::new(seat, channel, answer));
        self.drive(|driving| driving.came(channel, looker, now));
        Ok(channel)
    }

    /// The holder has opened a channel: from now on its frames wait for the client to be told.
    pub(super) fn opened(&mut self, opened: Opened) -> Result<(), Refusal> {
        let Some(viewer) = self.asked(opened.channel)? else { return Ok(()) };
        viewer.opened(opened);
        Ok(())
    }

    /// The holder has refused to open a channel.
    pub(super) fn open_refused(&mut self, refused: &OpenRefused, now: Instant) -> Result<(), Refusal> {
        if self.asked(refused.channel)?.is_some() {
            self.refuse(refused.channel, &refused.reason, now);
        }
        Ok(())
    }

    /// The client has been told: what waited goes out, and nothing waits from now on. Gives the seat back if the channel
    /// was closed meanwhile.
    pub(super) fn release(&mut self, channel: Channel, now: Instant) -> Option<Seat> {
        let viewer = self.viewers.get_mut(&channel)?;
        let Stage::Held { frames, is_over } = std::mem::replace(&mut viewer.stage, Stage::Open) else { return None };
        for frame in frames {
            viewer.seat.send(None, &frame);
        }
        if is_over {
            return self.close(channel, Leaving::Lost, now);
        }
        viewer.settle();
        None
    }

    /// Passes a frame on to whoever looks through its channel, and with it an ack on the same channel that came right before.
    /// A frame that no holder may send ends the link.
    pub(super) fn pass(&mut self, ack: Option<Frame>, frame: Frame, now: Instant) -> Result<Passed, Refusal> {
        let channel = frame.header.channel();
        if self.channels.place(channel)? == channels::Place::Closed {
            return Ok(Passed::On);
        }
        let Some(viewer) = self.viewers.get_mut(&channel) else { return Ok(Passed::On) };
        match &viewer.stage {
            Stage::Asked(_) => return Err(unexpected("channel: a holder opens it before it sends on it")),
            Stage::Held { is_over: true, .. } => return Ok(Passed::On),
            Stage::Held { frames, .. } if frames.len() >= HELD => return Ok(Passed::Overrun(viewer.seat.clone())),
            Stage::Held { .. } | Stage::Open => {}
        }
        let (frame, is_last) = viewer.note(frame)?;
        viewer.pass(ack, frame);
        if let Stage::Held { is_over, .. } = &mut viewer.stage {
            *is_over = is_last;
        } else if is_last {
            return Ok(self.close(channel, Leaving::Lost, now).map_or(Passed::On, Passed::Last));
        }
        viewer.settle();
        Ok(Passed::On)
    }

    /// Closes a channel and gives its seat back; `None` if it was not open. Frames that waited are dropped.
    pub(super) fn close(&mut self, channel: Channel, leaving: Leaving, now: Instant) -> Option<Seat> {
        self.channels.close(channel);
        let seat = self.viewers.remove(&channel).map(|viewer| viewer.seat);
        self.drive(|driving| driving.left(channel, leaving, now));
        seat
    }

    /// Closes a channel from this side and tells the viewer why, in order. Gives the seat back, unless the viewer is yet
    /// to learn of its channel.
    pub(super) fn refuse(&mut self, channel: Channel, reason: &Refusal, now: Instant) -> Option<Seat> {
        let viewer = self.viewers.get_mut(&channel)?;
        match &viewer.stage {
            Stage::Asked(_) => {
                let viewer = self.viewers.remove(&channel)?;
                viewer.not_opened(reason.clone());
                self.close(channel, Leaving::Lost, now);
                None
            }
            Stage::Held { .. } => {
                viewer.end(reason);
                None
            }
            Stage::Open => {
                viewer.end(reason);
                self.close(channel, Leaving::Lost, now)
            }
        }
    }

    /// Closes every channel, for good, and gives the seats back. A driver may come back to the next link.
    pub(super) fn end(&mut self, reason: &Refusal, now: Instant) -> Vec<Seat> {
        self.ended.get_or_insert_with(|| reason.clone());
        let open: Vec<Channel> = self.viewers.keys().copied().collect();
        open.into_iter().filter_map(|channel| self.refuse(channel, reason, now)).collect()
    }

    /// A step of who drives: the viewers it concerns are told.
    pub(super) fn drive(&mut self, step: impl FnOnce(&mut Driving) -> Change) {
        let Change { set, told } = step(&mut self.driving);
        self.size = set.or(self.size);
        for (channel, drives) in told {
            if let Some(viewer) = self.viewers.get_mut(&channel) {
                viewer.tell_drives(drives);
            }
        }
    }

    /// Who drives.
    pub(super) fn driving(&self) -> &Driving {
        &self.driving
    }

    /// Viewers that look now.
    pub(super) fn viewers(&self) -> u32 {
        let open =
            self.viewers.values().filter(|viewer| viewer.seat.is_seen() && !matches!(viewer.stage, Stage::Asked(_)));
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

/// The rule is the circuit's, here it bounds the viewers of one session.
fn crowded(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::Busy => {
            Refusal::new(Code::Busy, format!("session: {VIEWERS} viewers look at it already; close one first"))
        }
        _ => refusal,
    }
}

#[cfg(test)]
mod tests;
