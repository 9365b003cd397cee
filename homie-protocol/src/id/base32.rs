//! Lower-case base32 of RFC 4648 without padding: safe in URLs, file names and double-clicks.

use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding};

pub(super) static ENCODING: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = BASE32_NOPAD.specification();
    specification.symbols.make_ascii_lowercase();
    // The symbols are those of a known encoding, so this cannot fail; the fallback keeps the type honest.
    specification.encoding().unwrap_or(BASE32_NOPAD)
});

/// Bytes as base32.
pub fn base32(bytes: &[u8]) -> String {
    ENCODING.encode(bytes)
}

/// The bytes of a base32 text, if it is one.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    ENCODING.decode(text.as_bytes()).ok()
}
