//! A map made of values that are encoded already.

use rmp::encode::{write_map_len, write_str};

use super::CodecError;
use crate::code::Code;

/// Encodes a map whose values are encoded already: nothing is decoded only to be written again.
pub(crate) fn join(entries: &[(&str, &[u8])]) -> Result<Vec<u8>, CodecError> {
    let failed = |error: &dyn std::error::Error| CodecError::new(Code::Internal, error.to_string());
    let mut bytes = Vec::with_capacity(entries.iter().map(|(key, value)| key.len() + value.len() + 5).sum());
    let len = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    write_map_len(&mut bytes, len).map_err(|error| failed(&error))?;
    for (key, value) in entries {
        write_str(&mut bytes, key).map_err(|error| failed(&error))?;
        bytes.extend_from_slice(value);
    }
    Ok(bytes)
}
