//! The only place that encodes or decodes control payloads.
//!
//! Reading is done in two steps: [`scan`] walks the bytes once and refuses whatever is too large, too deep, doubled or
//! foreign, building nothing; then `de` turns them into our types, strictly: structures are maps, unknown fields are
//! refused by name. Writing is `rmp-serde` with named fields.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::code::Code;
use crate::limits::Budget;

mod de;
mod error;
mod fields;
mod join;
mod read;
mod scan;

pub use error::CodecError;
pub use fields::{Fields, Raw};
pub(crate) use join::join;
pub use scan::scan;

/// Decodes one whole value within the budget.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], budget: Budget) -> Result<T, CodecError> {
    scan(bytes, budget)?;
    decode_scanned(Raw::new(bytes))
}

/// Decodes bytes that [`scan`] has passed already, as part of their envelope.
pub fn decode_scanned<T: DeserializeOwned>(raw: Raw<'_>) -> Result<T, CodecError> {
    de::from_slice(raw.bytes(), None)
}

/// The same for a structure whose map also carries the tag that told which structure it is.
pub(crate) fn decode_tagged<T: DeserializeOwned>(raw: Raw<'_>, tag: &'static str) -> Result<T, CodecError> {
    de::from_slice(raw.bytes(), Some(tag))
}

/// Encodes a value of ours with named fields.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(128);
    encode_into(&mut bytes, value)?;
    Ok(bytes)
}

/// Appends a value of ours, behind a header for instance.
pub fn encode_into<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) -> Result<(), CodecError> {
    let mut serializer = rmp_serde::Serializer::new(bytes).with_struct_map().with_human_readable();
    value.serialize(&mut serializer).map_err(|error| CodecError::new(Code::Internal, error.to_string()))
}
