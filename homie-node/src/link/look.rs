//! How a viewer looks: visible or not, with how much room, with which part of its connection; and the snapshot it asks for.

use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Resize, SendSnapshot, Share, ToHolder};
use homie_protocol::id::Channel;
use homie_protocol::methods::session::{Size, Theme};

use super::seats::Seats;
use super::{Link, LostDriver, Room};

impl Link {
    /// Sets the size by hand. Whoever drives goes on driving.
    pub(crate) fn resize(&self, size: Size, theme: Option<Theme>) -> Result<(), Refusal> {
        self.with_seats(|_, _| self.tell(&ToHolder::Resize(Resize { size, theme })))
    }

    /// A viewer has this much room, and may take over. Whether it drives now.
    pub(crate) fn has_room(&self, channel: Channel, room: Room, take: bool) -> bool {
        let drives = self.with_seats(|seats, now| {
            seats.drive(|driving| driving.has_room(channel, room, take, now));
            seats.driving().drives(channel)
        });
        self.viewers_changed.notify_one();
        drives
    }

    /// A person sees a viewer, or does no longer.
    pub(crate) fn show(&self, channel: Channel, visible: bool) {
        self.with_seats(|seats, now| seats.drive(|driving| driving.shown(channel, visible, now)));
        self.viewers_changed.notify_one();
    }

    /// Whether a viewer drives the size.
    pub(crate) fn drives(&self, channel: Channel) -> bool {
        self.with_seats(|seats, _| seats.driving().drives(channel))
    }

    /// When [`Link::pass_time`] is to be called; it is told anew whenever viewers change.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.with_seats(|seats, _| seats.driving().due())
    }

    /// Whoever has hidden or was lost for too long drives no longer.
    pub(crate) fn pass_time(&self) {
        self.with_seats(|seats, now| seats.drive(|driving| driving.pass(now)));
    }

    /// The driver, for the link that follows this one.
    pub(crate) fn lost_driver(&self) -> Option<LostDriver> {
        self.with_seats(|seats, now| seats.driving().lost(now))
    }

    /// Asks for a snapshot on a viewer's channel.
    pub(crate) fn snapshot(&self, channel: Channel, history: u32) -> Result<(), Refusal> {
        self.tell(&ToHolder::Snapshot(SendSnapshot { channel, history }))
    }

    /// A viewer has one part of so many of its connection. A holder that cannot be told is gone.
    pub(crate) fn share(&self, channel: Channel, of: u16) {
        let _gone = self.tell(&ToHolder::Share(Share { channel, of }));
    }

    /// What has pipes has no size.
    pub(crate) fn check_terminal(&self) -> Result<(), Refusal> {
        if self.memory.is_some_and(|memory| memory.pipes) {
            let words = "size: this program has pipes and no terminal, so it has no size; leave it out";
            return Err(Refusal::new(Code::WrongState, words));
        }
        Ok(())
    }

    /// Tells the holder the size that a step has brought, and who drives now. A holder that cannot be told is gone.
    pub(super) fn tell_due(&self, seats: &mut Seats) {
        if let Some(Room { size, theme }) = seats.take_size() {
            let _gone = self.tell(&ToHolder::Resize(Resize { size, theme }));
        }
        if let Some(drives) = seats.take_driver().filter(|_| self.memory.is_some()) {
            let _gone = self.tell(&ToHolder::Driver(drives));
        }
    }
}
