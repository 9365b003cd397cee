//! `presence.get`: what this machine says of itself.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::Path;

use homie_protocol::code::Refusal;
use homie_protocol::control::Empty;
use homie_protocol::methods::presence::{Offered, Platform, Presence, PresenceService};
use homie_protocol::version::VERSION;

use super::{Caller, Service};

/// Where systems say what they are called: the second is the vendor's.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// Somebody in each network that a machine may be in: the internet by both protocols, and a tailnet, where it is a service of
/// its own.
const SOMEBODY: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 100)),
    IpAddr::V6(Ipv6Addr::new(0xfd7a, 0x115c, 0xa1e0, 0, 0, 0, 0, 0x53)),
];

/// A port to which nobody listens.
const DISCARD: u16 = 9;

/// The longest name of a system that is passed on.
const VERSION_MAX: usize = 64;

impl PresenceService for Service {
    type Caller = Caller;

    async fn presence(&self, _: &Caller, _: Empty) -> Result<Presence, Refusal> {
        Ok(Presence { addresses: addresses(), ..self.shared.presence.clone() })
    }
}

/// What is to be said, found out once.
pub(crate) fn presence() -> Presence {
    let uname = rustix::system::uname();
    let kernel = || format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy());
    let called = OS_RELEASE.iter().find_map(|path| called(&std::fs::read_to_string(Path::new(path)).ok()?));
    let terminal = Offered { version: VERSION, features: vec!["recording".to_owned(), "search".to_owned()] };
    Presence {
        host: uname.nodename().to_string_lossy().into_owned(),
        platform: Platform {
            os: std::env::consts::OS.to_owned(),
            version: called.unwrap_or_else(kernel),
            arch: std::env::consts::ARCH.to_owned(),
        },
        homie: env!("CARGO_PKG_VERSION").to_owned(),
        addresses: Vec::new(),
        tags: Vec::new(),
        services: BTreeMap::from([("terminal".to_owned(), terminal)]),
    }
}

/// From where this machine would speak to each of them. The kernel looks it up; nothing is sent.
fn addresses() -> Vec<String> {
    let mut addresses: Vec<IpAddr> = SOMEBODY.iter().filter_map(|somebody| from_where(*somebody)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.iter().map(ToString::to_string).collect()
}

fn from_where(somebody: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if somebody.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((somebody, DISCARD)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|own| !own.is_loopback() && !own.is_unspecified())
}

/// The name for people in an os-release file.
fn called(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let name: String = value.trim().trim_matches(['"', '\'']).chars().take(VERSION_MAX).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_called_as_it_says() {
        assert_eq!(called("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n").as_deref(), Some("Debian GNU/Linux 13"));
        assert_eq!(called("PRETTY_NAME=Arch\nID=arch").as_deref(), Some("Arch"));
        assert_eq!(called("PRETTY_NAME=\"\""), None);
        assert_eq!(called("NAME=x"), None);
    }

    #[test]
    fn an_address_is_one_that_others_could_know() {
        assert_eq!(from_where(Ipv4Addr::LOCALHOST.into()), None);
        let told = addresses();
        assert!(told.iter().all(|address| address.parse::<IpAddr>().is_ok_and(|ip| !ip.is_loopback())), "{told:?}");
        assert!(told.is_sorted_by_key(|address| address.parse::<IpAddr>().unwrap()), "each once: {told:?}");
    }

    #[test]
    fn a_machine_says_what_it_is() {
        let presence = presence();
        assert_eq!(presence.platform.os, "linux");
        assert!(!presence.host.is_empty() && !presence.platform.version.is_empty());
        assert!(presence.services.contains_key("terminal"));
    }
}
