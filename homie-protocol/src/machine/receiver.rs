//! The output of one session as a client receives it, over all its circuits: every byte once, in order, and what is lost
//! is declared.

use std::ops::Range;

use crate::code::{Code, Refusal};
use crate::id::Offset;
use crate::limits::OFFSET_END;
use crate::methods::session::Gap;

/// Where a viewer stands in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receiver {
    next: Offset,
}

impl Receiver {
    /// A viewer that needs this byte next.
    pub const fn new(next: Offset) -> Self {
        Self { next }
    }

    /// The byte that is needed next.
    pub const fn next(&self) -> Offset {
        self.next
    }

    /// Takes output of `len` bytes from `offset`. Gives the range of them that is new; it is empty if all came before. A
    /// first byte above the one needed is a loss that was not declared, and ends the circuit.
    pub fn take(&mut self, offset: Offset, len: usize) -> Result<Range<usize>, Refusal> {
        if offset > self.next {
            return Err(refuse(format!("offset: output jumps from {} to {offset} without a gap", self.next)));
        }
        if offset.get().saturating_add(len as u64) >= OFFSET_END {
            return Err(refuse("offset: output goes beyond 2^53".to_owned()));
        }
        let known = usize::try_from(self.next.since(offset)).unwrap_or(usize::MAX).min(len);
        self.next = self.next.plus((len - known) as u64);
        Ok(known..len)
    }

    /// Takes a declared loss. Gives the part of it that this viewer really misses; `None` if it has those bytes.
    pub fn skip(&mut self, gap: Gap) -> Result<Option<Gap>, Refusal> {
        if gap.from > self.next || gap.to < gap.from {
            return Err(refuse(format!("gap: from {} to {} when {} is needed", gap.from, gap.to, self.next)));
        }
        if gap.to <= self.next {
            return Ok(None);
        }
        let missed = Gap { from: self.next, to: gap.to };
        self.next = gap.to;
        Ok(Some(missed))
    }

    /// A snapshot stands for everything before `at`: output goes on there, wherever it was before.
    pub fn shown(&mut self, at: Offset) {
        self.next = at;
    }

    /// An attach was answered: output starts at `from`, behind the gap if there is one. Gives what this viewer misses.
    pub fn attached(&mut self, from: Offset, gap: Option<Gap>) -> Result<Option<Gap>, Refusal> {
        let missed = match gap {
            Some(gap) => self.skip(gap)?,
            None => None,
        };
        if from > self.next {
            return Err(refuse(format!("from: output starts at {from} when {} is needed", self.next)));
        }
        Ok(missed)
    }
}

fn refuse(message: String) -> Refusal {
    Refusal::new(Code::Offset, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(position: u64) -> Offset {
        Offset::new(position).unwrap()
    }

    fn gap(from: u64, to: u64) -> Gap {
        Gap { from: at(from), to: at(to) }
    }

    #[test]
    fn what_came_before_is_trimmed() {
        let mut receiver = Receiver::new(at(10));
        assert_eq!(receiver.take(at(5), 3), Ok(3..3));
        assert_eq!(receiver.take(at(5), 8), Ok(5..8));
        assert_eq!(receiver.next(), at(13));
    }

    #[test]
    fn a_loss_that_was_not_declared_is_refused() {
        let mut receiver = Receiver::new(at(10));
        assert_eq!(receiver.take(at(11), 1).unwrap_err().code, Code::Offset);
        assert_eq!(receiver.skip(gap(11, 20)).unwrap_err().code, Code::Offset);
        assert_eq!(receiver.skip(gap(9, 8)).unwrap_err().code, Code::Offset);
        assert_eq!(receiver.attached(at(11), None).unwrap_err().code, Code::Offset);
        assert_eq!(receiver.attached(at(21), Some(gap(10, 20))).unwrap_err().code, Code::Offset);
    }

    #[test]
    fn a_gap_moves_on_and_tells_what_is_missing() {
        let mut receiver = Receiver::new(at(10));
        assert_eq!(receiver.skip(gap(2, 10)), Ok(None));
        assert_eq!(receiver.skip(gap(2, 15)), Ok(Some(gap(10, 15))));
        assert_eq!(receiver.attached(at(20), Some(gap(15, 20))), Ok(Some(gap(15, 20))));
        assert_eq!(receiver.attached(at(20), None), Ok(None));
    }

    #[test]
    fn a_snapshot_moves_it_on_or_back() {
        let mut receiver = Receiver::new(at(10));
        receiver.shown(at(50));
        assert_eq!(receiver.take(at(50), 5), Ok(0..5));
        receiver.shown(at(20));
        assert_eq!(receiver.take(at(20), 5), Ok(0..5));
        assert_eq!(receiver.take(at(30), 5).unwrap_err().code, Code::Offset);
    }

    #[test]
    fn the_end_of_the_range_is_refused() {
        let mut receiver = Receiver::new(at(OFFSET_END - 2));
        assert_eq!(receiver.take(at(OFFSET_END - 2), 1), Ok(0..1));
        assert_eq!(receiver.take(at(OFFSET_END - 1), 1).unwrap_err().code, Code::Offset);
    }

    proptest! {
        /// Frames that overlap, repeat and jump, and gaps: what is taken and what is missed make up the stream.
        #[test]
        fn every_byte_once_and_every_loss_declared(
            steps in prop::collection::vec((any::<bool>(), 0_u64..60, 0_u64..30), 1..100),
        ) {
            let mut receiver = Receiver::default();
            let mut covered = 0;
            for (is_output, start, len) in steps {
                let jumps = start > covered;
                if is_output {
                    match receiver.take(at(start), usize::try_from(len).unwrap()) {
                        Ok(new) => {
                            prop_assert!(!jumps);
                            prop_assert_eq!(new.end as u64, len);
                            if !new.is_empty() {
                                prop_assert_eq!(start + new.start as u64, covered);
                                covered += new.len() as u64;
                            }
                        }
                        Err(_) => prop_assert!(jumps),
                    }
                } else {
                    match receiver.skip(gap(start, start + len)) {
                        Ok(None) => prop_assert!(start + len <= covered),
                        Ok(Some(missed)) => {
                            prop_assert!(!jumps);
                            prop_assert_eq!(missed.from, at(covered));
                            covered = missed.to.get();
                        }
                        Err(_) => prop_assert!(jumps),
                    }
                }
                prop_assert_eq!(receiver.next(), at(covered));
            }
        }
    }
}
