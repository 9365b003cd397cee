//! The output that must not be overwritten yet, because a lossless viewer needs it. Pure: times are microseconds.
//!
//! A viewer is waited for while it is attached, and after its link broke, until it has said nothing for so long. A
//! program with pipes is read by other programs: what they need is kept for ever, whether or not anyone is there.

use std::time::Duration;

use homie_protocol::id::Offset;

/// How long the program waits after a viewer's last ack, or after it had everything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Viewers that are waited for while they are away. Beyond it the one who is waited for least is given up.
const AWAY: usize = 64;

/// What one viewer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// It has everything before this.
    pub(crate) from: Offset,
    /// When it last said so, or had everything.
    pub(crate) heard: u64,
}

#[derive(Debug)]
pub(crate) struct Reserve {
    away: Vec<Need>,
    /// Microseconds; `None` if the program has pipes.
    patience: Option<u64>,
}

impl Reserve {
    /// Nobody is waited for yet.
    pub(crate) fn new() -> Self {
        let patience = PATIENCE;
        #[cfg(feature = "faults")]
        let patience = crate::fault::shortened(patience, "HOMIE_PATIENCE_MS");
        Self { away: Vec::new(), patience: u64::try_from(patience.as_micros()).ok() }
    }

    /// The program has pipes: all of its output is needed by somebody who is yet to come.
    pub(crate) fn endless() -> Self {
        Self { away: vec![Need { from: Offset::ZERO, heard: 0 }], patience: None }
    }

    /// A viewer is gone, and may come back.
    pub(crate) fn left(&mut self, need: Need) {
        if self.patience.is_none() {
            self.away.clear();
        }
        self.away.push(need);
        if self.away.len() > AWAY {
            self.away.sort_by_key(|need| need.heard);
            self.away.remove(0);
        }
    }

    /// One has come that has everything before this: it is taken for the one away that could be it.
    pub(crate) fn back(&mut self, from: Offset) {
        if self.patience.is_none() {
            return self.away.clear();
        }
        let nearest =
            self.away.iter().enumerate().filter(|(_, need)| need.from <= from).max_by_key(|(_, need)| need.from);
        if let Some((place, _)) = nearest {
            self.away.remove(place);
        }
    }

    /// Where the output begins that is needed, and until when it is; `here` are those that are attached.
    pub(crate) fn needed(&self, now: u64, here: impl Iterator<Item = Need>) -> Option<(Offset, u64)> {
        let all = here.chain(self.away.iter().copied());
        let until = |need: Need| self.patience.map_or(u64::MAX, |patience| need.heard.saturating_add(patience));
        all.map(|need| (need.from, until(need))).filter(|(_, until)| now < *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROS: u64 = 30_000_000;

    fn need(from: u64, heard: u64) -> Need {
        Need { from: Offset::new(from).unwrap(), heard }
    }

    fn needed(reserve: &Reserve, now: u64, here: &[Need]) -> Option<u64> {
        reserve.needed(now, here.iter().copied()).map(|(from, _)| from.get())
    }

    #[test]
    fn the_slowest_is_waited_for_and_not_for_ever() {
        let reserve = Reserve::new();
        let here = [need(500, 0), need(300, 5), need(900, 10)];
        assert_eq!(needed(&reserve, 9, &here), Some(300));
        assert_eq!(needed(&reserve, MICROS + 4, &here), Some(300));
        assert_eq!(needed(&reserve, MICROS + 5, &here), Some(900));
        assert_eq!(needed(&reserve, MICROS + 10, &here), None);
        assert_eq!(reserve.needed(9, here.into_iter()).unwrap().1, MICROS + 5);
    }

    #[test]
    fn one_that_is_away_is_waited_for_until_it_is_back() {
        let mut reserve = Reserve::new();
        reserve.left(need(100, 0));
        reserve.left(need(200, 0));
        reserve.back(Offset::new(150).unwrap());
        assert_eq!(needed(&reserve, 1, &[]), Some(200));
        // A stranger who wants what nobody waits for takes nobody's place.
        reserve.back(Offset::new(10).unwrap());
        assert_eq!(needed(&reserve, 1, &[]), Some(200));
        assert_eq!(needed(&reserve, MICROS, &[]), None);
        for heard in 0..1_000 {
            reserve.left(need(1, heard));
        }
        assert_eq!(reserve.away.len(), AWAY);
    }

    #[test]
    fn what_a_program_with_pipes_says_is_kept_until_it_is_read() {
        let mut reserve = Reserve::endless();
        assert_eq!(needed(&reserve, u64::MAX - 1, &[]), Some(0));
        reserve.back(Offset::ZERO);
        assert_eq!(needed(&reserve, u64::MAX - 1, &[need(70, 0)]), Some(70));
        reserve.left(need(90, 0));
        reserve.left(need(80, 0));
        assert_eq!(needed(&reserve, u64::MAX - 1, &[]), Some(80));
    }
}
