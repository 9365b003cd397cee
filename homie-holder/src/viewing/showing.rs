//! The snapshots of one viewer: which it waits for, which is on its way, which it has not shown yet. One at a time.

use std::collections::VecDeque;
use std::ops::Range;

use homie_protocol::id::Offset;
use homie_protocol::limits::OUTPUT_FRAME;

use super::history::Wanted;
use crate::screen::Shared;

#[derive(Default)]
pub(crate) struct Showing {
    /// What the snapshot that it waits for is to bring besides the screen.
    wanted: Option<Wanted>,
    /// It shows nothing yet: output waits for the first snapshot.
    blank: bool,
    /// The size it knows: how often that had changed.
    resizes: u32,
    going: Option<Going>,
    /// The snapshots that were sent and are not shown yet; the next one waits for them, but in haste.
    unshown: VecDeque<Offset>,
}

/// What is to be made for a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// A snapshot with so much of the history.
    Snapshot(Wanted),
    /// What has changed since this offset, in so many bytes.
    Skip { since: Offset, most: usize },
}

/// Snapshots that a viewer in haste may have unshown: one a keystroke, and the next as the first is shown.
const UNSHOWN: usize = 3;

struct Going {
    snapshot: Shared,
    sent: usize,
}

/// A piece of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) snapshot: Shared,
    pub(crate) range: Range<usize>,
}

impl Piece {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.snapshot.bytes.get(self.range.clone()).unwrap_or_default()
    }

    pub(crate) fn is_last(&self) -> bool {
        self.range.end >= self.snapshot.bytes.len()
    }
}

impl Showing {
    /// A viewer that knows the size as it is now; a blank one waits for a snapshot before anything else.
    pub(crate) fn new(resizes: u32, blank: bool) -> Self {
        Self { wanted: blank.then_some(Wanted::NOTHING), blank, resizes, ..Self::default() }
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.blank
    }

    /// It is to get a snapshot with so much of the history.
    pub(crate) fn want(&mut self, history: Wanted) {
        self.wanted = Some(self.wanted.map_or(history, |wanted| wanted.max(history)));
    }

    /// It has been told of another size.
    pub(crate) fn resized(&mut self, resizes: u32) {
        self.resizes = resizes;
    }

    /// Whether a snapshot is still to be sent or shown.
    pub(crate) fn is_open(&self) -> bool {
        self.wanted.is_some() || self.going.is_some() || !self.unshown.is_empty()
    }

    /// What the snapshot that is to be made for it now is to bring besides the screen.
    pub(crate) fn wish(&self) -> Option<Wanted> {
        self.wanted.filter(|_| self.is_free(false))
    }

    /// Whether another one may be made now.
    pub(crate) fn is_free(&self, in_haste: bool) -> bool {
        self.going.is_none() && self.unshown.len() < if in_haste { UNSHOWN } else { 1 }
    }

    /// Takes a snapshot if it is the one that it waits for. One of a size before the one it knows is not.
    pub(crate) fn offer(&mut self, snapshot: &Shared) {
        if self.wish() == Some(snapshot.history) && snapshot.resizes >= self.resizes {
            self.wanted = None;
            self.take(snapshot);
        }
    }

    /// Takes the skip that it waits for.
    pub(crate) fn take(&mut self, snapshot: &Shared) {
        self.going = Some(Going { snapshot: Shared::clone(snapshot), sent: 0 });
    }

    /// Where the snapshot on its way was made.
    pub(crate) fn going_to(&self) -> Option<Offset> {
        self.going.as_ref().map(|going| going.snapshot.at)
    }

    /// How many resizes the snapshot on its way has seen, before its first piece is sent.
    pub(crate) fn begins(&self) -> Option<u32> {
        self.going.as_ref().filter(|going| going.sent == 0).map(|going| going.snapshot.resizes)
    }

    /// The next piece on its way.
    pub(crate) fn piece(&self) -> Option<Piece> {
        let going = self.going.as_ref()?;
        let end = going.snapshot.bytes.len().min(going.sent + OUTPUT_FRAME);
        Some(Piece { snapshot: Shared::clone(&going.snapshot), range: going.sent..end })
    }

    /// The piece has been sent. Where output goes on, if it was the last.
    pub(crate) fn sent(&mut self, piece: &Piece) -> Option<Offset> {
        if !piece.is_last() {
            if let Some(going) = &mut self.going {
                going.sent = piece.range.end;
            }
            return None;
        }
        let at = piece.snapshot.at;
        (self.going, self.blank) = (None, false);
        self.unshown.push_back(at);
        Some(at)
    }

    /// The snapshot at this offset is shown.
    pub(crate) fn shown(&mut self, at: Offset) {
        if let Some(place) = self.unshown.iter().position(|unshown| *unshown == at) {
            self.unshown.drain(..=place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use homie_protocol::methods::session::Size;

    use super::*;
    use crate::screen::Snapshot;

    fn lines(lines: u32) -> Wanted {
        Wanted { lines, bytes: u64::from(lines) }
    }

    fn snapshot(at: u64, resizes: u32, history: u32, len: usize) -> Shared {
        let history = lines(history);
        let at = Offset::new(at).unwrap();
        let (size, is_skip) = (Size::default(), false);
        Arc::new(Snapshot { at, resizes, size, history, since: None, is_skip, bytes: vec![b'x'; len] })
    }

    #[test]
    fn pieces_are_whole_frames_and_the_last_one_says_where_output_goes_on() {
        for len in [0, 1, OUTPUT_FRAME, OUTPUT_FRAME + 1, 3 * OUTPUT_FRAME] {
            let mut showing = Showing::new(0, true);
            showing.offer(&snapshot(77, 0, 0, len));
            let mut lens = Vec::new();
            let at = loop {
                let piece = showing.piece().unwrap();
                lens.push(piece.bytes().len());
                if let Some(at) = showing.sent(&piece) {
                    break at.get();
                }
            };
            assert_eq!((at, lens.iter().sum::<usize>(), lens.len()), (77, len, len.div_ceil(OUTPUT_FRAME).max(1)));
            assert!(lens.iter().rev().skip(1).all(|len| *len == OUTPUT_FRAME));
            assert!(showing.piece().is_none());
        }
    }

    #[test]
    fn one_at_a_time_of_the_right_size_and_history() {
        let mut showing = Showing::new(3, false);
        assert_eq!((showing.wish(), showing.is_open()), (None, false));
        showing.want(lines(100));
        showing.want(Wanted::NOTHING);
        assert_eq!(showing.wish(), Some(lines(100)));
        showing.offer(&snapshot(10, 3, 0, 5));
        showing.offer(&snapshot(10, 2, 100, 5));
        assert!(showing.piece().is_none());
        showing.offer(&snapshot(10, 3, 100, 5));
        showing.want(lines(7));
        assert_eq!(showing.wish(), None);
        assert!(showing.sent(&showing.piece().unwrap()).is_some());
        assert_eq!(showing.wish(), None);
        showing.shown(Offset::new(9).unwrap());
        assert_eq!(showing.wish(), None);
        showing.shown(Offset::new(10).unwrap());
        assert_eq!(showing.wish(), Some(lines(7)));
    }
}
