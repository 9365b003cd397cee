//! The link to one holder: the channels opened on it, and who looks through each.
//!
//! Frames are passed on as they are, but for the channel's number: [`Link::input`] towards the holder, [`Link::pass`]
//! towards the client. Both are called by whoever has read the frame, wait for nothing and copy nothing.

use std::sync::Mutex;

use homie_circuit::{Frame, FrameWriter};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::control::Empty;
use homie_protocol::frame::Header;
use homie_protocol::holder::{Close, Done, Open, OpenRefused, Opened, Resize, ToHolder};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::methods::session::Size;
use tokio::sync::{Notify, oneshot};

use crate::lock::locked;

mod asks;
pub(crate) mod connect;
pub(crate) mod keeper;
mod pump;
mod seat;
mod seats;
mod wishes;

use asks::Asks;
pub(crate) use asks::DoneAnswer;
pub(crate) use seat::Seat;
use seats::{Place, Seats};

/// The link to one holder.
#[derive(Debug)]
pub(crate) struct Link {
    writer: FrameWriter,
    seats: Mutex<Seats>,
    asks: Mutex<Asks>,
    viewers_changed: Notify,
}

/// What a viewer wants of a holder.
pub(crate) type Wish = Open;

/// What the holder says to a wish; an error of the receiver means that the link ended before.
pub(crate) type Answer = oneshot::Receiver<Result<Opened, Refusal>>;

impl Link {
    pub(crate) fn new(writer: FrameWriter) -> Self {
        Self { writer, seats: Mutex::default(), asks: Mutex::default(), viewers_changed: Notify::new() }
    }

    /// Opens a channel for a viewer; frames of it wait until [`Link::release`]. The wish's channel is chosen here.
    pub(crate) fn open(&self, wish: Wish, seat: Seat) -> Result<(Channel, Answer), Refusal> {
        let (answer_tx, answer_rx) = oneshot::channel();
        // Numbers must go up on the wire too, so the wish is sent before the next number is given.
        let mut seats = locked(&self.seats);
        let channel = seats.open(seat, answer_tx)?;
        self.tell(&ToHolder::Open(Open { channel, ..wish }))?;
        Ok((channel, answer_rx))
    }

    /// The response to the viewer is out: what waited follows it, and everything later goes straight through.
    pub(crate) fn release(&self, channel: Channel) {
        let freed = locked(&self.seats).release(channel);
        self.free(freed);
    }

    /// Closes a viewer's channel, without a word to the viewer.
    pub(crate) fn close(&self, channel: Channel) {
        if locked(&self.seats).close(channel).is_some() {
            self.close_at_holder(channel);
        }
    }

    /// Closes a viewer's channel and tells both sides.
    pub(crate) fn refuse(&self, channel: Channel, reason: &Refusal) {
        let freed = locked(&self.seats).refuse(channel, reason);
        self.close_at_holder(channel);
        self.free(freed);
    }

    /// Passes a client's input or acknowledgement on. A link that is down loses it: its pump is about to say so.
    pub(crate) fn input(&self, channel: Channel, header: Header, payload: &[u8]) -> Result<(), Refusal> {
        let header = header.on_channel(channel)?;
        let _gone = self.writer.send(header, payload);
        Ok(())
    }

    /// Passes a frame of the holder's on to whoever looks through its channel.
    pub(crate) fn pass(&self, frame: Frame) -> Result<(), Refusal> {
        let place = locked(&self.seats).place(frame)?;
        match place {
            Place::Viewer(seat, frame) => seat.send(&frame),
            Place::Last(seat, frame) => {
                seat.send(&frame);
                self.free([seat]);
            }
            Place::Overrun(seat) => seat.circuit.overrun(),
            Place::Nowhere => {}
        }
        Ok(())
    }

    /// The holder has opened a channel.
    pub(crate) fn opened(&self, opened: Opened) -> Result<(), Refusal> {
        locked(&self.seats).opened(opened)?;
        self.viewers_changed.notify_one();
        Ok(())
    }

    /// The holder has refused to open a channel.
    pub(crate) fn open_refused(&self, refused: &OpenRefused) -> Result<(), Refusal> {
        locked(&self.seats).open_refused(refused)
    }

    /// The link has ended: every viewer is told, and no other gets in.
    pub(crate) fn end(&self, reason: &Refusal) {
        let freed = locked(&self.seats).end(reason);
        self.free(freed);
        locked(&self.asks).end(reason);
        self.writer.close();
    }

    /// Sets the terminal's size.
    pub(crate) fn resize(&self, size: Size) -> Result<(), Refusal> {
        self.tell(&ToHolder::Resize(Resize { size, theme: None }))
    }

    /// Asks for something that is answered. `wish` gets its number.
    fn ask(&self, wish: impl FnOnce(u32) -> ToHolder) -> Result<DoneAnswer, Refusal> {
        let (number, answer) = locked(&self.asks).add()?;
        self.tell(&wish(number))?;
        Ok(answer)
    }

    /// The holder has answered a wish.
    pub(crate) fn done(&self, done: Done) -> Result<(), Refusal> {
        locked(&self.asks).done(done)
    }

    /// Nobody will ask for this session again: its holder may end.
    pub(crate) fn bury(&self) {
        // A holder that cannot be told is gone already.
        let _gone = self.tell(&ToHolder::Bury(Empty {}));
    }

    /// Viewers that look now.
    pub(crate) fn viewers(&self) -> u32 {
        locked(&self.seats).viewers()
    }

    /// Waits for a viewer that comes or goes.
    pub(crate) async fn viewers_changed(&self) {
        self.viewers_changed.notified().await;
    }

    /// Waits until nothing more can be said to the holder: it does not read, or the socket broke.
    pub(crate) async fn closed(&self) {
        self.writer.closed().await;
    }

    fn free(&self, seats: impl IntoIterator<Item = Seat>) {
        for seat in seats {
            seat.free();
            self.viewers_changed.notify_one();
        }
    }

    fn close_at_holder(&self, channel: Channel) {
        self.viewers_changed.notify_one();
        // A holder that cannot be told is gone, and the channel with it.
        let _gone = self.tell(&ToHolder::Close(Close { channel }));
    }

    fn tell(&self, message: &ToHolder) -> Result<(), Refusal> {
        let payload = codec::encode(message)?;
        self.writer
            .control(Channel::CIRCUIT, Offset::ZERO, &payload)
            .map_err(|_| Refusal::new(Code::Unreachable, "session: the link to its holder broke; try again"))
    }
}
