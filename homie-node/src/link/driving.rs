//! Who drives the size of a session's terminal: a table of viewers and one rule, without clock or socket.
//!
//! The first visible viewer that may type and has said for what size it has room drives, until it hides for five seconds,
//! leaves, or another takes over. One whose link alone is lost and who comes back as the same writer within the five
//! seconds goes on driving. When nobody drives any more the next one does, in the order in which they came, and the size
//! it has said last is set. Typing changes nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use homie_protocol::id::{Channel, WriterId};
use homie_protocol::methods::session::{Size, Theme};

/// How long a driver that hides or is lost drives on: a glance at another tab and a change of networks are shorter.
const GRACE: Duration = Duration::from_secs(5);

/// How long the one who drove under an earlier node is waited for: its link was lost with that node, it knocks again every
/// 10 seconds at least, and others may be here before it.
const RETURN: Duration = Duration::from_secs(15);

/// Who drives, and who could. Channels go upwards, so their order is the order in which viewers came.
#[derive(Debug, Default)]
pub(super) struct Driving {
    viewers: BTreeMap<Channel, Looker>,
    driver: Option<Driver>,
}

/// A viewer, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looker {
    /// Who types; a viewer that only looks never drives.
    pub(crate) writer: Option<WriterId>,
    /// The size it has room for, and its colours.
    pub(crate) room: Option<Room>,
    /// Whether a person sees it.
    pub(crate) visible: bool,
}

/// The size a viewer has room for, and its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) size: Size,
    pub(crate) theme: Option<Theme>,
}

/// How a viewer has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It has closed its channel.
    OnPurpose,
    /// Its circuit or channel broke: it may come back.
    Lost,
}

/// What a step has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// The size to set.
    pub(super) set: Option<Room>,
    /// The viewers to tell, in this order, whether they drive.
    pub(super) told: Vec<(Channel, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Driver {
    place: Place,
    /// When it will have been hidden or lost for too long.
    until: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Here(Channel),
    Lost(WriterId, Option<Room>),
}

/// A driver that was lost with the link to its holder, for the next link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LostDriver(Driver);

impl LostDriver {
    /// The one who drove under an earlier node; the holder knows the size.
    pub(crate) fn of_an_earlier_node(writer: WriterId, now: Instant) -> Self {
        Self(Driver { place: Place::Lost(writer, None), until: Some(now + RETURN) })
    }
}

impl Driving {
    /// Nobody looks yet, and somebody may come back.
    pub(super) fn after(lost: Option<LostDriver>) -> Self {
        Self { viewers: BTreeMap::new(), driver: lost.map(|lost| lost.0) }
    }

    /// The driver, which is lost with the link, if it still may come back.
    pub(super) fn lost(&self, now: Instant) -> Option<LostDriver> {
        let driver = self.driver?;
        let place = Place::Lost(self.writer_of(driver)?, self.room_of(driver));
        Some(LostDriver(Driver { place, until: driver.until.or(Some(now + GRACE)) }))
    }

    /// Whether this viewer drives.
    pub(super) fn drives(&self, channel: Channel) -> bool {
        self.driver.is_some_and(|driver| driver.place == Place::Here(channel))
    }

    /// The writer that drives, here or lost.
    pub(super) fn writer(&self) -> Option<WriterId> {
        self.driver.and_then(|driver| self.writer_of(driver))
    }

    /// When to call [`Driving::pass`].
    pub(super) fn due(&self) -> Option<Instant> {
        self.driver.and_then(|driver| driver.until)
    }

    /// Time has passed: a driver that was hidden or lost for too long drives no longer.
    pub(super) fn pass(&mut self, now: Instant) -> Change {
        let mut change = Change::default();
        self.expire(now, &mut change);
        change
    }

    /// A viewer has come.
    pub(super) fn came(&mut self, channel: Channel, mut looker: Looker, now: Instant) -> Change {
        let mut change = self.pass(now);
        let returned = self.driver.filter(|driver| looker.writer.is_some() && self.writer_of(*driver) == looker.writer);
        let Some(driver) = returned else {
            self.viewers.insert(channel, looker);
            self.fill(&mut change);
            return change;
        };
        change.set = looker.room;
        looker.room = looker.room.or(self.room_of(driver));
        self.viewers.insert(channel, looker);
        let until = (!looker.visible).then(|| driver.until.unwrap_or(now + GRACE));
        self.hand_over(channel, until, &mut change);
        change
    }

    /// A viewer says for what size it has room, and may take over. What only looks never does.
    pub(super) fn has_room(&mut self, channel: Channel, room: Room, take: bool, now: Instant) -> Change {
        let mut change = self.pass(now);
        let Some(viewer) = self.viewers.get_mut(&channel) else { return change };
        let room = Room { theme: room.theme.or(viewer.room.and_then(|room| room.theme)), ..room };
        viewer.room = Some(room);
        if take && viewer.writer.is_some() {
            // Somebody has asked for it just now, so somebody sees it.
            viewer.visible = true;
            self.hand_over(channel, None, &mut change);
        }
        if self.drives(channel) {
            change.set = Some(room);
        }
        self.fill(&mut change);
        change
    }

    /// A viewer is seen now, or no longer.
    pub(super) fn shown(&mut self, channel: Channel, visible: bool, now: Instant) -> Change {
        let mut change = self.pass(now);
        let Some(viewer) = self.viewers.get_mut(&channel) else { return change };
        viewer.visible = visible;
        if let Some(driver) = self.driver.as_mut().filter(|driver| driver.place == Place::Here(channel)) {
            driver.until = if visible { None } else { driver.until.or(Some(now + GRACE)) };
        }
        self.fill(&mut change);
        change
    }

    /// A viewer has left.
    pub(super) fn left(&mut self, channel: Channel, leaving: Leaving, now: Instant) -> Change {
        let mut change = self.pass(now);
        let Some(viewer) = self.viewers.remove(&channel) else { return change };
        let Some(driver) = self.driver.filter(|driver| driver.place == Place::Here(channel)) else { return change };
        self.driver = match (viewer.writer, leaving) {
            (Some(writer), Leaving::Lost) => {
                let until = driver.until.or(Some(now + GRACE));
                Some(Driver { place: Place::Lost(writer, viewer.room), until })
            }
            (_, Leaving::OnPurpose) | (None, Leaving::Lost) => None,
        };
        self.fill(&mut change);
        change
    }

    fn expire(&mut self, now: Instant, change: &mut Change) {
        let Some(driver) = self.driver.filter(|driver| driver.until.is_some_and(|until| until <= now)) else { return };
        self.driver = None;
        if let Place::Here(channel) = driver.place {
            change.told.push((channel, false));
        }
        self.fill(change);
    }

    /// If nobody drives, the first that can does.
    fn fill(&mut self, change: &mut Change) {
        if self.driver.is_some() {
            return;
        }
        let can_drive = |viewer: &Looker| viewer.visible && viewer.writer.is_some() && viewer.room.is_some();
        let Some((channel, viewer)) = self.viewers.iter().find(|(_, viewer)| can_drive(viewer)) else { return };
        change.set = viewer.room;
        let channel = *channel;
        self.hand_over(channel, None, change);
    }

    fn hand_over(&mut self, channel: Channel, until: Option<Instant>, change: &mut Change) {
        let before = self.driver.replace(Driver { place: Place::Here(channel), until });
        match before.map(|driver| driver.place) {
            Some(Place::Here(other)) if other == channel => return,
            Some(Place::Here(other)) => change.told.push((other, false)),
            Some(Place::Lost(..)) | None => {}
        }
        change.told.push((channel, true));
    }

    fn writer_of(&self, driver: Driver) -> Option<WriterId> {
        match driver.place {
            Place::Here(channel) => self.viewers.get(&channel)?.writer,
            Place::Lost(writer, _) => Some(writer),
        }
    }

    fn room_of(&self, driver: Driver) -> Option<Room> {
        match driver.place {
            Place::Here(channel) => self.viewers.get(&channel)?.room,
            Place::Lost(_, room) => room,
        }
    }
}

#[cfg(test)]
mod tests;
