//! `presence.get`: what this machine says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use homie_protocol::code::Refusal;
use homie_protocol::control::Empty;
use homie_protocol::id::InstanceId;
use homie_protocol::methods::presence::{Offered, Platform, Presence, PresenceService};
use homie_protocol::version::VERSION;

use super::{Caller, Service};

/// Where systems say what they are called: the second is the vendor's.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// The longest name of a system that is passed on.
const VERSION_MAX: usize = 64;

impl PresenceService for Service {
    type Caller = Caller;

    async fn presence(&self, _: &Caller, _: Empty) -> Result<Presence, Refusal> {
        Ok(self.shared.presence.clone())
    }
}

/// What is to be said, found out once.
pub(crate) fn presence(instance: InstanceId) -> Presence {
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
        instance,
        services: BTreeMap::from([("terminal".to_owned(), terminal)]),
    }
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
    fn a_machine_says_what_it_is() {
        let presence = presence(InstanceId::from_bytes([1; 16]));
        assert_eq!(presence.platform.os, "linux");
        assert!(!presence.host.is_empty() && !presence.platform.version.is_empty());
        assert!(presence.services.contains_key("terminal"));
    }
}
