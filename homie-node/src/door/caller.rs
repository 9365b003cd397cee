//! Of whom a gateway speaks, in the headers of its handshake: the address of a client from the tailnet, or whose key of the roster
//! was proved to it, or that of one from the internet, or the user of this machine whose client it is, or what another machine's gateway says of its own client.

use std::net::SocketAddr;

use homie_trust::{Claim, Garbled, Known, Relayed};
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

const DOOR: HeaderName = HeaderName::from_static("homie-door");
const CALLER: HeaderName = HeaderName::from_static("homie-caller");
const KNOWN: HeaderName = HeaderName::from_static(Known::HEADER);
const USER: HeaderName = HeaderName::from_static("homie-user");

/// A client from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// From the tailnet: tailscaled is to be asked about it.
    Tailnet(Claim),
    /// From anywhere, with a key of the roster that it has proved to the gateway.
    Keyed(SocketAddr, Known),
    /// From the internet, of which nothing is known.
    Public(SocketAddr),
}

/// Who comes from elsewhere; nothing for a client of this machine's own. Half of it is nothing that a gateway of ours says.
pub(super) fn elsewhere(headers: &HeaderMap) -> Result<Option<Elsewhere>, Garbled> {
    match (one(headers, &DOOR)?, one(headers, &CALLER)?, one(headers, &KNOWN)?) {
        (None, None, None) => Ok(None),
        (Some(door), Some(caller), None) if door == "serve" || door == "tailnet" => {
            Ok(Some(Elsewhere::Tailnet(Claim::of(address(caller)?))))
        }
        (Some(door), Some(caller), None) if door == "public" => Ok(Some(Elsewhere::Public(address(caller)?))),
        (Some(door), Some(caller), Some(known)) if door == "key" => {
            let known = known.to_str().map_err(|_| Garbled).and_then(Known::read)?;
            Ok(Some(Elsewhere::Keyed(address(caller)?, known)))
        }
        _ => Err(Garbled),
    }
}

fn address(caller: &HeaderValue) -> Result<SocketAddr, Garbled> {
    caller.to_str().ok().and_then(|address| address.parse().ok()).ok_or(Garbled)
}

/// What another machine's gateway says of whoever is behind it; then that machine is the caller.
pub(super) fn relayed(headers: &HeaderMap) -> Result<Option<Relayed>, Garbled> {
    Relayed::read(|name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect())
}

/// Whose client of this machine it is, if the gateway knows.
pub(super) fn user(headers: &HeaderMap) -> Result<Option<u32>, Garbled> {
    let Some(user) = one(headers, &USER)? else { return Ok(None) };
    user.to_str().ok().and_then(|user| user.parse().ok()).map(Some).ok_or(Garbled)
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Garbled> {
    let mut all = headers.get_all(name).iter();
    let first = all.next();
    if all.next().is_some() { Err(Garbled) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(headers: &[(&'static str, &str)]) -> HeaderMap {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        map
    }

    fn read(headers: &[(&'static str, &str)]) -> Result<Option<Elsewhere>, Garbled> {
        elsewhere(&map(headers))
    }

    fn claim(address: &str) -> Elsewhere {
        Elsewhere::Tailnet(Claim::of(address.parse().unwrap()))
    }

    #[test]
    fn a_user_is_a_number_or_nobody() {
        let read = |headers: &[(&'static str, &str)]| user(&map(headers));
        assert_eq!((read(&[]), read(&[("homie-user", "1000")])), (Ok(None), Ok(Some(1000))));
        for garbled in
            [&[("homie-user", "alice")][..], &[("homie-user", "-1")], &[("homie-user", "1"), ("homie-user", "2")]]
        {
            assert_eq!(read(garbled), Err(Garbled), "{garbled:?}");
        }
    }

    #[test]
    fn a_caller_is_named_whole_or_not_at_all() {
        let (serve, caller) = (("homie-door", "serve"), ("homie-caller", "100.64.0.2:0"));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[serve, caller]), Ok(Some(claim("100.64.0.2:0"))));
        let mapped = read(&[("homie-door", "tailnet"), ("homie-caller", "[::ffff:100.64.0.2]:9")]);
        assert_eq!(mapped, Ok(Some(claim("100.64.0.2:9"))));
        let (key, machine) = (("homie-door", "key"), ("homie-known", "machine aaaaaaaaaaaaaaaaaaaaaaaaaa"));
        let known = Known::Machine("aaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap());
        let keyed = Elsewhere::Keyed("100.64.0.2:0".parse().unwrap(), known);
        assert_eq!(read(&[key, caller, machine]), Ok(Some(keyed)));
        let public = ("homie-door", "public");
        assert_eq!(read(&[public, caller]), Ok(Some(Elsewhere::Public("100.64.0.2:0".parse().unwrap()))));
        for garbled in [
            &[serve][..],
            &[public],
            &[public, caller, machine],
            &[caller],
            &[("homie-door", "loopback"), caller],
            &[("homie-door", ""), caller],
            &[serve, ("homie-caller", "100.64.0.2")],
            &[serve, ("homie-caller", "alice@example.com")],
            &[serve, caller, caller],
            &[serve, serve, caller],
            &[key, caller],
            &[key, machine],
            &[machine],
            &[serve, caller, machine],
            &[key, caller, machine, machine],
            &[key, caller, ("homie-known", "owner")],
        ] {
            assert_eq!(read(garbled), Err(Garbled), "{garbled:?}");
        }
    }
}
