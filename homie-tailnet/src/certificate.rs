//! This machine's certificate, from the authority that its tailnet uses.
//!
//! Twice asked: first by us, which makes tailscaled get or renew it and says why it cannot; then by `tailscale-localapi`,
//! which fetches the pair that is there by then and takes its PEM apart.

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tailscale_localapi::LocalApi as PairApi;
use tokio::time::timeout;

use crate::ask::Ask;
use crate::error::TailnetError;
use crate::exchange::exchange;
use crate::local_api::LocalApi;

/// A certificate with its key, as rustls takes them.
#[derive(Debug)]
pub struct Certificate {
    /// This machine's certificate, and those that lead to the authority's.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key. Its `Debug` shows nothing of it.
    pub key: PrivateKeyDer<'static>,
}

impl LocalApi {
    /// The certificate for a name of this machine, good for a week at least. Takes up to two minutes the first time. The
    /// name must be one of [`crate::Status::cert_domains`]; needs the right to write, or `TS_PERMIT_CERT_UID`.
    pub async fn certificate(&self, name: &str) -> Result<Certificate, TailnetError> {
        let issue = Ask::issue(name)?;
        exchange(&self.socket, &issue).await?;
        let ask = Ask::certificate();
        let fetching = PairApi::new_with_socket_path(&self.socket);
        let fetched = timeout(ask.time, fetching.certificate_pair(name)).await.map_err(|_| ask.timed_out())?;
        let (key, chain) = fetched.map_err(|error| ask.broken(&error))?;
        let key = PrivateKeyDer::try_from(key.0).map_err(|error| ask.garbled(error))?;
        let chain: Vec<_> = chain.into_iter().map(|one| CertificateDer::from(one.0)).collect();
        if chain.is_empty() {
            return Err(ask.garbled("there is a key and no certificate"));
        }
        Ok(Certificate { chain, key })
    }
}
