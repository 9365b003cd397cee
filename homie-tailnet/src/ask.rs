//! What tailscaled can be asked: path, limits, and the name that errors call it by.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;

use crate::error::TailnetError;
use crate::limits::{
    ANSWER_BYTES, BUS_TIME, CERTIFICATE_TIME, DIAL_TIME, ISSUE_TIME, PEERS_BYTES, SERVE_TIME, STATUS_TIME, WHOIS_TIME,
};

/// `InitialState`, `PeerChanges`, `InitialStatus` and `PeerPatches`. Never `InProcessNoDisconnect`: whoever is slow is
/// to be dropped, and comes back.
const BUS_MASK: u32 = (1 << 1) | (1 << 12) | (1 << 14) | (1 << 15);

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

    pub(crate) fn serve_config() -> Self {
        Self::get("the Serve configuration", "serve-config", SERVE_TIME, ANSWER_BYTES)
    }

    pub(crate) fn set_serve_config(body: Bytes, etag: String) -> Self {
        Self { method: Method::POST, body, if_match: Some(etag), ..Self::serve_config() }
    }

    /// Makes tailscaled have a certificate that is good for a week, and gives its public part.
    pub(crate) fn issue(name: &str) -> Result<Self, TailnetError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(TailnetError::BadName(name.to_owned()));
        }
        let path = format!("cert/{name}?type=cert&min_validity=168h");
        Ok(Self::get("a certificate", path, ISSUE_TIME, ANSWER_BYTES))
    }

    /// The certificate that is there, with its key.
    pub(crate) fn certificate() -> Self {
        Self::get("the certificate's key", "", CERTIFICATE_TIME, ANSWER_BYTES)
    }

    pub(crate) fn bus() -> Self {
        Self::get("the change bus", format!("watch-ipn-bus?mask={BUS_MASK}"), BUS_TIME, PEERS_BYTES)
    }

    /// To whom, its headers say.
    pub(crate) fn dial() -> Self {
        Self { method: Method::POST, ..Self::get("a connection", "dial", DIAL_TIME, ANSWER_BYTES) }
    }

    /// Nothing is sent: connecting is enough.
    pub(crate) fn uid() -> Self {
        Self::get("its own user", "", STATUS_TIME, 0)
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

    #[test]
    fn a_certificate_is_for_a_name_and_nothing_else() {
        let ask = Ask::issue("gw.tail.test").expect("a name");
        assert_eq!(ask.path, "cert/gw.tail.test?type=cert&min_validity=168h");
        for name in ["", "a b", "a/../b", "a?b", "ü.test", "a\r\nHost: b", "a%2fb"] {
            assert!(matches!(Ask::issue(name), Err(TailnetError::BadName(_))), "{name}");
        }
    }

    #[test]
    fn the_mask_is_the_one_that_was_measured() {
        assert_eq!(BUS_MASK, 53_250);
    }
}
