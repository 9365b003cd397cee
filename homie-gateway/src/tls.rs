//! TLS with the tailnet's certificate, for the door without Serve. The certificate is replaced while the door is open.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use homie_tailnet::Certificate;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;

/// One certificate for one name, as it is now.
#[derive(Clone)]
pub(crate) struct Presented {
    name: Arc<str>,
    now: Arc<RwLock<Option<Arc<CertifiedKey>>>>,
}

impl Presented {
    /// None yet: every handshake fails.
    pub(crate) fn for_name(name: &str) -> Self {
        Self { name: name.into(), now: Arc::default() }
    }

    /// From the next handshake on.
    pub(crate) fn set(&self, certificate: Certificate) -> Result<(), rustls::Error> {
        let Certificate { chain, key } = certificate;
        let key = CertifiedKey::from_der(chain, key, &default_provider())?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
        Ok(())
    }

    /// A server that shows it. HTTP/1.1 alone is offered: a circuit is an upgrade of it.
    pub(crate) fn server(&self) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Presented {
    /// Who asks for another name, or for none, is not meant to come here.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.server_name() != Some(&*self.name) {
            return None;
        }
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Presented").field("name", &self.name).finish_non_exhaustive()
    }
}
