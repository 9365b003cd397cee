//! The walk before decoding: a larger budget never refuses what a smaller one accepts.
#![no_main]

use homie_protocol::codec::scan;
use homie_protocol::limits::{ANSWER, GREETING, REQUEST};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let accepted = [GREETING, REQUEST, ANSWER].map(|budget| scan(bytes, budget).is_ok());
    assert!(accepted.is_sorted(), "{accepted:?}");
});
