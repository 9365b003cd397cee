//! What a machine says that was invited: one line, whose parts are in base32 with a space between. Pure.

use std::fmt;
use std::str::FromStr;

use homie_protocol::hello::{Algorithm, DeviceKey, Signature};
use homie_protocol::id::{LinkSecret, base32, from_base32};
use homie_protocol::pairing::Mac;

use super::{Attempt, NoInvitation};
use crate::device::device_id;
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::link_file;
use crate::pairing::proof::Prover;

/// It.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// Which invitation is meant.
    pub id: String,
    /// The device that joins with the machine.
    pub device: DeviceKey,
    /// What it is called.
    pub name: String,
    /// The device's, of the attempt.
    pub signature: Signature,
    /// That the secret is known.
    pub mac: Mac,
}

impl Joining {
    /// Of this attempt, by the device whose key is in it.
    pub fn of(attempt: &Attempt<'_>, device: &KeyPair, secret: &LinkSecret) -> Result<Self, TrustError> {
        Ok(Self {
            id: link_file::name(secret),
            device: attempt.device.clone(),
            name: attempt.name.to_owned(),
            signature: device.sign(&attempt.bytes())?,
            mac: attempt.mac(Prover::Device, secret)?,
        })
    }
}

impl fmt::Display for Joining {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: [&[u8]; 4] = [&self.device.key, self.name.as_bytes(), &self.signature.0, &self.mac.0];
        write!(formatter, "{} {}", self.id, parts.map(base32).join(" "))
    }
}

impl FromStr for Joining {
    type Err = NoInvitation;

    fn from_str(said: &str) -> Result<Self, NoInvitation> {
        let words: Vec<_> = said.split(' ').collect();
        let [id, device, name, signature, mac] = words.as_slice() else { return Err(NoInvitation) };
        let part = |word: &str| from_base32(word).ok_or(NoInvitation);
        let key = part(device)?;
        Ok(Self {
            id: Some(*id).filter(|id| link_file::is_name(id)).ok_or(NoInvitation)?.to_owned(),
            device: DeviceKey { id: device_id(&key), alg: Algorithm::Ed25519, key },
            name: String::from_utf8(part(name)?).map_err(|_| NoInvitation)?,
            signature: Signature(part(signature)?.try_into().map_err(|_| NoInvitation)?),
            mac: Mac(part(mac)?.try_into().map_err(|_| NoInvitation)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn joining()(secret: [u8; 16], key: [u8; 32], name: String, signature: [u8; 64], mac: [u8; 32]) -> Joining {
            let key = key.to_vec();
            let device = DeviceKey { id: device_id(&key), alg: Algorithm::Ed25519, key };
            let id = link_file::name(&LinkSecret::from_bytes(secret));
            Joining { id, device, name, signature: Signature(signature), mac: Mac(mac) }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(joining in joining()) {
            prop_assert_eq!(joining.to_string().parse(), Ok(joining));
        }

        /// There is one way to write each, and a line that was broken is another one or none.
        #[test]
        fn what_is_read_is_written_so(text in "\\PC*", joining in joining(), at: prop::sample::Index, with: char) {
            let mut broken: Vec<char> = joining.to_string().chars().collect();
            let at = at.index(broken.len());
            broken[at] = with;
            for text in [text, broken.into_iter().collect()] {
                if let Ok(read) = text.parse::<Joining>() {
                    prop_assert_eq!(read.to_string(), text);
                }
            }
        }
    }

    #[test]
    fn what_has_a_part_too_many_or_too_few_is_nothing() {
        let good = "a".repeat(52);
        for bad in ["", " ", "a b c d e", &good, &format!("{good} {good} {good} {good}"), &format!("../{good} a a a a")]
        {
            assert_eq!(bad.parse::<Joining>(), Err(NoInvitation), "{bad:?}");
        }
    }
}
