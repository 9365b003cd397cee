//! What those of a tailnet know each other by on a local network: strangers there cannot read whose machine it is. Whoever hears
//! it can repeat it, so it proves nothing. Pure.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use data_encoding::HEXLOWER;
use homie_tailnet::{Peer, Status};

/// Bytes that are told: enough that no two machines have the same.
const TOLD: usize = 16;

/// Of this machine of the tailnet, if both have names.
pub(crate) fn tag(status: &Status, machine: &Peer) -> Option<String> {
    let tailnet = status.tailnet.as_ref().map(|tailnet| tailnet.magic_dns_suffix.as_str());
    let tailnet = tailnet.filter(|name| !name.is_empty() && !machine.stable_id.is_empty())?;
    let signed = sign(&Key::new(HMAC_SHA256, tailnet.as_bytes()), machine.stable_id.as_bytes());
    signed.as_ref().get(..TOLD).map(|told| HEXLOWER.encode(told))
}

#[cfg(test)]
mod tests {
    use homie_tailnet::Tailnet;

    use super::*;

    fn told(tailnet: &str, stable_id: &str) -> Option<String> {
        let tailnet = Tailnet { magic_dns_suffix: tailnet.to_owned(), ..Tailnet::default() };
        let status = Status { tailnet: Some(tailnet), ..Status::default() };
        tag(&status, &Peer { stable_id: stable_id.to_owned(), ..Peer::default() })
    }

    #[test]
    fn a_machine_has_one_in_its_tailnet_and_another_in_another() {
        let one = told("tail1234.ts.net", "n1CNTRL").unwrap();
        assert_eq!((one.len(), told("tail1234.ts.net", "n1CNTRL")), (2 * TOLD, Some(one.clone())));
        assert!(
            told("tail1234.ts.net", "n2CNTRL") != Some(one.clone()) && told("other.ts.net", "n1CNTRL") != Some(one)
        );
    }

    #[test]
    fn without_a_tailnet_there_is_none() {
        assert_eq!((told("", "n1CNTRL"), told("tail1234.ts.net", "")), (None, None));
        assert_eq!(tag(&Status::default(), &Peer { stable_id: "n1".to_owned(), ..Peer::default() }), None);
    }
}
