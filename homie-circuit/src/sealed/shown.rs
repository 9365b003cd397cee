//! A key, as TLS shows it and signs with it, and as the other end reads it.

use std::fmt;
use std::sync::Arc;

use homie_protocol::hello::{MachineKey, Signature};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::pki_types::CertificateDer;
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{DigitallySignedStruct, Error, SignatureAlgorithm, SignatureScheme};

use super::Prove;

/// What stands before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const BEFORE: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A machine that signs. Clones are the same one.
#[derive(Clone)]
pub(super) struct Shown(Arc<dyn Prove>);

impl Shown {
    /// Shows it to everybody.
    pub(super) fn resolver(machine: Arc<dyn Prove>) -> AlwaysResolvesServerRawPublicKeys {
        AlwaysResolvesServerRawPublicKeys::new(Self::certified(machine))
    }

    /// Shows it to whichever server asks.
    pub(super) fn of_client(client: Arc<dyn Prove>) -> AlwaysResolvesClientRawPublicKeys {
        AlwaysResolvesClientRawPublicKeys::new(Self::certified(client))
    }

    fn certified(whose: Arc<dyn Prove>) -> Arc<CertifiedKey> {
        let shown = CertificateDer::from(shown(&whose.key()));
        Arc::new(CertifiedKey::new(vec![shown], Arc::new(Self(whose))))
    }
}

fn shown(key: &MachineKey) -> Vec<u8> {
    [&BEFORE[..], &key.0].concat()
}

/// The key that somebody shows, if it is of a machine.
pub(super) fn read(shown: &[u8]) -> Option<MachineKey> {
    Some(MachineKey(shown.strip_prefix(&BEFORE)?.try_into().ok()?))
}

/// The key that somebody shows and its signature, or what is wrong with them.
pub(super) fn proof(shown: &[u8], signed: &DigitallySignedStruct) -> Result<(MachineKey, Signature), String> {
    let key = read(shown).ok_or("it shows no key")?;
    let signature = signed.signature().try_into().map_err(|_| "it does not sign")?;
    if signed.scheme != SignatureScheme::ED25519 {
        return Err("it signs otherwise".to_owned());
    }
    Ok((key, Signature(signature)))
}

impl SigningKey for Shown {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ED25519).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for Shown {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.0.sign(message).map_err(|refusal| Error::General(refusal.message))?;
        Ok(signature.0.to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Shown").field(&self.0.key()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_shown_and_nothing_else_is_one() {
        let good = shown(&MachineKey([7; 32]));
        assert_eq!(read(&good), Some(MachineKey([7; 32])));
        let mut other = good.clone();
        other[8] = 0x6e;
        for bad in [&[][..], &good[..43], &[good.as_slice(), b"x"].concat(), &good[12..], &other] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
