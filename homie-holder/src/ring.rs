//! The last megabyte of output, by absolute offset. The newest bytes overwrite the oldest.

use homie_protocol::id::Offset;
use homie_protocol::limits::RING;
use homie_protocol::machine::viewer::Kept;

/// Output as it came from the terminal.
pub(crate) struct Ring {
    /// Zeroed by the allocator, so the kernel gives each page only when output reaches it: an idle session costs nothing.
    bytes: Vec<u8>,
    end: Offset,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; RING], end: Offset::ZERO }
    }

    /// What is still there.
    pub(crate) fn kept(&self) -> Kept {
        let start = self.end.get().saturating_sub(RING as u64);
        Kept { start: Offset::new(start).unwrap_or_default(), end: self.end }
    }

    /// Where the next bytes go. What is written here is not yet output: see [`Ring::advance`].
    pub(crate) fn space(&mut self) -> &mut [u8] {
        let position = position(self.end);
        self.bytes.get_mut(position..).unwrap_or_default()
    }

    /// The first `len` bytes of the space are output now.
    pub(crate) fn advance(&mut self, len: usize) {
        self.end = self.end.plus(len as u64);
    }

    /// Bytes that are kept, in two pieces because they may go over the edge.
    pub(crate) fn read(&self, from: Offset, len: usize) -> [&[u8]; 2] {
        let start = position(from);
        let before_edge = len.min(RING - start);
        let first = self.bytes.get(start..start + before_edge).unwrap_or_default();
        let second = self.bytes.get(..len - before_edge).unwrap_or_default();
        [first, second]
    }
}

fn position(offset: Offset) -> usize {
    usize::try_from(offset.get() % RING as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(ring: &mut Ring, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = ring.space();
            let len = rest.len().min(space.len());
            space[..len].copy_from_slice(&rest[..len]);
            ring.advance(len);
            rest = &rest[len..];
        }
    }

    fn byte(position: u64) -> u8 {
        u8::try_from(position % 251).unwrap()
    }

    #[test]
    fn every_kept_byte_is_where_its_offset_says() {
        let mut ring = Ring::new();
        let mut printed = 0u64;
        for len in [1usize, 4096, 700_000, RING, 3, 500_000, 99_999] {
            let bytes: Vec<u8> = (printed..printed + len as u64).map(byte).collect();
            print(&mut ring, &bytes);
            printed += len as u64;
            let kept = ring.kept();
            assert_eq!(kept.end.get(), printed);
            assert_eq!(kept.start.get(), printed.saturating_sub(RING as u64));
            let len = usize::try_from(kept.end.since(kept.start)).unwrap();
            let read = ring.read(kept.start, len).concat();
            assert!(read.iter().zip(kept.start.get()..).all(|(read, position)| *read == byte(position)));
            assert_eq!(read.len(), len);
        }
    }
}
