//! Whether a signature is a key's own.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, Signature};

use crate::small_order::has_small_order;

/// Bytes of an Ed25519 key.
const ED25519_LEN: usize = 32;

/// Bytes of a P-256 key: a mark and two coordinates.
const P256_LEN: usize = 65;

/// The mark of an uncompressed point.
const UNCOMPRESSED: u8 = 4;

/// Refuses a signature that this key has not made over these bytes.
pub fn verify(alg: Algorithm, key: &[u8], bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
    if !could_be_key(alg, key) {
        return Err(refused());
    }
    let verified = match alg {
        Algorithm::Ed25519 => UnparsedPublicKey::new(&ED25519, key).verify(bytes, &signature.0),
        Algorithm::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(bytes, &signature.0),
    };
    verified.map_err(|_| refused())
}

/// Whether the bytes have the form of such a key.
pub(crate) fn could_be_key(alg: Algorithm, key: &[u8]) -> bool {
    match alg {
        Algorithm::Ed25519 => key.len() == ED25519_LEN && !has_small_order(key),
        Algorithm::P256 => key.len() == P256_LEN && key.first() == Some(&UNCOMPRESSED),
    }
}

/// One sentence for all causes: which it was helps only those who guess.
fn refused() -> Refusal {
    Refusal::new(Code::Unauthenticated, "the signature is not one that this key made over these bytes")
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
