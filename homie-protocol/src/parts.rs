//! How what is signed or hashed is put together: each part behind its length in two bytes, so that no two lists of parts
//! make the same bytes.

/// The parts as one.
pub(crate) fn joined<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(320);
    for part in parts {
        // Greetings and pairings are at most 8 KiB, so that no part comes near the end of its two bytes.
        let len = u16::try_from(part.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
