//! Pieces of bytes to lines of bytes, none longer than a limit.

use bytes::{Bytes, BytesMut};

/// The line is longer than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LineTooLong;

#[derive(Debug)]
pub(super) struct Lines {
    waiting: BytesMut,
    /// So many bytes of it have no end of a line in them.
    searched: usize,
    limit: usize,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self { waiting: BytesMut::new(), searched: 0, limit }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        self.waiting.extend_from_slice(piece);
    }

    /// The next line without its end; nothing if it has not come yet.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        let unsearched = self.waiting.get(self.searched..).unwrap_or_default();
        let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.waiting.len();
            return if self.searched > self.limit { Err(LineTooLong) } else { Ok(None) };
        };
        let mut line = self.waiting.split_to(self.searched + end + 1);
        self.searched = 0;
        line.truncate(line.len() - 1);
        if line.len() > self.limit { Err(LineTooLong) } else { Ok(Some(line.freeze())) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(lines: &mut Lines) -> Vec<Bytes> {
        std::iter::from_fn(|| lines.next().expect("no line is too long")).collect()
    }

    proptest! {
        #[test]
        fn pieces_may_be_cut_anywhere(text in "[ab\n]{0,60}", cut in 1_usize..9) {
            let mut lines = Lines::new(60);
            let mut read = Vec::new();
            for piece in text.as_bytes().chunks(cut) {
                lines.push(piece);
                read.extend(all(&mut lines));
            }
            let whole: Vec<&str> = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).collect();
            prop_assert_eq!(read, whole);
        }
    }

    #[test]
    fn a_long_line_is_refused_before_it_ends_and_when_it_has() {
        let mut open = Lines::new(4);
        open.push(b"1234");
        assert_eq!(open.next(), Ok(None));
        open.push(b"5");
        assert_eq!(open.next(), Err(LineTooLong));
        let mut ended = Lines::new(4);
        ended.push(b"1234\n12345\n");
        assert_eq!(ended.next(), Ok(Some(Bytes::from_static(b"1234"))));
        assert_eq!(ended.next(), Err(LineTooLong));
    }
}
