//! The 16 bytes before every payload: an accepted header is written as it was read.
#![no_main]

use homie_protocol::frame::{HEADER_LEN, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    if let Ok((header, payload)) = Header::parse(frame) {
        assert_eq!(header.to_bytes(), frame[..HEADER_LEN]);
        assert_eq!(payload, &frame[HEADER_LEN..]);
    }
});
