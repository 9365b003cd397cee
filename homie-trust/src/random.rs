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

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    /// As a build without the setting of `.cargo/config.toml` would collect it, 60 ms for each process (docs/adr/0021).
    #[test]
    fn nothing_is_linked_that_measures_its_own_jitter() {
        assert_ne!(random_bytes::<32>(&SystemRandom).unwrap(), [0; 32]);
        let program = fs::read(env::current_exe().unwrap()).unwrap();
        let program = String::from_utf8_lossy(&program);
        // Backwards, so that this test is not where it is found.
        let has = |lobmys: &str| program.contains(&lobmys.chars().rev().collect::<String>());
        assert!(has("setyb_DNAR"), "its symbols can be read");
        assert!(!has("yportne_daer_tnej"));
    }
}
