//! Whether a viewer of the screen has fallen behind, and when it gets a skip instead of what it has missed. Pure.
//!
//! One that has fallen behind rests at an offset at which it is remembered what showed. It gets a skip from there when half
//! of what flies has come down, at most four a second; soon after it has typed something, for that is to be seen, and
//! sooner again than others for a while, should the program not have answered yet. It goes on byte by byte when its window
//! has room for all that waits.

use homie_protocol::id::Offset;
use homie_protocol::machine::viewer::{Kept, Viewer};

use crate::screen::Marks;

/// Bytes that may wait for any viewer: they take half a second at 125 KB/s, and are gone before it is noticed elsewhere.
const FEW: u64 = 64 * 1024;

/// Bytes that wait, beyond which no window helps: more, and the ring might overwrite them.
const MANY: u64 = 384 * 1024;

/// Microseconds between two skips: an eye follows no more.
const BETWEEN: u64 = 250_000;

/// Microseconds that a program has to answer what was typed before it is shown.
const ANSWERS_WITHIN: u64 = 5_000;

/// Microseconds between the skip for what was typed and the next: a flood that ^C ends goes on for a moment, and the prompt
/// behind it is what is waited for. The one after that comes four times as much later, and so on up to [`BETWEEN`].
const LOOKS_AGAIN: u64 = 15_000;

/// Microseconds after which a skip is asked for again, should the screen have been lost.
const ASKED_AGAIN: u64 = 50_000;

/// Bytes of a skip that are worth sending: a few rows.
const LEAST: u64 = 2 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Lagging {
    rests: bool,
    /// Bytes in flight when it began to rest, or after its last skip.
    flown: u64,
    skipped_at: Option<u64>,
    asked_at: Option<u64>,
    /// When what it has typed is to be shown.
    shows_at: Option<u64>,
    /// Microseconds between its last skip and the next, while they are fewer than [`BETWEEN`].
    hurries: Option<u64>,
}

/// How output goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Byte by byte.
    Goes,
    /// Byte by byte up to here.
    GoesTo(Offset),
    /// Not at all: a skip will come.
    Rests,
}

impl Lagging {
    pub(crate) fn look(&mut self, viewer: &Viewer, kept: Kept, marks: &Marks) -> Pace {
        let waiting = kept.end.since(viewer.next());
        if self.rests {
            self.rests = waiting > viewer.room();
            return if self.rests { Pace::Rests } else { Pace::Goes };
        }
        if waiting <= viewer.room() {
            return Pace::Goes;
        }
        if waiting <= (2 * viewer.window()).clamp(FEW, MANY) {
            // Should more come, it is to stand where it can rest.
            let reach = viewer.next().plus(viewer.room());
            return marks.within(viewer.next(), reach).map_or(Pace::Goes, Pace::GoesTo);
        }
        if viewer.next() < kept.start || !marks.has(viewer.next()) {
            return Pace::GoesTo(marks.after(viewer.next()));
        }
        (self.rests, self.flown, self.shows_at) = (true, viewer.in_flight(), None);
        Pace::Rests
    }

    /// A skip from where this viewer rests is due: how many bytes it may have.
    pub(crate) fn due(&mut self, now: u64, viewer: &Viewer) -> Option<usize> {
        if !self.rests || self.due_at(viewer).is_none_or(|due| now < due) {
            return None;
        }
        self.asked_at = Some(now);
        usize::try_from((viewer.window() / 2).max(LEAST)).ok()
    }

    /// When there is something to do, if nothing happens before.
    pub(crate) fn deadline(&self, viewer: &Viewer) -> Option<u64> {
        let due = self.due_at(viewer).filter(|_| self.rests)?;
        Some(self.asked_at.map_or(due, |asked| due.max(asked + ASKED_AGAIN)))
    }

    fn due_at(&self, viewer: &Viewer) -> Option<u64> {
        let is_down = 2 * viewer.in_flight() <= self.flown;
        let next = self.skipped_at.map_or(0, |at| at + self.hurries.unwrap_or(BETWEEN));
        self.shows_at.into_iter().chain(is_down.then_some(next)).min()
    }

    /// Whether it waits to see what it has typed: then a skip does not wait until the one before is shown.
    pub(crate) fn hastens(&self, now: u64) -> bool {
        self.shows_at.is_some_and(|at| now >= at)
    }

    /// Whether a skip from this offset is what it waits for.
    pub(crate) fn rests_at(&self, viewer: &Viewer, since: Offset) -> bool {
        self.rests && viewer.next() == since
    }

    /// What this viewer has typed reached the terminal.
    pub(crate) fn typed(&mut self, now: u64) {
        self.hurries = Some(LOOKS_AGAIN);
        if self.rests && self.shows_at.is_none() {
            self.shows_at = Some(now + ANSWERS_WITHIN);
        }
    }

    /// A snapshot or a skip has been sent.
    pub(crate) fn shown_all(&mut self, now: u64, viewer: &Viewer) {
        let hurries = if self.shows_at.is_some() { self.hurries } else { self.hurries.and_then(slower) };
        *self = Self {
            flown: viewer.in_flight(),
            skipped_at: Some(now),
            asked_at: None,
            shows_at: None,
            hurries,
            rests: self.rests,
        };
    }
}

/// Four times as much, while that is still a hurry.
fn slower(hurry: u64) -> Option<u64> {
    Some(4 * hurry).filter(|next| *next < BETWEEN)
}

#[cfg(test)]
mod tests {
    use homie_protocol::machine::window::Class;

    use super::*;

    const SECOND: u64 = 1_000_000;

    fn at(position: u64) -> Offset {
        Offset::new(position).unwrap()
    }

    fn kept(end: u64) -> Kept {
        Kept { start: Offset::ZERO, end: at(end) }
    }

    /// A viewer that has been sent its first frame, and where the screen thread is.
    fn flying() -> (Viewer, Lagging, Marks) {
        let (mut viewer, _) = Viewer::open(0, Class::Viewer, None, kept(0)).unwrap();
        viewer.sent(0, 1_000);
        (viewer, Lagging::default(), Marks::default())
    }

    #[test]
    fn a_little_waits_and_much_is_skipped() {
        let (viewer, mut lagging, marks) = flying();
        assert_eq!(lagging.look(&viewer, kept(FEW), &marks), Pace::GoesTo(at(viewer.window())));
        assert_eq!(lagging.look(&viewer, kept(FEW + 2_000), &marks), Pace::Rests);
        // It rests until there is room for all of it.
        assert_eq!(lagging.look(&viewer, kept(FEW), &marks), Pace::Rests);
        assert_eq!(lagging.look(&viewer, kept(2_000), &marks), Pace::Goes);
    }

    #[test]
    fn one_that_stands_where_nothing_is_remembered_goes_to_where_something_is() {
        let (viewer, mut lagging, mut marks) = flying();
        marks.hand_over(at(30_000), &[at(200)]);
        marks.hand_over(at(200_000), &[at(200)]);
        assert_eq!(lagging.look(&viewer, kept(200_000), &marks), Pace::GoesTo(at(200 + 1024)));
    }

    #[test]
    fn a_skip_comes_when_half_has_come_down_and_four_times_a_second() {
        let (mut viewer, mut lagging, marks) = flying();
        lagging.look(&viewer, kept(100_000), &marks);
        assert_eq!((lagging.due(SECOND, &viewer), lagging.deadline(&viewer)), (None, None));
        viewer.acknowledge(10, at(500)).unwrap();
        assert!(lagging.due(SECOND, &viewer).is_some());
        // It is not asked for again at once, whatever becomes of it.
        assert_eq!(lagging.deadline(&viewer), Some(SECOND + ASKED_AGAIN));
        viewer.snapshot(SECOND, at(100_000), 4_000);
        lagging.shown_all(SECOND, &viewer);
        assert_eq!(lagging.look(&viewer, kept(400_000), &marks), Pace::Rests);
        viewer.show(SECOND + 1, at(100_000)).unwrap();
        assert_eq!(lagging.due(SECOND + 2, &viewer), None);
        assert_eq!(lagging.deadline(&viewer), Some(SECOND + BETWEEN));
        assert!(lagging.due(SECOND + BETWEEN, &viewer).is_some());
    }

    #[test]
    fn what_it_types_is_shown_soon_whatever_flies() {
        let (viewer, mut lagging, marks) = flying();
        lagging.typed(5);
        assert!(!lagging.hastens(SECOND), "its echo comes byte by byte");
        lagging.look(&viewer, kept(100_000), &marks);
        lagging.typed(SECOND);
        lagging.typed(SECOND + 4_000);
        assert_eq!(lagging.deadline(&viewer), Some(SECOND + ANSWERS_WITHIN));
        assert_eq!(lagging.due(SECOND + ANSWERS_WITHIN - 1, &viewer), None);
        assert!(lagging.hastens(SECOND + ANSWERS_WITHIN));
        assert!(lagging.due(SECOND + ANSWERS_WITHIN, &viewer).is_some());
        lagging.shown_all(SECOND + ANSWERS_WITHIN, &viewer);
        assert!(!lagging.hastens(2 * SECOND));
    }

    #[test]
    fn an_answer_that_takes_its_time_is_looked_for_again_and_again() {
        let (mut viewer, mut lagging, marks) = flying();
        viewer.acknowledge(10, at(1_000)).unwrap();
        lagging.look(&viewer, kept(100_000), &marks);
        lagging.shown_all(SECOND, &viewer);
        lagging.typed(SECOND);
        // What is typed meanwhile changes nothing: the first skip is due.
        lagging.typed(SECOND + 1_000);
        let mut now = SECOND + ANSWERS_WITHIN;
        for next in [LOOKS_AGAIN, 4 * LOOKS_AGAIN, 16 * LOOKS_AGAIN, BETWEEN] {
            assert!(lagging.due(now, &viewer).is_some(), "at {now}");
            lagging.shown_all(now, &viewer);
            assert_eq!(lagging.due(now + next - 1, &viewer), None);
            assert_eq!(lagging.deadline(&viewer), Some(now + next));
            now += next;
        }
    }

    #[test]
    fn a_look_again_does_not_overtake_what_flies() {
        let (mut viewer, mut lagging, marks) = flying();
        lagging.look(&viewer, kept(100_000), &marks);
        lagging.typed(SECOND);
        viewer.snapshot(SECOND, at(100_000), 4_000);
        lagging.shown_all(SECOND + ANSWERS_WITHIN, &viewer);
        assert_eq!(lagging.due(2 * SECOND, &viewer), None);
    }
}
