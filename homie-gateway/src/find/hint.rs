//! What a record of the local network says, as far as it can be one of ours. Whoever is on the cable can say anything, so it is
//! read with care and believed in nothing. Pure.

use std::net::{IpAddr, Ipv4Addr};

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

/// Addresses of a key door that are looked at: those of one link, in both families.
const ADDRESSES: usize = 4;

/// What the name of a key door ends with: the machine's other door has one too.
const OF_KEY_DOOR: &str = "-key";

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
    /// Its address, where that is what it is called at.
    pub(crate) at: Option<String>,
}

impl Hint {
    /// Reads a record: one for each place that it tells of; none if it is none of ours, or of a later kind.
    pub(crate) fn read(record: &Record) -> Vec<Self> {
        let Some(hint) = Self::without_address(record) else { return Vec::new() };
        match hint.door {
            Door::Tailnet => vec![hint],
            Door::Key => {
                let near = record.addresses.iter().filter(|address| is_near(address)).take(ADDRESSES);
                near.map(|address| Self { at: Some(address.clone()), ..hint.clone() }).collect()
            }
        }
    }

    fn without_address(record: &Record) -> Option<Self> {
        let said = |key: &str| record.text.get(key).map(String::as_str);
        if said("txtvers") != Some(VERSION) || record.port == 0 || record.name.len() > FULL_NAME {
            return None;
        }
        let (node, door) = (said("k")?.parse().ok()?, Door::of(said("r")?)?);
        let name = record.name.to_ascii_lowercase();
        let tag = said("t").filter(|tag| tag.len() <= LABEL).map(str::to_owned);
        Some(Self { name, node, port: record.port, door, tag, at: None })
    }
}

/// Whether it is an address of networks like this one, so that nobody on it sends us anywhere else: a private one, or one of the link,
/// which says of which.
fn is_near(address: &str) -> bool {
    let (address, link) = address.split_once('%').map_or((address, None), |(address, link)| (address, Some(link)));
    match address.parse() {
        Ok(IpAddr::V4(v4)) => link.is_none() && (v4.is_private() || v4.is_link_local() || is_shared(v4)),
        Ok(IpAddr::V6(v6)) if v6.is_unicast_link_local() => link.is_some(),
        Ok(IpAddr::V6(v6)) => link.is_none() && v6.is_unique_local(),
        Err(_) => false,
    }
}

/// 100.64.0.0/10: behind a provider's own translation.
const fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0xc0 == 64
}

impl Announced {
    /// What it is called in the local network: by its name for people, and by its key, since names are not unique.
    pub(super) fn instance(&self) -> String {
        let key = self.letters();
        let mut name = shown(&self.name, LABEL);
        while name.len() > LABEL - key.len() - 1 {
            name.pop();
        }
        if name.is_empty() { key } else { format!("{name}-{key}") }
    }

    /// The host of its addresses. The system's own is announced by others, and goes when they go.
    pub(super) fn host(&self) -> String {
        format!("homie-{}.local.", self.letters())
    }

    /// Two doors of one machine are two, down to their addresses: whoever takes one of them away says goodbye to these as well.
    fn letters(&self) -> String {
        let key: String = self.node.to_string().chars().take(OF_KEY).collect();
        match self.door {
            Door::Tailnet => key,
            Door::Key => key + OF_KEY_DOOR,
        }
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
        let hint = Hint::read(&record(&desk)).remove(0);
        assert_eq!((hint.node, hint.port, hint.door, &hint.tag), (desk.node, 4663, Door::Tailnet, &desk.tag));
        let mut later = record(&desk);
        later.text.insert("more".to_owned(), "1".to_owned());
        later.text.remove("t");
        assert_eq!(Hint::read(&later), [Hint { tag: None, ..hint }]);
    }

    #[test]
    fn a_key_door_is_at_the_addresses_that_are_of_networks_like_this_one() {
        let addresses = |addresses: &[&str]| addresses.iter().map(|at| (*at).to_owned()).collect::<Vec<_>>();
        let read = |told: &[&str]| {
            let said = Announced { door: Door::Key, tag: None, ..announced("desk") };
            let hints = Hint::read(&Record { addresses: addresses(told), ..record(&said) });
            assert!(hints.iter().all(|hint| (hint.node, hint.port, hint.door) == (said.node, 4663, Door::Key)));
            hints.into_iter().filter_map(|hint| hint.at).collect::<Vec<_>>()
        };
        for near in ["192.168.1.7", "10.0.0.1", "172.16.0.9", "169.254.3.4", "100.64.0.7", "fd00::7", "fe80::7%eth0"] {
            assert_eq!(read(&[near]), [near]);
        }
        for far in ["192.0.2.7", "8.8.8.8", "127.0.0.1", "0.0.0.0", "224.0.0.251", "172.32.0.1", "100.128.0.1", "desk"]
        {
            assert_eq!(read(&[far]), Vec::<String>::new(), "{far}");
        }
        for far in ["::1", "2001:db8::7", "fe80::7", "fd00::7%eth0", "::ffff:10.0.0.1", "ff02::fb", "", "10.0.0.1%eth0"]
        {
            assert_eq!(read(&[far]), Vec::<String>::new(), "{far}");
        }
        assert_eq!(read(&[]), Vec::<String>::new());
        let many: Vec<_> = (1..=20).map(|number| format!("10.0.0.{number}")).collect();
        assert_eq!(read(&many.iter().map(String::as_str).collect::<Vec<_>>()).len(), ADDRESSES);
    }

    #[test]
    fn what_something_else_announces_is_nothing() {
        let good = record(&announced("desk"));
        for (key, value) in [("txtvers", "2"), ("k", "short"), ("k", ""), ("r", "printer"), ("r", "")] {
            let mut bad = good.clone();
            bad.text.insert(key.to_owned(), value.to_owned());
            assert_eq!(Hint::read(&bad), [], "{key} {value}");
            bad.text.remove(key);
            assert_eq!(Hint::read(&bad), [], "no {key}");
        }
        assert_eq!(Hint::read(&Record { port: 0, ..good.clone() }), []);
        assert_eq!(Hint::read(&Record { name: "x".repeat(600), ..good }), []);
    }

    #[test]
    fn a_label_has_room_for_the_key_whatever_the_name_is() {
        let key = announced("").letters();
        assert_eq!((announced("desk").instance(), announced("").instance()), (format!("desk-{key}"), key.clone()));
        for name in ["d".repeat(300), "ä".repeat(100), "\u{1f3e0}".repeat(40)] {
            let label = announced(&name).instance();
            assert!(label.len() <= LABEL && label.ends_with(&format!("-{key}")), "{label}");
        }
        assert_eq!(announced("desk").host(), format!("homie-{key}.local."));
        for name in ["desk".to_owned(), "d".repeat(300)] {
            let keyed = Announced { door: Door::Key, ..announced(&name) };
            let (label, host) = (keyed.instance(), keyed.host());
            assert!(label.len() <= LABEL && label.ends_with(&format!("-{key}-key")), "{label}");
            assert_eq!(host, format!("homie-{key}-key.local."));
        }
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
