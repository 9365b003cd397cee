//! What a machine says when it is asked who it is. Nothing in it is proved: it is read with care, cut short, and shown. Pure.

use homie_protocol::id::NodeId;
use serde::Deserialize;

/// Bytes of an answer that are looked at; ours have a hundred and some.
const ANSWER: usize = 4 * 1024;

/// Characters of a name that are shown.
const NAME: usize = 64;

/// Characters of a version that are shown.
const VERSION: usize = 32;

/// A machine, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) node: NodeId,
    pub(crate) name: String,
    pub(crate) homie: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    node: NodeId,
    homie: String,
    #[serde(default)]
    name: String,
}

impl About {
    /// Reads an answer of `/.well-known/homie`; nothing if it is something else's.
    pub(crate) fn read(answer: &[u8]) -> Option<Self> {
        if answer.len() > ANSWER {
            return None;
        }
        let Said { node, homie, name } = serde_json::from_slice(answer).ok()?;
        Some(Self { node, name: shown(&name, NAME), homie: Some(shown(&homie, VERSION)) })
    }
}

/// A text of a stranger's, as it can be shown: short, in one line, without what would act on a terminal or turn it round.
pub(super) fn shown(text: &str, most: usize) -> String {
    let is_plain = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(is_plain).take(most).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "aaaqeayeaudaocajbifqydiob4";

    fn read(text: &str) -> Option<(String, Option<String>)> {
        let about = About::read(text.as_bytes())?;
        assert_eq!(about.node.to_string(), NODE);
        Some((about.name, about.homie))
    }

    #[test]
    fn what_ours_says_is_read_and_more_is_left_for_later_versions() {
        let said = crate::about::about(&NODE.parse().unwrap(), "shed");
        assert_eq!(read(&said), Some(("shed".to_owned(), Some(env!("CARGO_PKG_VERSION").to_owned()))));
        assert!(read(&format!(r#"{{"node":"{NODE}","homie":"9","name":"x","more":[1,{{}}]}}"#)).is_some());
        assert_eq!(read(&format!(r#"{{"node":"{NODE}","homie":"9"}}"#)), Some((String::new(), Some("9".to_owned()))));
    }

    #[test]
    fn what_something_else_says_is_nothing() {
        let long = format!(r#"{{"node":"{NODE}","homie":"9","name":"{}"}}"#, "x".repeat(5_000));
        let deep = "[".repeat(4_000);
        for text in ["", "{}", "null", "<html>", r#"{"homie":"1"}"#, r#"{"node":"short","homie":"1"}"#, &long, &deep] {
            assert_eq!(About::read(text.as_bytes()), None, "{text:.40}");
        }
        assert_eq!(About::read(b"\xff\xfe"), None);
        assert_eq!(About::read(format!(r#"{{"node":"{NODE}","homie":7}}"#).as_bytes()), None);
    }

    #[test]
    fn a_name_acts_on_no_terminal() {
        let name = format!("a\\u001b[2J\\n\\u202eb{}", "c".repeat(200));
        let (name, _) = read(&format!(r#"{{"node":"{NODE}","homie":"9","name":"{name}"}}"#)).unwrap();
        assert!(name.starts_with("a[2Jbccc") && name.chars().count() == NAME, "{name:?}");
    }
}
