//! The offset checker: everything one viewer saw of one session, compared with what the program really printed.

use homie_protocol::id::Offset;
use homie_protocol::methods::session::Gap;

use crate::truth::Truth;

/// What a viewer saw, in the order in which it came.
#[derive(Debug, Default, Clone)]
pub struct History {
    seen: Vec<Seen>,
}

#[derive(Debug, Clone)]
enum Seen {
    Output(Offset, Vec<u8>),
    Gap(Gap),
}

impl Seen {
    const fn begin(&self) -> u64 {
        match self {
            Self::Output(offset, _) => offset.get(),
            Self::Gap(gap) => gap.from.get(),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Output(_, bytes) => bytes,
            Self::Gap(_) => &[],
        }
    }
}

/// A history that is exact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exact {
    /// Bytes that came.
    pub delivered: u64,
    /// Bytes declared lost.
    pub declared: u64,
    /// How many times loss was declared.
    pub gaps: usize,
    /// The next byte.
    pub end: u64,
}

/// Where a history is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes are missing and nobody said so.
    #[error("bytes {from} to {to} are missing, and no gap was declared")]
    Lost {
        /// The first that is missing.
        from: u64,
        /// The first after them.
        to: u64,
    },
    /// Bytes came that had been seen or declared lost.
    #[error("bytes from {from} came again; {expected} was next")]
    Doubled {
        /// Where they begin.
        from: u64,
        /// What should have come.
        expected: u64,
    },
    /// A byte is not the one that was printed.
    #[error("byte {at} is {seen:#04x}, the program printed {printed:#04x}")]
    Wrong {
        /// Its offset.
        at: u64,
        /// What the viewer saw.
        seen: u8,
        /// What the program printed.
        printed: u8,
    },
    /// More came than was printed.
    #[error("the viewer saw {seen} bytes, the program printed {printed}")]
    Beyond {
        /// The viewer's end.
        seen: u64,
        /// The program's.
        printed: u64,
    },
    /// A gap that ends before it begins.
    #[error("a gap from {from} to {to}")]
    Backwards {
        /// Its beginning.
        from: u64,
        /// Its end.
        to: u64,
    },
}

impl History {
    /// The viewer was given output.
    pub fn output(&mut self, offset: Offset, bytes: &[u8]) {
        self.seen.push(Seen::Output(offset, bytes.to_vec()));
    }

    /// The viewer was told of a loss.
    pub fn gap(&mut self, gap: Gap) {
        self.seen.push(Seen::Gap(gap));
    }

    /// The next byte the viewer expects.
    pub fn end(&self) -> u64 {
        match self.seen.last() {
            None => 0,
            Some(Seen::Output(offset, bytes)) => offset.get() + bytes.len() as u64,
            Some(Seen::Gap(gap)) => gap.to.get(),
        }
    }

    /// Whether the last bytes that came are these.
    pub fn ends_with(&self, text: &str) -> bool {
        let mut last = Vec::new();
        for seen in self.seen.iter().rev() {
            let Seen::Output(_, bytes) = seen else { break };
            last.splice(0..0, bytes.iter().copied());
            if last.len() >= text.len() {
                break;
            }
        }
        last.ends_with(text.as_bytes())
    }

    /// Whether this text is among the bytes from `offset` on.
    pub fn has_since(&self, offset: u64, text: &str) -> bool {
        let first = self.seen.partition_point(|seen| seen.begin() <= offset).saturating_sub(1);
        let mut bytes = Vec::new();
        for seen in self.seen.iter().skip(first) {
            let before = usize::try_from(offset.saturating_sub(seen.begin())).unwrap_or(usize::MAX);
            bytes.extend_from_slice(seen.bytes().get(before..).unwrap_or_default());
        }
        String::from_utf8_lossy(&bytes).contains(text)
    }

    /// Compares the history with what the program printed since its birth.
    pub fn check(&self, truth: &Truth) -> Result<Exact, Fault> {
        let mut exact = Exact::default();
        for seen in &self.seen {
            match seen {
                Seen::Output(offset, bytes) => exact.take(offset.get(), bytes, truth)?,
                Seen::Gap(gap) => exact.skip(gap.from.get(), gap.to.get())?,
            }
        }
        let printed = truth.len();
        if exact.end > printed { Err(Fault::Beyond { seen: exact.end, printed }) } else { Ok(exact) }
    }
}

impl Exact {
    fn take(&mut self, offset: u64, bytes: &[u8], truth: &Truth) -> Result<(), Fault> {
        self.meet(offset)?;
        let mut truths = truth.bytes_from(offset);
        for (at, seen) in (offset..).zip(bytes.iter().copied()) {
            match truths.next() {
                Some(printed) if printed == seen => {}
                Some(printed) => return Err(Fault::Wrong { at, seen, printed }),
                None => return Err(Fault::Beyond { seen: at + 1, printed: truth.len() }),
            }
        }
        self.end += bytes.len() as u64;
        self.delivered += bytes.len() as u64;
        Ok(())
    }

    fn skip(&mut self, from: u64, to: u64) -> Result<(), Fault> {
        self.meet(from)?;
        if to <= from {
            return Err(Fault::Backwards { from, to });
        }
        self.end = to;
        self.declared += to - from;
        self.gaps += 1;
        Ok(())
    }

    fn meet(&self, offset: u64) -> Result<(), Fault> {
        match offset.cmp(&self.end) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(Fault::Doubled { from: offset, expected: self.end }),
            std::cmp::Ordering::Greater => Err(Fault::Lost { from: self.end, to: offset }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(text: &str) -> Truth {
        let mut truth = Truth::default();
        truth.text(text);
        truth
    }

    fn at(position: u64) -> Offset {
        Offset::new(position).unwrap()
    }

    fn history(pieces: &[(u64, &str)], gaps: &[(usize, u64, u64)]) -> History {
        let mut history = History::default();
        for (index, (offset, text)) in pieces.iter().enumerate() {
            for (_, from, to) in gaps.iter().filter(|(before, ..)| *before == index) {
                history.gap(Gap { from: at(*from), to: at(*to) });
            }
            history.output(at(*offset), text.as_bytes());
        }
        history
    }

    #[test]
    fn an_exact_history_passes() {
        let seen = history(&[(0, "ab"), (2, "cd")], &[]).check(&truth("abcdef"));
        assert_eq!(seen, Ok(Exact { delivered: 4, declared: 0, gaps: 0, end: 4 }));
    }

    #[test]
    fn a_declared_gap_passes_and_is_counted() {
        let seen = history(&[(0, "ab"), (4, "ef")], &[(1, 2, 4)]).check(&truth("abcdef"));
        assert_eq!(seen, Ok(Exact { delivered: 4, declared: 2, gaps: 1, end: 6 }));
    }

    #[test]
    fn what_came_since_is_found_over_pieces_and_not_before() {
        let seen = history(&[(0, "ab"), (2, "cd"), (4, "ef")], &[]);
        assert!(seen.has_since(2, "de") && seen.has_since(3, "de") && seen.has_since(0, "ab"));
        assert!(!seen.has_since(1, "ab") && !seen.has_since(6, "f"));
    }

    #[test]
    fn every_fault_is_found() {
        let truth = &truth("abcdef");
        let lost = history(&[(0, "ab"), (3, "d")], &[]).check(truth);
        assert_eq!(lost, Err(Fault::Lost { from: 2, to: 3 }));
        let doubled = history(&[(0, "ab"), (1, "bc")], &[]).check(truth);
        assert_eq!(doubled, Err(Fault::Doubled { from: 1, expected: 2 }));
        let wrong = history(&[(0, "aX")], &[]).check(truth);
        assert_eq!(wrong, Err(Fault::Wrong { at: 1, seen: b'X', printed: b'b' }));
        let beyond = history(&[(0, "abcdefg")], &[]).check(truth);
        assert_eq!(beyond, Err(Fault::Beyond { seen: 7, printed: 6 }));
        let reordered = history(&[(2, "cd"), (0, "ab")], &[]).check(truth);
        assert_eq!(reordered, Err(Fault::Lost { from: 0, to: 2 }));
        let overlapping = history(&[(0, "ab"), (4, "ef")], &[(1, 1, 4)]).check(truth);
        assert_eq!(overlapping, Err(Fault::Doubled { from: 1, expected: 2 }));
        let backwards = history(&[(0, "ab"), (2, "c")], &[(1, 2, 2)]).check(truth);
        assert_eq!(backwards, Err(Fault::Backwards { from: 2, to: 2 }));
    }
}
