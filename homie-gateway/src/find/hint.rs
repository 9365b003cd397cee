//! What a record of the local network says, as far as it can be one of ours. Whoever is on the cable can say anything, so it is
//! read with care and believed in nothing. Pure.

use homie_protocol::id::NodeId;

use super::about::shown;
use super::lan::{Announced, Door, Record};

/// What is announced and looked for.
pub(crate) const SERVICE: &str = "_homie-mesh._tcp.local.";

/// The version of what is said.
const VERSION: &str = "1";

/// Letters of the key in the name, so that two machines of one name have two.
const OF_KEY: usize = 6;

/// Bytes of a label in the DNS.
const LABEL: usize = 63;

/// Bytes of a full name in the DNS, with every dot of a label behind a stroke.
const FULL_NAME: usize = 512;

/// Somebody of whom was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The record's name.
    pub(crate) name: String,
    pub(crate) node: NodeId,
    pub(crate) port: u16,
    pub(crate) door: Door,
    pub(crate) tag: Option<String>,
}

impl Hint {
    /// Reads a record; nothing if it is none of ours, or of a later kind.
    pub(crate) fn read(record: &Record) -> Option<Self> {
        let said = |key: &str| record.text.get(key).map(String::as_str);
        if said("txtvers") != Some(VERSION) || record.port == 0 || record.name.len() > FULL_NAME {
            return None;
        }
        let (node, door) = (said("k")?.parse().ok()?, Door::of(said("r")?)?);
        let name = record.name.to_ascii_lowercase();
        let tag = said("t").filter(|tag| tag.len() <= LABEL).map(str::to_owned);
        Some(Self { name, node, port: record.port, door, tag })
    }
}

impl Announced {
    /// What it is called in the local network: by its name for people, and by its key, since names are not unique.
    pub(super) fn instance(&self) -> String {
        let key = letters(self.node);
        let mut name = shown(&self.name, LABEL);
        while name.len() > LABEL - OF_KEY - 1 {
            name.pop();
        }
        if name.is_empty() { key } else { format!("{name}-{key}") }
    }

    /// The host of its addresses. The system's own is announced by others, and goes when they go.
    pub(super) fn host(&self) -> String {
        format!("homie-{}.local.", letters(self.node))
    }

    /// What is said besides. No name of a person or of a tailnet is in it.
    pub(super) fn text(&self) -> Vec<(&'static str, String)> {
        let always = [
            ("txtvers", VERSION.to_owned()),
            ("v", env!("CARGO_PKG_VERSION").to_owned()),
            ("k", self.node.to_string()),
            ("r", self.door.word().to_owned()),
        ];
        always.into_iter().chain(self.tag.clone().map(|tag| ("t", tag))).collect()
    }
}

fn letters(node: NodeId) -> String {
    node.to_string().chars().take(OF_KEY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(name: &str) -> Announced {
        let (node, tag) = (NodeId::from_bytes([7; 16]), Some("ab".repeat(16)));
        Announced { name: name.to_owned(), node, port: 4663, door: Door::Tailnet, tag }
    }

    fn record(announced: &Announced) -> Record {
        let text = announced.text().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Record {
            name: format!("{}.{SERVICE}", announced.instance()),
            port: announced.port,
            addresses: Vec::new(),
            text,
        }
    }

    #[test]
    fn what_ours_announces_is_read() {
        let desk = announced("desk");
        let hint = Hint::read(&record(&desk)).unwrap();
        assert_eq!((hint.node, hint.port, hint.door, &hint.tag), (desk.node, 4663, Door::Tailnet, &desk.tag));
        let mut later = record(&desk);
        later.text.insert("more".to_owned(), "1".to_owned());
        later.text.remove("t");
        assert_eq!(Hint::read(&later).unwrap(), Hint { tag: None, ..hint });
    }

    #[test]
    fn what_something_else_announces_is_nothing() {
        let good = record(&announced("desk"));
        for (key, value) in [("txtvers", "2"), ("k", "short"), ("k", ""), ("r", "printer"), ("r", "")] {
            let mut bad = good.clone();
            bad.text.insert(key.to_owned(), value.to_owned());
            assert_eq!(Hint::read(&bad), None, "{key} {value}");
            bad.text.remove(key);
            assert_eq!(Hint::read(&bad), None, "no {key}");
        }
        assert_eq!(Hint::read(&Record { port: 0, ..good.clone() }), None);
        assert_eq!(Hint::read(&Record { name: "x".repeat(600), ..good }), None);
    }

    #[test]
    fn a_label_has_room_for_the_key_whatever_the_name_is() {
        let key = letters(announced("").node);
        assert_eq!((announced("desk").instance(), announced("").instance()), (format!("desk-{key}"), key.clone()));
        for name in ["d".repeat(300), "ä".repeat(100), "\u{1f3e0}".repeat(40)] {
            let label = announced(&name).instance();
            assert!(label.len() <= LABEL && label.ends_with(&format!("-{key}")), "{label}");
        }
        assert_eq!(announced("desk").host(), format!("homie-{key}.local."));
    }

    #[test]
    fn no_person_and_no_tailnet_is_named() {
        let said = announced("desk").text();
        let keys: Vec<_> = said.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["txtvers", "v", "k", "r", "t"]);
        let bytes: usize = said.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
        assert!(bytes <= 400 && said.iter().all(|(key, _)| key.len() <= 9), "{bytes}");
    }
}
