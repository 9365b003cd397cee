//! Frames on a unix socket: however the bytes are cut on their way, the same frames arrive.
#![no_main]

use homie_protocol::frame::Header;
use homie_protocol::stream::FrameDecoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let size = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let whole = frames(bytes.chunks(bytes.len().max(1)));
    let pieces = frames(bytes.chunks(usize::from(size) + 1));
    assert_eq!(whole, pieces);
});

fn frames<'a>(reads: impl Iterator<Item = &'a [u8]>) -> (Vec<(Header, Vec<u8>)>, bool) {
    let mut decoder = FrameDecoder::default();
    let mut frames = Vec::new();
    for read in reads {
        decoder.feed(read);
        loop {
            match decoder.next_frame() {
                Ok(Some((header, payload))) => frames.push((header, payload.to_vec())),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}
