//! SHA-256 as the bytes it is.

use aws_lc_rs::digest::{SHA256, digest};

/// The hash.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    // The library gives a slice; both are 32 bytes long.
    for (byte, hashed) in hash.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *byte = *hashed;
    }
    hash
}
