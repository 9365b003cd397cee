//! Chance, passed in where a test must know it.

use aws_lc_rs::rand;

use crate::error::TrustError;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills these bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), TrustError>;
}

/// The system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), TrustError> {
        rand::fill(bytes).map_err(|_| TrustError::Crypto("drawing random bytes"))
    }
}

/// As many random bytes as an id has.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], TrustError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
