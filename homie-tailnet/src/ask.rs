//! What tailscaled can be asked: path, limits, and the name that errors call it by.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;

use crate::error::TailnetError;
use crate::limits::{ANSWER_BYTES, PEERS_BYTES, STATUS_TIME, WHOIS_TIME};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) what: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The state that a write is meant for, as tailscaled has named it: without quotes.
    pub(crate) if_match: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) time: Duration,
    pub(crate) bytes: usize,
    /// Of whom a whois asks.
    pub(crate) about: Option<IpAddr>,
}

impl Ask {
    pub(crate) fn get(what: &'static str, path: impl Into<String>, time: Duration, bytes: usize) -> Self {
        let path = path.into();
        Self { what, method: Method::GET, path, if_match: None, body: Bytes::new(), time, bytes, about: None }
    }

    pub(crate) fn status(peers: bool) -> Self {
        if peers {
            return Self::get("the status with all peers", "status", STATUS_TIME, PEERS_BYTES);
        }
        Self::get("the status", "status?peers=false", STATUS_TIME, ANSWER_BYTES)
    }

    /// Port 0 stands for none: behind Serve nobody knows the caller's.
    pub(crate) fn whois(caller: SocketAddr, arrived_at: Option<IpAddr>) -> Self {
        let ip = caller.ip().to_canonical();
        let address = match caller.port() {
            0 => ip.to_string(),
            port => SocketAddr::new(ip, port).to_string(),
        };
        let mut path = format!("whois?proto=tcp&addr={}", encode(&address));
        if let Some(own) = arrived_at {
            path.push_str("&dst_ip=");
            path.push_str(&encode(&own.to_canonical().to_string()));
        }
        Self { about: Some(ip), ..Self::get("who is calling", path, WHOIS_TIME, ANSWER_BYTES) }
    }

    /// Nothing is sent: connecting is enough.
    pub(crate) fn uid() -> Self {
        Self::get("whose it is", "", STATUS_TIME, 0)
    }

    pub(crate) fn timed_out(&self) -> TailnetError {
        TailnetError::TimedOut { what: self.what, limit: self.time }
    }

    pub(crate) fn broken(&self, error: &(impl ToString + ?Sized)) -> TailnetError {
        TailnetError::Broken { what: self.what, detail: error.to_string() }
    }

    pub(crate) fn garbled(&self, detail: &(impl ToString + ?Sized)) -> TailnetError {
        TailnetError::Garbled { what: self.what, detail: detail.to_string() }
    }
}

/// A value of a query: what is not plainly a letter, a digit or a dot goes by its number.
fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(caller: &str, arrived_at: Option<&str>) -> String {
        let arrived_at = arrived_at.map(|own| own.parse().expect("an address"));
        Ask::whois(caller.parse().expect("an address"), arrived_at).path
    }

    #[test]
    fn addresses_are_written_as_tailscaled_reads_them() {
        for (caller, arrived_at, expected) in [
            ("100.64.0.2:51000", None, "whois?proto=tcp&addr=100.64.0.2%3A51000"),
            ("100.64.0.2:0", None, "whois?proto=tcp&addr=100.64.0.2"),
            ("[fd7a::2]:51000", None, "whois?proto=tcp&addr=%5Bfd7a%3A%3A2%5D%3A51000"),
            ("[fd7a::2]:0", None, "whois?proto=tcp&addr=fd7a%3A%3A2"),
            ("[::ffff:100.64.0.2]:9", None, "whois?proto=tcp&addr=100.64.0.2%3A9"),
            ("100.64.0.2:0", Some("fd7a::1"), "whois?proto=tcp&addr=100.64.0.2&dst_ip=fd7a%3A%3A1"),
            ("100.64.0.2:0", Some("::ffff:100.64.0.1"), "whois?proto=tcp&addr=100.64.0.2&dst_ip=100.64.0.1"),
        ] {
            assert_eq!(path(caller, arrived_at), expected);
        }
    }

    #[test]
    fn nothing_leaves_a_value() {
        assert_eq!(encode("a&b=c?d#e/f\r\n%é"), "a%26b%3Dc%3Fd%23e%2Ff%0D%0A%25%C3%A9");
    }
}
