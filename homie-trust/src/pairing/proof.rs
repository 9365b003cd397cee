//! The arithmetic of a pairing, for both sides: commitment, proof of the secret, digits.

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use homie_protocol::pairing::{Commitment, Mac, Newcomer, SixDigits, Transcript, digits_of};

use super::secret::same;
use crate::error::TrustError;
use crate::sha256::sha256;

/// Who proves: neither can send the other's proof back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prover {
    /// The new device.
    Device,
    /// The gateway.
    Gateway,
}

impl Prover {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Device => b"homie-pair-device",
            Self::Gateway => b"homie-pair-gateway",
        }
    }
}

/// What a device says before it has heard anything.
pub fn commitment(newcomer: &Newcomer<'_>) -> Commitment {
    Commitment(sha256(&newcomer.committed()))
}

/// The digits that both sides see.
pub fn digits(transcript: &Transcript) -> SixDigits {
    digits_of(&sha256(&transcript.shown()))
}

/// In constant time: how much of a proof was right is told to nobody.
pub fn same_mac(one: &Mac, other: &Mac) -> bool {
    same(&one.0, &other.0)
}

/// Proves the secret over these bytes, in the pairing that begins with this opening (T1).
pub fn mac(prover: Prover, secret: &[u8], opening: &[u8], bytes: &[u8]) -> Result<Mac, TrustError> {
    let failed = |_| TrustError::Crypto("proving a pairing");
    let mut key = [0; 32];
    let secret = Salt::new(HKDF_SHA256, opening).extract(secret);
    secret.expand(&[prover.label()], HKDF_SHA256).and_then(|key_of| key_of.fill(&mut key)).map_err(failed)?;
    let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, &key), bytes);
    let tag = tag.as_ref().try_into().map_err(|_| TrustError::Crypto("proving a pairing"))?;
    Ok(Mac(tag))
}
