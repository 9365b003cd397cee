//! What somebody types for a machine: a name, a full name, an address, each with a port or without; or the address of its
//! page.

use std::net::IpAddr;
use std::str::FromStr;

/// The port that is left out of `https://`.
pub(crate) const HTTPS_PORT: u16 = 443;

/// Why it is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMachine {
    /// It is not written as one.
    #[error("{0:?} is no machine; say its name in the tailnet, or its address and port: gw, gw.example.ts.net:4663")]
    Unreadable(String),
    /// Over http anybody could answer.
    #[error("{0} is not protected; the page of a machine that can be reached from here begins with https://")]
    Unprotected(String),
}

/// A machine, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Which.
    pub host: Host,
    /// Its port, if one was typed.
    pub port: Option<u16>,
}

/// By what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// In small letters, without a dot at its end.
    Name(String),
    /// Its address.
    Ip(IpAddr),
}

impl Host {
    /// Whether this is it.
    pub(crate) fn is(&self, host: &str) -> bool {
        match self {
            Self::Name(name) => name == host,
            Self::Ip(ip) => host.parse() == Ok(*ip),
        }
    }
}

impl FromStr for Address {
    type Err = NoMachine;

    fn from_str(text: &str) -> Result<Self, NoMachine> {
        if text.starts_with("http://") {
            return Err(NoMachine::Unprotected(text.to_owned()));
        }
        let unreadable = || NoMachine::Unreadable(text.to_owned());
        match text.strip_prefix("https://") {
            None => read(text).ok_or_else(unreadable),
            Some(page) => {
                let Self { host, port } = read(page.trim_end_matches('/')).ok_or_else(unreadable)?;
                Ok(Self { host, port: port.or(Some(HTTPS_PORT)) })
            }
        }
    }
}

fn read(text: &str) -> Option<Address> {
    if let Ok(ip) = text.trim_start_matches('[').trim_end_matches(']').parse() {
        return Some(Address { host: Host::Ip(ip), port: None });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
        None => (text, None),
    };
    let ip = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse();
    let host = ip.map_or_else(|_| name(host), |ip| Some(Host::Ip(ip)))?;
    Some(Address { host, port })
}

fn name(text: &str) -> Option<Host> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        !label.is_empty() && !label.starts_with('-') && label.chars().all(is_letter)
    };
    name.split('.').all(is_label).then_some(Host::Name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Option<u16>)> {
        let Address { host, port } = text.parse().ok()?;
        let host = match host {
            Host::Name(name) => name,
            Host::Ip(ip) => format!("ip {ip}"),
        };
        Some((host, port))
    }

    #[test]
    fn a_machine_is_typed_in_many_ways() {
        for (text, host, port) in [
            ("gw", "gw", None),
            ("GW.Tail.Test.", "gw.tail.test", None),
            ("gw:4664", "gw", Some(4664)),
            ("100.64.0.1", "ip 100.64.0.1", None),
            ("100.64.0.1:4663", "ip 100.64.0.1", Some(4663)),
            ("fd7a:115c:a1e0::1", "ip fd7a:115c:a1e0::1", None),
            ("[fd7a:115c:a1e0::1]:4663", "ip fd7a:115c:a1e0::1", Some(4663)),
            ("https://gw.tail.test:4663/", "gw.tail.test", Some(4663)),
            ("https://gw.tail.test", "gw.tail.test", Some(443)),
        ] {
            assert_eq!(read(text), Some((host.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn what_is_no_machine_is_told() {
        for text in ["", ":", "gw:", "gw:0", "gw:70000", "gw:x", "a b", "-x", "gw..test", "https://gw/page", "gw/x"] {
            assert!(matches!(text.parse::<Address>(), Err(NoMachine::Unreadable(_))), "{text:?}");
        }
        assert!(matches!("http://gw:4663".parse::<Address>(), Err(NoMachine::Unprotected(_))));
    }
}
