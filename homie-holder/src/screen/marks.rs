//! The offsets at which the screen thread remembers what showed, for viewers that fall behind.
//!
//! It is asked to remember while it takes output: so every offset that it has not come to can be one, and of those before
//! it only the ones that were asked for are. Those that no viewer can come to any more are forgotten.

use std::collections::BTreeSet;

use homie_protocol::id::Offset;

/// Ends of pieces that are remembered for viewers on their way to one: some milliseconds of a flood.
const ENDS: usize = 32;

/// Where a viewer may come to with what its window has room for: a probe's length, and steps of a small window.
const STEPS: [u64; 9] = [1, 4, 8, 12, 16, 20, 24, 28, 32];

/// Viewers for whose next steps it is remembered. The others go to the end of a piece.
const STEPPING: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Marks {
    taken: BTreeSet<Offset>,
    /// All output before this has been handed over.
    handed: Offset,
}

impl Marks {
    /// Whether it is remembered what showed here, or will be.
    pub(crate) fn has(&self, at: Offset) -> bool {
        at >= self.handed || self.taken.contains(&at)
    }

    /// The first offset behind this one of which that can be said.
    pub(crate) fn after(&self, at: Offset) -> Offset {
        let next = at.plus(1);
        self.taken.range(next..).next().copied().unwrap_or(self.handed).max(next).min(self.handed.max(next))
    }

    /// The farthest such offset behind this one, at most `to`.
    pub(crate) fn within(&self, at: Offset, to: Offset) -> Option<Offset> {
        let farthest = if to >= self.handed { Some(to) } else { self.taken.range(..=to).next_back().copied() };
        farthest.filter(|found| *found > at)
    }

    /// Output up to `end` is handed over. Gives the offsets to remember in it: where those stand who are behind, and its end.
    pub(crate) fn hand_over(&mut self, end: Offset, behind: &[Offset]) -> Vec<Offset> {
        let from = self.handed;
        self.handed = end;
        let steps = behind.iter().take(STEPPING).flat_map(|at| steps(*at));
        let mut wanted: Vec<Offset> =
            behind.iter().copied().chain(steps).filter(|at| (from..end).contains(at)).collect();
        if !behind.is_empty() {
            wanted.push(end);
        }
        wanted.sort_unstable();
        wanted.dedup();
        self.taken.extend(&wanted);
        wanted
    }

    /// A snapshot was made here: whoever is sent it stands here.
    pub(super) fn made(&mut self, at: Offset) {
        self.taken.insert(at);
    }

    /// What is still needed, when those who are behind stand here. The rest is forgotten.
    pub(super) fn keep(&mut self, behind: &[Offset]) -> Vec<Offset> {
        let first = behind.iter().min().copied().unwrap_or(self.handed);
        let ends = self.taken.range(first..).rev().take(ENDS).last().copied().unwrap_or(first);
        let near: BTreeSet<Offset> =
            behind.iter().take(STEPPING).flat_map(|at| steps(*at)).chain(behind.iter().copied()).collect();
        self.taken.retain(|at| *at >= ends || near.contains(at));
        self.taken.iter().copied().collect()
    }

    /// The screen is a new one: it remembers nothing, and begins here.
    pub(super) fn begin_again(&mut self, at: Offset) {
        self.taken.clear();
        self.handed = at;
    }
}

fn steps(at: Offset) -> impl Iterator<Item = Offset> {
    STEPS.into_iter().map(move |kilobytes| at.plus(kilobytes * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: u64) -> Offset {
        Offset::new(position).unwrap()
    }

    #[test]
    fn where_somebody_stands_is_remembered_and_the_end_of_each_piece() {
        let mut marks = Marks::default();
        assert_eq!(marks.hand_over(at(100), &[]), []);
        assert_eq!((marks.has(at(50)), marks.has(at(100)), marks.has(at(101))), (false, true, true));
        let behind = [at(20), at(100), at(150), at(200)];
        assert_eq!(marks.hand_over(at(200), &behind), [at(100), at(150), at(200)]);
        assert_eq!((marks.has(at(150)), marks.has(at(151)), marks.has(at(200))), (true, false, true));
        assert_eq!((marks.after(at(20)), marks.after(at(100)), marks.after(at(150))), (at(100), at(150), at(200)));
        assert_eq!(marks.after(at(300)), at(301));
        assert_eq!(marks.within(at(100), at(160)), Some(at(150)));
        assert_eq!((marks.within(at(150), at(199)), marks.within(at(150), at(299))), (None, Some(at(299))));
        assert_eq!(marks.within(at(150), at(150)), None);
        assert!(marks.hand_over(at(9_000), &[at(200)]).contains(&at(200 + 4 * 1024)));
    }

    #[test]
    fn what_nobody_can_come_to_is_forgotten_and_what_is_kept_is_bounded() {
        let mut marks = Marks::default();
        for end in 1..=1000 {
            marks.hand_over(at(end * 10), &[at(5)]);
            assert!(marks.keep(&[at(5)]).len() <= ENDS + 1 + STEPS.len());
        }
        assert!(marks.has(at(5)), "somebody stands there");
        assert_eq!(marks.after(at(5)), at(5 + 1024));
        assert_eq!(marks.keep(&[at(9_705)]).first(), Some(&at(9_710)));
        marks.begin_again(at(10_000));
        assert_eq!((marks.has(at(9_710)), marks.has(at(10_000))), (false, true));
    }
}
