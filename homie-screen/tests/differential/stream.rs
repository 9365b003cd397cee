//! What a program printed on a terminal, and when it was resized.

use homie_screen::Size;

pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) size: Size,
    pub(crate) bytes: Vec<u8>,
    /// The new size from this byte on.
    pub(crate) resizes: Vec<(usize, Size)>,
}

/// The bytes between two resizes. A viewer takes a new snapshot at each, so a segment is painted on its own.
pub(crate) struct Segment {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) size: Size,
}

impl Stream {
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let starts: Vec<(usize, Size)> = [(0, self.size)].into_iter().chain(self.resizes.iter().copied()).collect();
        let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([self.bytes.len()]);
        starts.iter().zip(ends).map(|((from, size), to)| Segment { from: *from, to, size: *size }).collect()
    }
}

pub(crate) fn size(cols: u16, rows: u16) -> Size {
    Size::new(cols, rows).expect("a size that terminals have")
}
