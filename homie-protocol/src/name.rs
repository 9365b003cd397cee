//! What people call a session, a device or a machine: one rule for every name that stands in a list.

use crate::code::{Code, Refusal};
use crate::limits::NAME_MAX;

/// A name: 1 to 64 characters, no blanks at its ends, and none that cannot be seen or turns its neighbours around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// This is not a [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("name: 1 to {NAME_MAX} characters that can be seen, not blanks alone")]
pub struct BadName;

impl Name {
    /// Takes the text without the blanks at its ends, or refuses it.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let name = text.trim();
        let fits = (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(is_unseen);
        if fits { Ok(Self(name.to_owned())) } else { Err(BadName) }
    }

    /// Makes a name of a text that nobody chose as one: leaves out what a name may not have. `None` if nothing is left.
    pub fn made_of(text: &str) -> Option<Self> {
        Self::parse(&visible(text, NAME_MAX)).ok()
    }

    /// The name as text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<BadName> for Refusal {
    fn from(error: BadName) -> Self {
        Self::new(Code::OutOfRange, error.to_string())
    }
}

/// A text of a program for a list: what is said of a name, but for its length.
pub fn visible(text: &str, characters: usize) -> String {
    let seen: String = text.chars().filter(|character| !is_unseen(*character)).collect();
    seen.trim().chars().take(characters).collect()
}

/// Control and format characters, ends of lines, and fillers that look like nothing: with them two names look the same, or
/// one looks like another.
fn is_unseen(character: char) -> bool {
    let hides = matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}');
    character.is_control() || hides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_can_be_seen() {
        let full = "ü".repeat(NAME_MAX);
        for (text, name) in
            [("Übersicht 1", "Übersicht 1"), (" desk \n", "desk"), ("Grüße 手", "Grüße 手"), (&full, &full)]
        {
            assert_eq!(Name::parse(text).map(Name::into_string), Ok(name.to_owned()));
        }
        let long = "x".repeat(NAME_MAX + 1);
        for bad in
            ["", "  ", "a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{ad}b", "\u{200b}", "\u{3164}", "a\u{2066}b", &long]
        {
            assert_eq!(Name::parse(bad), Err(BadName), "{bad:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_name_becomes_one() {
        let made = |text: &str| Name::made_of(text).map(Name::into_string);
        assert_eq!(made("invoice\u{202e}fdp.exe").as_deref(), Some("invoicefdp.exe"));
        assert_eq!(made(&format!("{} y", "x".repeat(NAME_MAX - 1))), Some("x".repeat(NAME_MAX - 1)));
        assert_eq!(made("\u{200b}\n"), None);
    }

    #[test]
    fn a_refusal_names_the_field() {
        let refusal = Refusal::from(BadName);
        assert_eq!(refusal.code, Code::OutOfRange);
        assert!(refusal.message.starts_with("name: 1 to 64 "), "{refusal}");
    }
}
