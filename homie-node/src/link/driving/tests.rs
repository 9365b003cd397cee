//! Who drives: the cases people meet, and that no order of steps breaks the rule.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A table and its clock. Viewers are numbered as they come.
struct Rig {
    driving: Driving,
    now: Instant,
    channels: u32,
}

fn size(cols: u16) -> Size {
    Size::new(cols, 24).unwrap()
}

fn room(cols: u16) -> Room {
    Room { size: size(cols), theme: None }
}

/// A visible writer with room for so many columns.
fn writer(number: u8, cols: u16) -> Looker {
    Looker { writer: Some(WriterId::from_bytes([number; 8])), room: Some(room(cols)), visible: true }
}

impl Rig {
    fn new() -> Self {
        Self { driving: Driving::default(), now: Instant::now(), channels: 0 }
    }

    fn came(&mut self, looker: Looker) -> (Channel, Change) {
        let channel = Channel::new(self.channels * 2 + 1);
        self.channels += 1;
        let change = self.driving.came(channel, looker, self.now);
        (channel, change)
    }

    /// Somebody comes and it is not looked at what that changes.
    fn seat(&mut self, looker: Looker) -> Channel {
        self.came(looker).0
    }

    fn wait(&mut self, time: Duration) -> Change {
        self.now += time;
        self.driving.pass(self.now)
    }

    fn show(&mut self, channel: Channel, visible: bool) -> Change {
        self.driving.shown(channel, visible, self.now)
    }

    fn has_room(&mut self, channel: Channel, cols: u16, take: bool) -> Change {
        self.driving.has_room(channel, room(cols), take, self.now)
    }

    fn left(&mut self, channel: Channel, leaving: Leaving) -> Change {
        self.driving.left(channel, leaving, self.now)
    }
}

fn change(set: Option<u16>, told: &[(Channel, bool)]) -> Change {
    Change { set: set.map(room), told: told.to_vec() }
}

#[test]
fn the_first_visible_writer_with_room_drives() {
    let mut rig = Rig::new();
    assert_eq!(rig.came(Looker { writer: None, ..writer(1, 70) }).1, Change::default());
    assert_eq!(rig.came(Looker { visible: false, ..writer(2, 71) }).1, Change::default());
    assert_eq!(rig.came(Looker { room: None, ..writer(3, 72) }).1, Change::default());
    let (first, came) = rig.came(writer(4, 80));
    assert_eq!(came, change(Some(80), &[(first, true)]));
    let (second, came) = rig.came(writer(5, 90));
    assert_eq!(came, Change::default());
    assert!(rig.driving.drives(first) && !rig.driving.drives(second));
}

#[test]
fn the_sizes_of_others_are_remembered_until_they_drive() {
    let mut rig = Rig::new();
    let (first, second) = (rig.seat(writer(1, 80)), rig.seat(writer(2, 90)));
    assert_eq!(rig.has_room(second, 95, false), Change::default());
    assert_eq!(rig.has_room(first, 85, false), change(Some(85), &[]));
    assert_eq!(rig.left(first, Leaving::OnPurpose), change(Some(95), &[(second, true)]));
}

#[test]
fn a_tap_takes_over() {
    let mut rig = Rig::new();
    let (first, second) = (rig.seat(writer(1, 80)), rig.seat(Looker { visible: false, ..writer(2, 90) }));
    assert_eq!(rig.has_room(second, 91, true), change(Some(91), &[(first, false), (second, true)]));
    assert_eq!(rig.has_room(second, 92, true), change(Some(92), &[]));
    assert_eq!(rig.has_room(first, 81, true), change(Some(81), &[(second, false), (first, true)]));
    let watcher = rig.seat(Looker { writer: None, ..writer(3, 70) });
    assert_eq!(rig.has_room(watcher, 70, true), Change::default());
    assert!(rig.driving.drives(first));
}

#[test]
fn a_driver_that_hides_for_five_seconds_drives_no_longer() {
    let mut rig = Rig::new();
    let (first, second) = (rig.seat(writer(1, 80)), rig.seat(writer(2, 90)));
    assert_eq!(rig.show(first, false), Change::default());
    assert_eq!(rig.wait(SECOND * 4), Change::default());
    assert_eq!(rig.show(first, true), Change::default());
    assert_eq!(rig.driving.due(), None);
    assert_eq!(rig.show(first, false), Change::default());
    // Said twice, it does not begin anew.
    rig.wait(SECOND * 4);
    rig.show(first, false);
    assert_eq!(rig.driving.due(), Some(rig.now + SECOND));
    assert_eq!(rig.wait(SECOND), change(Some(90), &[(first, false), (second, true)]));
    assert_eq!(rig.show(first, true), Change::default());
}

#[test]
fn where_nobody_else_looks_it_drives_again_once_it_is_seen() {
    let mut rig = Rig::new();
    let first = rig.seat(writer(1, 80));
    rig.show(first, false);
    assert_eq!(rig.wait(SECOND * 5), change(None, &[(first, false)]));
    assert_eq!(rig.show(first, true), change(Some(80), &[(first, true)]));
}

#[test]
fn a_driver_that_is_lost_drives_on_if_it_comes_back_in_time() {
    let mut rig = Rig::new();
    let (first, second) = (rig.seat(writer(1, 80)), rig.seat(writer(2, 90)));
    assert_eq!(rig.left(first, Leaving::Lost), Change::default());
    rig.wait(SECOND * 4);
    // It says no size: the one it had is remembered, and nothing is set.
    let (again, came) = rig.came(Looker { room: None, ..writer(1, 80) });
    assert_eq!(came, change(None, &[(again, true)]));
    assert_eq!(rig.wait(SECOND * 60), Change::default());
    assert_eq!(rig.left(again, Leaving::Lost), Change::default());
    assert_eq!(rig.wait(SECOND * 5), change(Some(90), &[(second, true)]));
    assert_eq!(rig.came(writer(1, 80)).1, Change::default());
}

#[test]
fn a_driver_that_comes_back_before_it_was_missed_drives_on() {
    let mut rig = Rig::new();
    let first = rig.seat(writer(1, 80));
    let (again, came) = rig.came(writer(1, 81));
    assert_eq!(came, change(Some(81), &[(first, false), (again, true)]));
    assert_eq!(rig.left(first, Leaving::Lost), Change::default());
    assert!(rig.driving.drives(again));
}

#[test]
fn a_driver_is_handed_to_the_next_link() {
    let mut rig = Rig::new();
    rig.seat(writer(1, 80));
    let mut next = Rig { driving: Driving::after(rig.driving.lost(rig.now)), ..rig };
    assert_eq!(next.came(writer(2, 90)).1, Change::default());
    let (again, came) = next.came(Looker { room: None, ..writer(1, 80) });
    assert_eq!(came.told, [(again, true)]);
    assert_eq!(next.left(again, Leaving::OnPurpose).set, Some(room(90)));
}

#[test]
fn colours_go_with_the_size() {
    let theme = |red| {
        let colour = homie_protocol::methods::session::Rgb::new(red, 0, 0);
        Some(Theme { foreground: colour, background: colour, cursor: colour })
    };
    let mut rig = Rig::new();
    let themed =
        |number, cols, red| Looker { room: Some(Room { theme: theme(red), ..room(cols) }), ..writer(number, cols) };
    let (first, _) = rig.came(themed(1, 80, 1));
    let second = rig.seat(themed(2, 90, 2));
    assert_eq!(rig.has_room(first, 81, false).set, Some(Room { theme: theme(1), ..room(81) }));
    assert_eq!(rig.left(first, Leaving::OnPurpose).set, Some(Room { theme: theme(2), ..room(90) }));
    assert!(rig.driving.drives(second));
}

/// What may happen; viewers and writers by their number.
#[derive(Debug, Clone, Copy)]
enum Step {
    Come { writer: Option<u8>, cols: Option<u16>, visible: bool },
    Room { viewer: usize, cols: u16, take: bool },
    Show { viewer: usize, visible: bool },
    Leave { viewer: usize, lost: bool },
    Wait { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let cols = 1..200u16;
    prop_oneof![
        (proptest::option::of(0..4u8), proptest::option::of(cols.clone()), any::<bool>())
            .prop_map(|(writer, cols, visible)| Step::Come { writer, cols, visible }),
        (0..8usize, cols, any::<bool>()).prop_map(|(viewer, cols, take)| Step::Room { viewer, cols, take }),
        (0..8usize, any::<bool>()).prop_map(|(viewer, visible)| Step::Show { viewer, visible }),
        (0..8usize, any::<bool>()).prop_map(|(viewer, lost)| Step::Leave { viewer, lost }),
        (0..7000u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

/// What an onlooker knows: who is there, and what each was told.
#[derive(Default)]
struct Onlooker {
    viewers: Vec<(Channel, Looker)>,
    believes: BTreeMap<Channel, bool>,
}

impl Rig {
    fn driver(&self, onlooker: &Onlooker) -> Option<(Channel, Looker)> {
        onlooker.viewers.iter().copied().find(|(channel, _)| self.driving.drives(*channel))
    }

    fn act(&mut self, step: Step, onlooker: &mut Onlooker) -> Change {
        let at = |viewer: usize| onlooker.viewers.get(viewer).map(|(channel, _)| *channel);
        match step {
            Step::Come { writer, cols, visible } => {
                let writer = writer.map(|number| WriterId::from_bytes([number; 8]));
                let looker = Looker { writer, room: cols.map(room), visible };
                let (channel, change) = self.came(looker);
                onlooker.viewers.push((channel, looker));
                onlooker.believes.insert(channel, false);
                change
            }
            Step::Room { viewer, cols, take } => {
                let Some(channel) = at(viewer) else { return Change::default() };
                onlooker.viewers[viewer].1.room = Some(room(cols));
                onlooker.viewers[viewer].1.visible |= take && onlooker.viewers[viewer].1.writer.is_some();
                self.has_room(channel, cols, take)
            }
            Step::Show { viewer, visible } => {
                let Some(channel) = at(viewer) else { return Change::default() };
                onlooker.viewers[viewer].1.visible = visible;
                self.show(channel, visible)
            }
            Step::Leave { viewer, lost } => {
                let Some(channel) = at(viewer) else { return Change::default() };
                onlooker.viewers.remove(viewer);
                onlooker.believes.remove(&channel);
                self.left(channel, if lost { Leaving::Lost } else { Leaving::OnPurpose })
            }
            Step::Wait { millis } => self.wait(Duration::from_millis(millis)),
        }
    }
}

proptest! {
    #[test]
    fn the_rule_holds_in_every_order(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut rig, mut onlooker) = (Rig::new(), Onlooker::default());
        for step in steps {
            let before = rig.driver(&onlooker);
            let change = rig.act(step, &mut onlooker);
            for (channel, drives) in &change.told {
                if let Some(believes) = onlooker.believes.get_mut(channel) {
                    prop_assert_ne!(std::mem::replace(believes, *drives), *drives, "told what it knew");
                }
            }
            let after = rig.driver(&onlooker);
            for (channel, believes) in &onlooker.believes {
                prop_assert_eq!(*believes, Some(*channel) == after.map(|(channel, _)| channel));
            }
            if let Some((_, looker)) = after {
                prop_assert!(looker.writer.is_some(), "who only looks drives");
                prop_assert!(looker.visible || rig.driving.due().is_some(), "hidden without an end");
            }
            if let Some(set) = change.set {
                prop_assert!(after.is_some(), "a size nobody has");
                let room = after.and_then(|(_, looker)| looker.room);
                prop_assert_eq!(room.unwrap_or(set).size, set.size);
            }
            let someone = onlooker.viewers.iter().any(|(_, looker)| {
                looker.visible && looker.writer.is_some() && looker.room.is_some()
            });
            prop_assert!(!someone || after.is_some() || rig.driving.due().is_some(), "nobody drives who could");
            // A driver that stays and is seen loses it to nobody but who takes over or is itself come back.
            if let (Some((channel, looker)), Step::Wait { .. } | Step::Show { .. }) = (before, step)
                && looker.visible && onlooker.viewers.iter().any(|(there, now)| *there == channel && now.visible)
            {
                prop_assert_eq!(after.map(|(channel, _)| channel), Some(channel));
            }
            prop_assert!(rig.driving.due().is_none_or(|due| rig.now < due && due <= rig.now + GRACE));
        }
    }
}

#[test]
fn the_driver_of_an_earlier_node_is_waited_for() {
    let mut rig = Rig::new();
    let remembered = writer(1, 80).writer.unwrap();
    rig.driving = Driving::after(Some(LostDriver::of_an_earlier_node(remembered, rig.now)));
    assert_eq!(rig.driving.writer(), Some(remembered));
    let (first, came) = rig.came(writer(2, 90));
    assert_eq!(came, Change::default());
    assert_eq!(rig.wait(RETURN.saturating_sub(SECOND)), Change::default());
    let (driver, came) = rig.came(writer(1, 80));
    assert_eq!(came, change(Some(80), &[(driver, true)]));
    assert_eq!(rig.wait(RETURN), Change::default());
    assert!(!rig.driving.drives(first));
}

#[test]
fn the_driver_of_an_earlier_node_is_not_waited_for_for_ever() {
    let mut rig = Rig::new();
    let remembered = writer(1, 80).writer.unwrap();
    rig.driving = Driving::after(Some(LostDriver::of_an_earlier_node(remembered, rig.now)));
    let (first, _) = rig.came(writer(2, 90));
    assert_eq!(rig.driving.due(), Some(rig.now + RETURN));
    assert_eq!(rig.wait(RETURN), change(Some(90), &[(first, true)]));
    let (_, came) = rig.came(writer(1, 80));
    assert_eq!(came, Change::default());
}
