//! Of whom a gateway speaks: the address of a client from the tailnet, in the headers of its handshake.

use homie_trust::Claim;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

const DOOR: HeaderName = HeaderName::from_static("homie-door");
const CALLER: HeaderName = HeaderName::from_static("homie-caller");

/// The headers say half of it, or nonsense.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbled;

/// Whom to ask about; nothing for a client of this machine's own. Half of it is nothing that a gateway of ours says.
pub(super) fn claim(headers: &HeaderMap) -> Result<Option<Claim>, Garbled> {
    match (one(headers, &DOOR)?, one(headers, &CALLER)?) {
        (None, None) => Ok(None),
        (Some(door), Some(caller)) if door == "serve" || door == "tailnet" => {
            let address = caller.to_str().ok().and_then(|address| address.parse().ok()).ok_or(Garbled)?;
            Ok(Some(Claim::of(address)))
        }
        _ => Err(Garbled),
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Garbled> {
    let mut all = headers.get_all(name).iter();
    let first = all.next();
    if all.next().is_some() { Err(Garbled) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)]) -> Result<Option<Claim>, Garbled> {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        claim(&map)
    }

    #[test]
    fn a_caller_is_named_whole_or_not_at_all() {
        let (serve, caller) = (("homie-door", "serve"), ("homie-caller", "100.64.0.2:0"));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[serve, caller]), Ok(Some(Claim::of("100.64.0.2:0".parse().unwrap()))));
        let mapped = read(&[("homie-door", "tailnet"), ("homie-caller", "[::ffff:100.64.0.2]:9")]);
        assert_eq!(mapped, Ok(Some(Claim::of("100.64.0.2:9".parse().unwrap()))));
        for garbled in [
            &[serve][..],
            &[caller],
            &[("homie-door", "loopback"), caller],
            &[("homie-door", ""), caller],
            &[serve, ("homie-caller", "100.64.0.2")],
            &[serve, ("homie-caller", "alice@example.com")],
            &[serve, caller, caller],
            &[serve, serve, caller],
        ] {
            assert_eq!(read(garbled), Err(Garbled), "{garbled:?}");
        }
    }
}
