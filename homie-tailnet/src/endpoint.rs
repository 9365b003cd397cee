//! Where tailscaled listens, on each platform.
//!
//! A place that any user of a machine could take in tailscaled's stead is only looked at on the systems where it is the
//! right one: whoever answers there says who callers are.

use std::path::{Path, PathBuf};

use crate::error::TailnetError;

/// How tailscaled is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket.
    Socket(&'static str),
    /// A named pipe.
    Pipe(&'static str),
    /// A port of the loopback, named by the link; the token lies beside it in `sameuserproof-PORT`.
    Port(&'static str),
    /// A port of the loopback; port and token are in the name of a file, `sameuserproof-PORT-TOKEN`, that Tailscale holds
    /// open.
    OpenFile,
}

/// Operating system, what is there if the row is the right one, and how tailscaled is reached then. In the order in which
/// Tailscale's own command looks.
const ENDPOINTS: &[(&str, Option<&str>, Endpoint)] = &[
    ("linux", Some("/usr/syno"), Endpoint::Socket("/var/packages/Tailscale/var/tailscaled.sock")),
    ("linux", Some("/etc/config/uLinux.conf"), Endpoint::Socket("/tmp/tailscale/tailscaled.sock")),
    ("linux", Some("/gokrazy"), Endpoint::Socket("/perm/tailscaled/tailscaled.sock")),
    ("linux", None, Endpoint::Socket("/var/run/tailscale/tailscaled.sock")),
    ("macos", Some("/Applications/Tailscale.app/Contents/_MASReceipt"), Endpoint::OpenFile),
    ("macos", Some("/Library/Tailscale/ipnport"), Endpoint::Port("/Library/Tailscale/ipnport")),
    ("macos", None, Endpoint::Socket("/var/run/tailscaled.socket")),
    ("windows", None, Endpoint::Pipe(r"\\.\pipe\ProtectedPrefix\Administrators\Tailscale\tailscaled")),
];

/// How tailscaled is reached on an operating system (as `std::env::consts::OS` calls it), where `exists` tells what is
/// there.
pub fn endpoint(os: &str, exists: impl Fn(&str) -> bool) -> Option<Endpoint> {
    let fits = |row: &&(&str, Option<&str>, Endpoint)| row.0 == os && row.1.is_none_or(&exists);
    ENDPOINTS.iter().find(fits).map(|(_, _, endpoint)| *endpoint)
}

/// tailscaled's socket on this machine: the one that was named, else the platform's. An empty name counts as none.
pub fn find_socket(named: Option<&Path>) -> Result<PathBuf, TailnetError> {
    if let Some(named) = named.filter(|named| !named.as_os_str().is_empty()) {
        return Ok(named.to_owned());
    }
    match endpoint(std::env::consts::OS, |path| Path::new(path).exists()) {
        Some(Endpoint::Socket(path)) => Ok(path.into()),
        Some(Endpoint::Pipe(_)) => Err(TailnetError::NoSocket("a named pipe")),
        Some(Endpoint::Port(_) | Endpoint::OpenFile) => Err(TailnetError::NoSocket("a port with a token")),
        None => Err(TailnetError::NoSocket("an unknown way")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_its_place() {
        let nothing: &[&str] = &[];
        for (os, there, expected) in [
            ("linux", nothing, Some(Endpoint::Socket("/var/run/tailscale/tailscaled.sock"))),
            ("linux", &["/usr/syno"], Some(Endpoint::Socket("/var/packages/Tailscale/var/tailscaled.sock"))),
            ("linux", &["/etc/config/uLinux.conf"], Some(Endpoint::Socket("/tmp/tailscale/tailscaled.sock"))),
            ("linux", &["/gokrazy"], Some(Endpoint::Socket("/perm/tailscaled/tailscaled.sock"))),
            ("linux", &["/Library/Tailscale/ipnport"], Some(Endpoint::Socket("/var/run/tailscale/tailscaled.sock"))),
            ("macos", nothing, Some(Endpoint::Socket("/var/run/tailscaled.socket"))),
            ("macos", &["/Library/Tailscale/ipnport"], Some(Endpoint::Port("/Library/Tailscale/ipnport"))),
            ("macos", &["/Applications/Tailscale.app/Contents/_MASReceipt"], Some(Endpoint::OpenFile)),
            ("windows", nothing, Some(Endpoint::Pipe(r"\\.\pipe\ProtectedPrefix\Administrators\Tailscale\tailscaled"))),
            ("plan9", nothing, None),
        ] {
            assert_eq!(endpoint(os, |path| there.contains(&path)), expected, "{os} with {there:?}");
        }
    }

    #[test]
    fn a_place_that_anybody_could_take_needs_its_system() {
        for (_, marker, endpoint) in ENDPOINTS {
            if let Endpoint::Socket(path) = endpoint {
                assert!(!path.starts_with("/tmp") || marker.is_some(), "{path}");
            }
        }
    }

    #[test]
    fn the_named_socket_wins() {
        assert_eq!(find_socket(Some(Path::new("/a/b.sock"))).expect("a path"), Path::new("/a/b.sock"));
        assert_eq!(find_socket(Some(Path::new(""))).ok(), find_socket(None).ok());
    }
}
