//! Whose key a server takes: what is shown must be a key, and whoever signs with it must be let in. [`Judge`] knows who may be.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::Judge;
use super::shown::{proof, read};

/// The server's expectation.
pub(super) struct Judged(Arc<dyn Judge>);

impl Judged {
    /// Those whom this one lets in.
    pub(super) const fn new(judge: Arc<dyn Judge>) -> Self {
        Self(judge)
    }
}

impl ClientCertVerifier for Judged {
    /// No authority is asked for.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// Whose key it is is said with the signature, which TLS always asks for next.
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        read(end_entity).map(|_| ClientCertVerified::assertion()).ok_or_else(|| refused("it shows no key"))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refused("it speaks an old TLS"))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let judged = proof(cert, signed)
            .and_then(|(key, signature)| self.0.check(&key, message, &signature).map_err(|refusal| refusal.message));
        judged.map(|()| HandshakeSignatureValid::assertion()).map_err(|why| refused(&why))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// The log says why; the caller learns no more than that it is not let in.
fn refused(why: &str) -> Error {
    tracing::info!("a key was not let in: {why}");
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

impl fmt::Debug for Judged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Judged").finish_non_exhaustive()
    }
}
