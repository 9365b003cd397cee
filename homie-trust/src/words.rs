//! The recovery words: the root's secret as twelve English words, to be written down once and kept away from machines.

use std::fmt;
use std::path::PathBuf;

use bip39::{Language, Mnemonic};

use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::private_file;
use crate::random::{Random, random_bytes};
use crate::sha256::sha256;
use crate::state_dir::{StateDir, Writing};

/// Between the words and the key: the same words mean something else to anybody else.
const LABEL: &[u8] = b"homie-root-v1";

/// How many there are.
const WORDS: usize = 12;

/// The words of a mesh: 128 random bits and a check of 4.
pub struct Words(Mnemonic);

impl Words {
    pub(crate) fn new(random: &dyn Random) -> Result<Self, TrustError> {
        let secret: [u8; 16] = random_bytes(random)?;
        Mnemonic::from_entropy(&secret).map(Self).map_err(|_| TrustError::Crypto("making recovery words"))
    }

    /// Reads what a person has typed.
    pub fn parse(text: &str) -> Result<Self, TrustError> {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        if words.len() != WORDS {
            return Err(TrustError::Roster("the recovery words are twelve"));
        }
        if words.iter().any(|word| Language::English.find_word(word).is_none()) {
            return Err(TrustError::Roster("one of these is no recovery word; look at what you have typed"));
        }
        Mnemonic::parse_in_normalized(Language::English, &words.join(" "))
            .map(Self)
            .map_err(|_| TrustError::Roster("these are not the recovery words: one is wrong, or two are swapped"))
    }

    /// The words that nobody has been shown yet.
    pub fn waiting(dir: &StateDir) -> Result<Option<Self>, TrustError> {
        let Some(bytes) = private_file::read(&path(dir))? else { return Ok(None) };
        Self::parse(&String::from_utf8_lossy(&bytes)).map(Some)
    }

    /// They have been shown: nothing on this machine knows them any more.
    pub fn shown(dir: &StateDir) -> Result<(), TrustError> {
        Self::forget(dir, &dir.writing()?)
    }

    /// They are for nothing any more.
    pub(crate) fn forget(dir: &StateDir, writing: &Writing) -> Result<(), TrustError> {
        private_file::remove(&path(dir))?;
        writing.sync()
    }

    /// They wait to be shown, until somebody looks who has a terminal.
    pub(crate) fn wait(&self, dir: &StateDir, writing: &Writing) -> Result<(), TrustError> {
        private_file::replace(writing, &path(dir), self.to_string().as_bytes())
    }

    /// The root's key.
    pub(crate) fn root(&self) -> Result<KeyPair, TrustError> {
        let (secret, length) = self.0.to_entropy_array();
        let secret = secret.get(..length).unwrap_or_default();
        KeyPair::from_seed(&sha256(&[LABEL, secret].concat()))
    }
}

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Words(not told)")
    }
}

fn path(dir: &StateDir) -> PathBuf {
    dir.path().join("recovery-words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn typed_again_they_give_the_same_root() {
        let words = Words::new(&SystemRandom).expect("words");
        let typed = format!("  {}\n", words.to_string().to_uppercase().replace(' ', "  \n"));
        let again = Words::parse(&typed).expect("the same words");
        let roots = [&words, &again].map(|words| words.root().expect("a root").machine_key());
        assert_eq!(roots[0], roots[1]);
        assert_eq!(format!("{words:?}"), "Words(not told)");
    }

    /// Fixed for ever: whoever wrote words down must be able to use them.
    #[test]
    fn these_words_give_this_root() {
        const ROOT: &str = "17fe1280544bbd9e76ccd957875a364b9466b17e107a410eecf6339f125f345f";
        let words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        let root = Words::parse(words).expect("words").root().expect("a root");
        assert_eq!(data_encoding::HEXLOWER.encode(&root.machine_key().0), ROOT);
    }

    #[test]
    fn what_are_no_words_is_refused_and_says_why() {
        let twelve = "abandon ".repeat(12);
        let cases = [
            ("", "twelve"),
            ("abandon about", "twelve"),
            (&twelve, "wrong"),
            (&"homie ".repeat(12), "no recovery word"),
        ];
        for (typed, said) in cases {
            let error = Words::parse(typed).expect_err(typed).to_string();
            assert!(error.contains(said), "{typed}: {error}");
        }
    }
}
