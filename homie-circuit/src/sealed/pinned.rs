//! Whom a client believes: the one machine that it expects, by its key. `Identity` knows which, and checks the signature.

use std::fmt;
use std::sync::Arc;

use homie_protocol::hello::Identity;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::shown::{proof, read};

/// The client's expectation.
pub(super) struct Pinned(Arc<dyn Identity>);

impl Pinned {
    /// The machine that this client expects.
    pub(super) const fn new(identity: Arc<dyn Identity>) -> Self {
        Self(identity)
    }
}

impl ServerCertVerifier for Pinned {
    /// What is shown must be a key; whose it is is said with the signature, which TLS always asks for next.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        read(end_entity).map(|_| ServerCertVerified::assertion()).ok_or_else(|| another("it shows no key"))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(another("it speaks an old TLS"))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let checked = proof(cert, signed).and_then(|(key, signature)| {
            self.0.check_machine(&key, message, &signature).map_err(|refusal| refusal.message)
        });
        checked.map(|()| HandshakeSignatureValid::assertion()).map_err(|why| another(&why))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// The log says why; for the person it is one thing.
fn another(why: &str) -> Error {
    tracing::debug!("what answers is not the machine that is expected: {why}");
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

impl fmt::Debug for Pinned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pinned").finish_non_exhaustive()
    }
}
