//! The key that leaves a session, found in what is typed, however the terminal tells it.

use std::str::FromStr;

use crate::key_names;

/// What it is unless somebody says otherwise.
pub(crate) const USUAL: &str = "C-\\";

/// The key that leaves a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DetachKey {
    name: String,
    /// The same key as a plain terminal sends it, and as one does that tells keys apart.
    forms: Vec<Vec<u8>>,
}

/// This cannot be the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadDetachKey {
    /// It is no key at all.
    #[error(transparent)]
    NoSuchKey(#[from] key_names::NoSuchKey),
    /// Nobody could type it any more.
    #[error("{0:?} is needed for typing; take a key with C- or M-, or a function key")]
    Needed(String),
}

impl FromStr for DetachKey {
    type Err = BadDetachKey;

    fn from_str(name: &str) -> Result<Self, BadDetachKey> {
        let plain = key_names::parse(name)?;
        let is_needed = match plain.as_slice() {
            [byte] => (b' '..=0x7f).contains(byte) || b"\t\r\n\x1b".contains(byte),
            bytes => bytes.first().is_some_and(|first| *first >= 0x80),
        };
        if is_needed {
            return Err(BadDetachKey::Needed(name.to_owned()));
        }
        let mut forms = told_apart(&plain);
        forms.push(plain);
        Ok(Self { name: name.to_owned(), forms })
    }
}

impl Default for DetachKey {
    fn default() -> Self {
        let forms = vec![b"\x1c".to_vec(), b"\x1b[92;5u".to_vec(), b"\x1b[27;5;92~".to_vec()];
        Self { name: USUAL.to_owned(), forms }
    }
}

impl DetachKey {
    /// Its name, as in tmux.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// As people say it.
    pub(crate) fn spoken(&self) -> String {
        self.name.replace("C-", "Ctrl-").replace("M-", "Alt-").replace("S-", "Shift-")
    }

    /// What was typed before it; `None` if it was not.
    pub(crate) fn before<'a>(&self, typed: &'a [u8]) -> Option<&'a [u8]> {
        let places = self.forms.iter().filter_map(|form| typed.windows(form.len()).position(|window| window == form));
        typed.get(..places.min()?)
    }
}

/// A control character as the kitty protocol and xterm's `modifyOtherKeys` tell it.
fn told_apart(plain: &[u8]) -> Vec<Vec<u8>> {
    let [byte @ ..0x20] = plain else { return Vec::new() };
    let character = (byte | 0x40).to_ascii_lowercase();
    vec![format!("\x1b[{character};5u").into_bytes(), format!("\x1b[27;5;{character}~").into_bytes()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_one_is_what_its_name_says() {
        let named: DetachKey = USUAL.parse().unwrap();
        let (mut ours, mut theirs) = (named.forms.clone(), DetachKey::default().forms);
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        assert_eq!(named.spoken(), "Ctrl-\\");
    }

    #[test]
    fn it_is_found_in_each_form() {
        let key = DetachKey::default();
        for typed in [&b"ls\x1cxy"[..], b"ls\x1b[92;5u", b"ls\x1b[27;5;92~\x1c"] {
            assert_eq!(key.before(typed), Some(&b"ls"[..]));
        }
        assert_eq!(key.before(b"ls\r"), None);
        assert_eq!(key.before(b""), None);
    }

    #[test]
    fn a_key_that_is_needed_is_refused() {
        for name in ["a", "Enter", "Tab", "Escape", "Space", "BSpace", "é", "C-m", "nonsense"] {
            assert!(name.parse::<DetachKey>().is_err(), "{name}");
        }
        for name in ["C-q", "F12", "M-d", "C-Left"] {
            assert!(name.parse::<DetachKey>().is_ok(), "{name}");
        }
    }
}
