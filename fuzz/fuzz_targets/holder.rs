//! What a node and a holder say to each other.
#![no_main]

use homie_fuzz::comes_back_by;
use homie_protocol::holder::{FromHolder, ToHolder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    comes_back_by(bytes, ToHolder::decode);
    comes_back_by(bytes, FromHolder::decode);
});
