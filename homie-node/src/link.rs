//! The link to one holder: the channels opened on it, and who looks through each.
//!
//! Frames are passed on as they are, but for the channel's number: [`Link::input`] towards the holder, [`Link::pass`]
//! towards the client. Both are called by whoever has read the frame, wait for nothing and copy nothing.

use std::sync::Mutex;
use std::time::Instant as StdInstant;

use homie_circuit::{Frame, FrameWriter};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::frame::Header;
use homie_protocol::holder::{Close, HolderMemory, Open, OpenRefused, Opened, ToHolder};
use homie_protocol::id::{Channel, Offset};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::lock::locked;

mod asks;
pub(crate) mod connect;
mod driving;
pub(crate) mod keeper;
mod look;
mod pump;
mod seat;
mod seats;
mod wishes;

use asks::Asks;
pub(crate) use asks::{Answer as WishAnswer, DoneAnswer};
pub(crate) use driving::{Leaving, Looker, LostDriver, Room};
pub(crate) use seat::Seat;
use seats::{Passed, Seats};
pub(crate) use wishes::Sought;

/// The link to one holder.
#[derive(Debug)]
pub(crate) struct Link {
    writer: FrameWriter,
    /// What it said of itself; a holder of version 1 says nothing, and remembers nothing.
    memory: Option<HolderMemory>,
    seats: Mutex<Seats>,
    asks: Mutex<Asks>,
    viewers_changed: Notify,
}

/// What a viewer wants of a holder.
pub(crate) type Wish = Open;

/// What the holder says to a wish; an error of the receiver means that the link ended before.
pub(crate) type Answer = oneshot::Receiver<Result<Opened, Refusal>>;

impl Link {
    /// A link that is up. The driver that was lost with an earlier one, or with an earlier node, may come back.
    pub(crate) fn new(writer: FrameWriter, memory: Option<HolderMemory>, lost: Option<LostDriver>) -> Self {
        let remembered = || {
            let driver = memory?.driver?;
            Some(LostDriver::of_an_earlier_node(driver, Instant::now().into_std()))
        };
        let seats = Mutex::new(Seats::new(lost.or_else(remembered)));
        Self { writer, memory, seats, asks: Mutex::default(), viewers_changed: Notify::new() }
    }

    /// Opens a channel for a viewer; frames of it wait until [`Link::release`]. The wish's channel is chosen here. If the
    /// viewer drives, its size is set first.
    pub(crate) fn open(&self, wish: Wish, seat: Seat, looker: Looker) -> Result<(Channel, Answer), Refusal> {
        if looker.room.is_some() {
            self.check_terminal()?;
        }
        let (answer_tx, answer_rx) = oneshot::channel();
        let channel = self.with_seats(|seats, now| {
            let channel = seats.open(seat, looker, answer_tx, now)?;
            self.tell_due(seats);
            // Numbers must go up on the wire too, so the wish is sent before the next number is given.
            self.tell(&ToHolder::Open(Open { channel, ..wish }))?;
            Ok::<_, Refusal>(channel)
        })?;
        self.viewers_changed.notify_one();
        Ok((channel, answer_rx))
    }

    /// The response to the viewer is out: what waited follows it, and everything later goes straight through.
    pub(crate) fn release(&self, channel: Channel) {
        let freed = self.with_seats(|seats, now| seats.release(channel, now));
        self.free(freed);
    }

    /// Closes a viewer's channel, without a word to the viewer.
    pub(crate) fn close(&self, channel: Channel, leaving: Leaving) {
        if self.with_seats(|seats, now| seats.close(channel, leaving, now)).is_some() {
            self.close_at_holder(channel, leaving == Leaving::Lost);
        }
    }

    /// Closes a viewer's channel and tells both sides.
    pub(crate) fn refuse(&self, channel: Channel, reason: &Refusal) {
        let freed = self.with_seats(|seats, now| seats.refuse(channel, reason, now));
        self.close_at_holder(channel, true);
        self.free(freed);
    }

    /// Passes a client's input or acknowledgement on. A link that is down loses it: its pump is about to say so.
    pub(crate) fn input(&self, channel: Channel, header: Header, payload: &[u8]) -> Result<(), Refusal> {
        let header = header.on_channel(channel)?;
        let _gone = self.writer.send(header, payload);
        Ok(())
    }

    /// Passes a frame of the holder's on to whoever looks through its channel, and with it an ack that came right before.
    pub(crate) fn pass(&self, ack: Option<Frame>, frame: Frame) -> Result<(), Refusal> {
        match self.with_seats(|seats, now| seats.pass(ack, frame, now))? {
            Passed::On => {}
            Passed::Last(seat) => self.free([seat]),
            Passed::Overrun(seat) => seat.overrun(),
        }
        Ok(())
    }

    /// The holder has opened a channel.
    pub(crate) fn opened(&self, opened: Opened) -> Result<(), Refusal> {
        self.with_seats(|seats, _| seats.opened(opened))?;
        self.viewers_changed.notify_one();
        Ok(())
    }

    /// The holder has refused to open a channel.
    pub(crate) fn open_refused(&self, refused: &OpenRefused) -> Result<(), Refusal> {
        self.with_seats(|seats, now| seats.open_refused(refused, now))
    }

    /// The link has ended: every viewer is told, and no other gets in.
    pub(crate) fn end(&self, reason: &Refusal) {
        let freed = self.with_seats(|seats, now| seats.end(reason, now));
        self.free(freed);
        locked(&self.asks).end(reason);
        self.writer.close();
    }

    /// Viewers that look now.
    pub(crate) fn viewers(&self) -> u32 {
        self.with_seats(|seats, _| seats.viewers())
    }

    /// Waits for a viewer that comes, goes, hides or shows.
    pub(crate) async fn viewers_changed(&self) {
        self.viewers_changed.notified().await;
    }

    /// Waits until nothing more can be said to the holder: it does not read, or the socket broke.
    pub(crate) async fn closed(&self) {
        self.writer.closed().await;
    }

    /// A step of the table. The size it brings is asked of the holder before the next step, so that the last one counts.
    fn with_seats<T>(&self, step: impl FnOnce(&mut Seats, StdInstant) -> T) -> T {
        let mut seats = locked(&self.seats);
        let outcome = step(&mut seats, Instant::now().into_std());
        self.tell_due(&mut seats);
        outcome
    }

    fn free(&self, seats: impl IntoIterator<Item = Seat>) {
        for seat in seats {
            seat.free();
            self.viewers_changed.notify_one();
        }
    }

    fn close_at_holder(&self, channel: Channel, lost: bool) {
        self.viewers_changed.notify_one();
        // A holder that cannot be told is gone, and the channel with it.
        let _gone = self.tell(&ToHolder::Close(Close { channel, lost }));
    }

    fn tell(&self, message: &ToHolder) -> Result<(), Refusal> {
        let payload = codec::encode(message)?;
        self.writer
            .control(Channel::CIRCUIT, Offset::ZERO, &payload)
            .map_err(|_| Refusal::new(Code::Unreachable, "session: the link to its holder broke; try again"))
    }
}

#[cfg(test)]
mod recorded;
