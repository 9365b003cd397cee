//! The key door, as the settings write it and as `homie up` says it: a port for programs of the mesh alone, off until somebody
//! writes where.

use std::net::SocketAddr;

use anyhow::anyhow;
use homie_gateway::reach::{Address, Host};
use homie_gateway::{Gateway, Hindrance, KEY_DOORS};
use homie_trust::{KeyDoor, key_door_origin};

use crate::outcome::say;

/// Before where it is.
pub(crate) const KEY_DOOR: &str = "Key door: ";

/// The kind of hindrance that root is, for programs.
pub(crate) const ROOT: &str = "key-door-root";

/// Says where it is.
pub(crate) fn say_open(gateway: &Gateway) {
    if let Some(door) = gateway.key_door() {
        say(&format!("{KEY_DOOR}{}", in_words(door)));
    }
}

/// Where it listens, and what others dial if that is not the same.
pub(crate) fn in_words(door: &KeyDoor) -> String {
    let listening = list(door.listening.iter().map(ToString::to_string));
    let told = list(door.origins.iter().map(|origin| origin.trim_start_matches("homie://").to_owned()));
    let dialled = if told == listening { String::new() } else { format!(", for others at {told}") };
    format!("{listening}{dialled} (devices and machines of the mesh, by their keys)")
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

/// Root opens no door that nobody has asked root for.
pub(crate) fn root() -> Hindrance {
    Hindrance {
        kind: ROOT,
        sentence: "Homie runs as root, so it opens no key door.".to_owned(),
        command: "homie up --allow-root".to_owned(),
    }
}

/// Where it is to listen.
pub(crate) fn listening(written: &[String]) -> anyhow::Result<Vec<SocketAddr>> {
    let read = |text: &String| {
        let address = text.parse::<SocketAddr>().ok().filter(|address| address.port() > 0);
        address.ok_or_else(|| {
            anyhow!("key-door: {text:?} is no address and port of this machine; 192.168.1.5:4664 and [::]:4664 are")
        })
    };
    at_most_some("key-door", written)?;
    if written.is_empty() {
        return Err(anyhow!("key-door: an address and a port, or leave the line out: then there is no such door"));
    }
    written.iter().map(read).collect()
}

/// What others are to dial.
pub(crate) fn dialled(written: &[String]) -> anyhow::Result<Vec<(String, u16)>> {
    let read = |text: &String| {
        let wrong = || anyhow!("key-door-at: {text:?} is no name or address with a port; home.example.org:4664 is");
        let Address { host, port } = text.parse().map_err(|_| wrong())?;
        let host = match host {
            Host::Name(name) => name,
            Host::Ip(ip) => ip.to_string(),
        };
        let port = port.filter(|_| !text.contains("://")).ok_or_else(wrong)?;
        homie_trust::key_door(&key_door_origin(&host, port)).ok_or_else(wrong)?;
        Ok((host, port))
    };
    at_most_some("key-door-at", written)?;
    written.iter().map(read).collect()
}

fn at_most_some(key: &str, written: &[String]) -> anyhow::Result<()> {
    if written.len() <= KEY_DOORS { Ok(()) } else { Err(anyhow!("{key}: at most {KEY_DOORS}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dialled_is_told_where_it_is_not_where_it_listens() {
        let door = |origins: &[&str]| KeyDoor {
            listening: vec![([192, 168, 1, 5], 4664).into()],
            origins: origins.iter().map(ToString::to_string).collect(),
        };
        assert!(in_words(&door(&["homie://192.168.1.5:4664"])).starts_with("192.168.1.5:4664 (devices"));
        let words = in_words(&door(&["homie://home.example.org:1"]));
        assert!(words.starts_with("192.168.1.5:4664, for others at home.example.org:1 ("), "{words}");
    }
}
