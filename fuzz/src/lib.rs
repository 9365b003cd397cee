//! What the targets have in common: a value that was accepted is written and read again, and must not change.

use homie_protocol::codec::{self, CodecError, Raw};
use homie_protocol::limits::ANSWER;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads `bytes` as `T`; if they are one, writing and reading it again gives the same bytes as the first writing.
pub fn comes_back<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    comes_back_by::<T>(bytes, codec::decode_scanned);
}

/// The same with a decoder of one's own.
pub fn comes_back_by<T: Serialize>(bytes: &[u8], decode: fn(Raw<'_>) -> Result<T, CodecError>) {
    let read = |bytes: &[u8]| codec::scan(bytes, ANSWER).and_then(decode);
    let Ok(value) = read(bytes) else { return };
    let written = codec::encode(&value).expect("what was read can be written");
    let again = read(&written).expect("what was written can be read");
    assert_eq!(codec::encode(&again).expect("and written again"), written);
}
